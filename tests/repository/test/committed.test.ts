// What must not be in the repository's files.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readJson, root } from "./packages.ts";

/** What `.gitignore` keeps out, and git's own folder. */
const IGNORED = new Set([
  ...["node_modules", "dist", "build", "prebuilds", ".turbo", "test-results", ".git"],
]);

function textFiles(folder = ""): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (IGNORED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return textFiles(path);
    return entry.isFile() && !/\.(png|gif|ico|woff2|tgz|tsbuildinfo)$/.test(path) ? [path] : [];
  });
}

const files = textFiles();

/** Lines of committed files that match, as `file:line`. */
function linesWith(pattern: RegExp): string[] {
  return files.flatMap((path) =>
    readFileSync(join(root, path), "utf8")
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  );
}

test("the walk finds the repository's files, hidden ones included", () => {
  expect(files).toEqual(expect.arrayContaining(["package.json", ".gitignore", ".ci/run"]));
  expect(linesWith(/"name": "miou-solo5-monorepo"/)).toContain("package.json:2");
});

test("no path of somebody's machine", () => {
  // Put together here, so that this file doesn't match itself.
  const folders = ["work", "home", "root", "Users"].join("|");
  expect(linesWith(new RegExp(`(?<![\\w.$})-])/(${folders})/\\w`))).toEqual([]);
});

test("no registry's address in the lock file", () => {
  const { packages } = readJson<{ packages: Record<string, { resolved?: string }> }>(
    "package-lock.json",
  );
  const addresses = Object.values(packages).filter(({ resolved }) => resolved?.includes("://"));
  expect(addresses).toEqual([]);
});

test("no note to finish something later", () => {
  const words = ["TO", "FIX"].map((start, index) => start + ["DO", "ME"][index]);
  expect(linesWith(new RegExp(`\\b(${words.join("|")})\\b`))).toEqual([]);
});

test("no test that runs alone", () => {
  const alone = new RegExp(`\\b(test|describe|it)\\.${"only"}\\b`);
  expect(linesWith(alone)).toEqual([]);
});
