// The C programs, compiled where their sources are newer. `build` is ignored by git.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const sources = fileURLToPath(new URL("../c/", import.meta.url));
const binaries = fileURLToPath(new URL("../build/", import.meta.url));

/** The path of a compiled C program. */
export function binary(name) {
  return join(binaries, name);
}

export function compileAll() {
  mkdirSync(binaries, { recursive: true });
  const files = readdirSync(sources);
  const headers = files.filter((file) => file.endsWith(".h"));
  const header = Math.max(...headers.map((file) => changed(join(sources, file))));
  for (const file of files) {
    if (!file.endsWith(".c")) continue;
    const source = join(sources, file);
    const output = binary(file.slice(0, -2));
    if (changed(output) > Math.max(header, changed(source))) continue;
    const fresh = `${output}-${process.pid}`;
    const flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-D_GNU_SOURCE"];
    execFileSync(process.env["CC"] ?? "gcc", [...flags, source, "-o", fresh], { stdio: "inherit" });
    renameSync(fresh, output);
  }
}

/** When a file changed last; 0 where it does not exist. */
function changed(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
