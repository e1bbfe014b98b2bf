// What must not be in the repository's files.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { textFiles } from "./files.ts";
import { readJson, root } from "./packages.ts";

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
