// Packing: what `npm publish` would send.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, packagesIn, readJson, root } from "../../repository/test/packages.ts";
import { npmScript, output } from "./npm.ts";

export interface Tarball {
  readonly name: string;
  readonly version: string;
  readonly manifest: Manifest;
  readonly file: string;
  readonly size: number;
  readonly integrity: string;
  /** What is in it, as npm lists it. */
  readonly contents: readonly string[];
}

/** Packs folders, in this order, into `target`. No script of theirs runs. */
export async function pack(folders: readonly string[], target: string): Promise<Tarball[]> {
  mkdirSync(target, { recursive: true });
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", target, ...folders];
  const printed = await output(process.execPath, [npmScript(), ...args], { cwd: root });
  type Packed = Pick<Tarball, "name" | "version" | "size" | "integrity"> & {
    readonly filename: string;
    readonly files: readonly { readonly path: string }[];
  };
  // An array, or since npm 11 an object by name.
  const packed = Object.values(JSON.parse(printed) as Record<string, Packed>);
  return packed.map(({ name, version, size, integrity, filename, files }) => {
    const file = join(target, filename);
    return {
      ...{ name, version, size, integrity, file },
      manifest: JSON.parse(textIn(file, "package.json")) as Manifest,
      contents: files.map(({ path }) => path).toSorted(),
    };
  });
}

/** A file of a tarball, as text. */
export function textIn(tarball: string, path: string): string {
  return execFileSync("tar", ["-xzOf", tarball, `package/${path}`], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
}

/**
 * The folders to pack: the packages as they lie built, but for bindings, which gets `prebuilds`: what a
 * release builds with `--all`, and not what somebody may have left lying there.
 */
export function foldersToPack(prebuilds: string, scratch: string): string[] {
  return packagesIn("packages").map(({ folder, manifest }) => {
    if (manifest.name !== "@miou-solo5/bindings") return join(root, folder);
    const copy = join(scratch, folder);
    const left = [".turbo", "build", "node_modules", "prebuilds", "test", "test-results"];
    cpSync(join(root, folder), copy, {
      recursive: true,
      filter: (path) => !left.some((name) => path === join(root, folder, name)),
    });
    cpSync(prebuilds, join(copy, "prebuilds"), { recursive: true });
    return copy;
  });
}

/**
 * Where the packages of others lie that ours bring along, with all that those need, and beside them the
 * headers that a build of the addon asks for.
 */
export function foldersOfOthers(): string[] {
  const ours = new Set(packagesIn("packages").map(({ manifest }) => manifest.name));
  const found = new Set<string>();
  const add = (name: string): void => {
    if (ours.has(name) || found.has(name)) return;
    found.add(name);
    const { dependencies = {} } = readJson<Manifest>(`node_modules/${name}/package.json`);
    Object.keys(dependencies).forEach(add);
  };
  for (const { manifest } of packagesIn("packages")) {
    Object.keys(manifest.dependencies ?? {}).forEach(add);
  }
  for (const name of ["node-addon-api", "node-api-headers"]) add(name);
  return [...found].map((name) => join(root, "node_modules", name));
}
