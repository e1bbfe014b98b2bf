// Other versions of Node than the one that runs the tests: npm has them as packages, one a machine.

import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../repository/test/packages.ts";
import { npmScript, output } from "./npm.ts";

/** Kept between runs, and ignored by git. */
const cache = join(root, "node_modules/.cache/miou-solo5");

/** The file `path` of a package on npm, fetched once. */
export async function fromNpm(name: string, version: string, path: string): Promise<string> {
  const folder = join(cache, `${name.replace("/", "-")}-${version}`);
  const file = join(folder, path);
  if (existsSync(file)) return file;
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, "fetching-"));
  try {
    const args = ["pack", "--silent", "--pack-destination", scratch, `${name}@${version}`];
    const printed = await output(process.execPath, [npmScript(), ...args], { cwd: scratch });
    const tarball = join(scratch, printed.trim().split("\n").at(-1) as string);
    const [inner = ""] = folder.split("/").slice(-1);
    mkdirSync(join(scratch, inner));
    const into = ["-C", join(scratch, inner), "--strip-components=1"];
    await output("tar", ["-xzf", tarball, ...into, `package/${path}`]);
    chmodSync(join(scratch, inner, path), 0o755);
    // In one step: whoever looks sees all of it or nothing.
    renameSync(join(scratch, inner), folder);
  } catch (error) {
    // Another test was faster.
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return file;
}

/** Node as its makers built it, for glibc. */
export function nodeOf(version: string, arch: string = process.arch): Promise<string> {
  return fromNpm(`node-linux-${arch}`, version, "bin/node");
}
