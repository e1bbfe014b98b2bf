import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { entriesOf, type Manifest, packagesIn, readJson, root } from "./packages.ts";

const packages = packagesIn("packages");
const names = packages.map(({ manifest }) => manifest.name);
const licence = readFileSync(join(root, "LICENSE"), "utf8");

describe.each(packages.map((one) => [one.manifest.name, one] as const))("%s", (_, one) => {
  const { folder, manifest } = one;

  test("is published: licence, kind of module, engine, files", () => {
    expect(manifest.private).toBeUndefined();
    expect(manifest.license).toBe("ISC");
    expect(manifest.type).toBe("module");
    expect(manifest.engines).toEqual({ node: ">=20.19" });
    expect(manifest.files).toEqual(expect.arrayContaining(["dist", "README.md", "LICENSE"]));
    expect(readFileSync(join(root, folder, "LICENSE"), "utf8")).toBe(licence);
    expect(statSync(join(root, folder, "README.md")).size).toBeGreaterThan(500);
  });

  test("runs no script when it is installed: package managers block those", () => {
    for (const script of ["preinstall", "install", "postinstall", "prepare"]) {
      expect(manifest.scripts?.[script]).toBeUndefined();
    }
  });

  test("has every entry that it exports, built and mapped to its source", () => {
    const { compilerOptions } = readJson<{ compilerOptions: { paths: Record<string, string[]> } }>(
      "tsconfig.base.json",
    );
    for (const { entry, js, types } of entriesOf(one)) {
      expect(existsSync(join(root, folder, js)), js).toBe(true);
      expect(existsSync(join(root, folder, types)), types).toBe(true);
      const source = compilerOptions.paths[`${manifest.name}${entry.slice(1)}`]?.[0] ?? "none";
      expect(existsSync(join(root, source)), `${entry} in paths: ${source}`).toBe(true);
    }
    for (const [command, path] of Object.entries(manifest.bin ?? {})) {
      const file = join(root, folder, path);
      expect(existsSync(file), command).toBe(true);
      expect(readFileSync(file, "utf8"), command).toMatch(/^#!\/usr\/bin\/env node\n/);
    }
  });
});

test("all versions move together", () => {
  const [first] = packages;
  const version = first?.manifest.version ?? "";
  expect(new Set(packages.map(({ manifest }) => manifest.version))).toEqual(new Set([version]));
  for (const { manifest } of [...packages, ...packagesIn("apps")]) {
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    for (const [name, range] of ranges) {
      if (names.includes(name)) expect(`${manifest.name}: ${name} ${range}`).toMatch(`^${version}`);
    }
  }
});

test("changesets raise them together", () => {
  const { fixed } = readJson<{ fixed: string[][] }>(".changeset/config.json");
  const listed = (fixed[0] ?? []).flatMap((pattern) => {
    const [, before, inner] = /^(.*)\{(.*)\}$/.exec(pattern) ?? [];
    return inner === undefined ? [pattern] : inner.split(",").map((name) => `${before}${name}`);
  });
  expect(listed.toSorted()).toEqual(names.toSorted());
});

test("every package is built before these tests look at it", () => {
  const { devDependencies = {} } = readJson<Manifest>("tests/repository/package.json");
  expect(Object.keys(devDependencies)).toEqual(expect.arrayContaining(names));
});

test("the repository's own workspaces are private", () => {
  for (const parent of ["apps", "tests"]) {
    for (const { manifest } of packagesIn(parent)) expect(manifest.private).toBe(true);
  }
});
