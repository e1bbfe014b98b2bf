// The published packages as they lie on the disk: manifests and built modules.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly type?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface Package {
  /** From the repository's root: `packages/net`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The packages of one of the repository's folders, by name of the folder. */
export function packagesIn(parent: string): Package[] {
  return readdirSync(join(root, parent))
    .map((name) => join(parent, name))
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .map((folder) => ({ folder, manifest: readJson<Manifest>(join(folder, "package.json")) }));
}

export function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(join(root, path), "utf8")) as T;
}

/** The built files of a package whose names end so, `.js` or `.d.ts`. */
export function builtFiles({ folder }: Package, ending: string): string[] {
  const dist = join(root, folder, "dist");
  return readdirSync(dist, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(dist, name));
}

/** What a module names in imports, re-exports, dynamic imports and `require`, types included. */
export function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, "utf8"), true, true);
  return importedFiles.map(({ fileName }) => fileName);
}

/** The package that a specifier belongs to: `@miou-solo5/net` of `@miou-solo5/net/web`. */
export function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** Whether a specifier names a file of the same package. */
export function isInside(specifier: string): boolean {
  return specifier.startsWith(".");
}

/** Every package that is loaded together with `entry`, through the package's own chunks. */
export function reachableFrom(entry: string): Set<string> {
  const seen = new Set<string>();
  const found = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const specifier of importsOf(file)) {
      if (isInside(specifier)) visit(resolve(file, "..", specifier));
      else found.add(packageOf(specifier));
    }
  };
  visit(entry);
  return found;
}

/** The built module behind each entry that a package exports: `./web` to `dist/web.js`. */
export function entriesOf({ manifest }: Package): { entry: string; js: string; types: string }[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([entry, target]) => {
    if (typeof target === "string") return [];
    return [{ entry, js: target["default"] as string, types: target["types"] as string }];
  });
}

export function display(file: string): string {
  return relative(root, file);
}
