// The repository's text files.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "./packages.ts";

/** What `.gitignore` keeps out, and git's own folder. */
const IGNORED = new Set([
  ...["node_modules", "dist", "build", "prebuilds", ".turbo", "test-results", ".git"],
]);

/** Paths from the repository's root. */
export function textFiles(folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (IGNORED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return textFiles(path);
    return entry.isFile() && !/\.(png|gif|ico|woff2|tgz|tsbuildinfo)$/.test(path) ? [path] : [];
  });
}
