// A release, up to the point where it would be published: versions in a copy of the repository, and what npm
// then installs of the packages that come out.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { type Manifest, packagesIn, root } from "../../repository/test/packages.ts";
import { bareEnvironment, npm, output } from "./npm.ts";
import { foldersOfOthers, pack } from "./pack.ts";
import { copyProgram } from "./probe.ts";
import { startRegistry } from "./registry.ts";

const parents = ["packages", "apps", "tests"];
const tarballs = inject("tarballs");
const names = tarballs.map(({ name }) => name);
const before = tarballs[0]?.version ?? "";

interface Status {
  readonly releases: readonly { readonly name: string; readonly newVersion: string }[];
}

let copy: string;
let planned: Status;

function changeset(...args: string[]): Promise<string> {
  const file = join(root, "node_modules/@changesets/cli/bin.js");
  return output(process.execPath, [file, ...args], { cwd: copy });
}

function manifestIn(folder: string): Manifest {
  return JSON.parse(readFileSync(join(copy, folder, "package.json"), "utf8")) as Manifest;
}

/** The manifests of the repository, as they now are in the copy. */
function manifests(): Manifest[] {
  const folders = [...parents.flatMap((parent) => packagesIn(parent)), ...alone()];
  return folders.map(({ folder }) => manifestIn(folder));
}

/** Workspaces that are named without a pattern. */
function alone(): { folder: string }[] {
  const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    workspaces: string[];
  };
  return workspaces.filter((name) => !name.includes("*")).map((folder) => ({ folder }));
}

beforeAll(async () => {
  copy = mkdtempSync(join(inject("folder"), "release-"));
  for (const path of ["package.json", "package-lock.json", ".changeset", "scripts"]) {
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  for (const { folder } of [...parents.flatMap((parent) => packagesIn(parent)), ...alone()]) {
    mkdirSync(join(copy, folder), { recursive: true });
    cpSync(join(root, folder, "package.json"), join(copy, folder, "package.json"));
  }
  const git = (...args: string[]): Promise<string> =>
    output("git", ["-c", "user.name=release", "-c", "user.email=release@localhost", ...args], {
      cwd: copy,
    });
  await git("init", "--quiet", "--initial-branch=main");
  await git("add", ".");
  await git("commit", "--quiet", "--message=copy");
  // A change in one package only, beside those that are pending.
  writeFileSync(
    join(copy, ".changeset/one-package.md"),
    '---\n"@miou-solo5/pqueue": minor\n---\n\nA change that a user can notice.\n',
  );
  await git("add", ".");
  await git("commit", "--quiet", "--message=pqueue: change something");
  // The path is taken from the folder that it runs in.
  await changeset("status", "--output=status.json");
  planned = JSON.parse(readFileSync(join(copy, "status.json"), "utf8")) as Status;
});

describe("a release", () => {
  test("is planned for all packages alike, at the next version", () => {
    const [major = 0, minor = 0] = before.split(".").map(Number);
    const plans = planned.releases.filter(({ name }) => names.includes(name));
    expect(plans.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    const versions = new Set(plans.map(({ newVersion }) => newVersion));
    expect(versions.size).toBe(1);
    const [next = 0, nextMinor = 0] = [...versions].join().split(".").map(Number);
    expect(next * 1e6 + nextMinor).toBeGreaterThan(major * 1e6 + minor);
    if (before === "0.0.0") expect([...versions]).toEqual(["0.1.0"]);
  });

  test("does not start while changesets have no version", async () => {
    const release = output(process.execPath, ["scripts/release.mjs"], { cwd: copy });
    await expect(release).rejects.toThrow(/changesets without a version: .*one-package\.md/);
  });

  test("moves all versions together, ranges and lock file with them, and installs", async () => {
    await changeset("version");
    const version = planned.releases.find(({ name }) => name === "miou-solo5")?.newVersion ?? "";
    const all = manifests();
    for (const manifest of all) {
      if (names.includes(manifest.name)) expect(manifest.version, manifest.name).toBe(version);
      const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
      for (const [name, range] of ranges) {
        if (names.includes(name)) expect(range, `${manifest.name}: ${name}`).toBe(`^${version}`);
      }
    }

    // As `npm run release:version` does: the lock file follows, and nothing of others moves.
    const args = ["install", "--package-lock-only", "--ignore-scripts", "--offline"];
    await npm(args, copy, { ...process.env, npm_config_omit_lockfile_registry_resolved: "true" });
    type Lock = { packages: Record<string, { version?: string; resolved?: string }> };
    const read = (folder: string): Lock =>
      JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as Lock;
    const [old, now] = [read(root), read(copy)];
    expect(Object.keys(now.packages).toSorted()).toEqual(Object.keys(old.packages).toSorted());
    for (const [path, { version: have, resolved }] of Object.entries(now.packages)) {
      expect(resolved ?? "", path).not.toContain("://");
      if (path.startsWith("packages/")) expect(have, path).toBe(version);
      else if (path.includes("node_modules/")) expect(have).toBe(old.packages[path]?.version);
    }

    // What comes out: the same files under the new manifests, and no other version is to be had.
    const folders: string[] = [];
    for (const { folder, manifest } of packagesIn("packages")) {
      const { file = "" } = tarballs.find(({ name }) => name === manifest.name) ?? {};
      const where = ["-C", join(copy, folder), "--strip-components=1"];
      await output("tar", ["-xzf", file, ...where, "--exclude=package/package.json"]);
      folders.push(join(copy, folder));
    }
    const target = join(copy, "tarballs");
    const released = await pack(folders, target);
    const registry = await startRegistry([...released, ...(await pack(foldersOfOthers(), target))]);
    try {
      const folder = join(copy, "project");
      mkdirSync(folder);
      writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
      const env = bareEnvironment(join(copy, "home"), registry.url);
      await npm(["install", "@miou-solo5/tender"], folder, env);
      copyProgram("pages.mjs", { folder, env });
      writeFileSync(join(folder, "disk.img"), new Uint8Array(65536));
      const words = ["--block:disk=disk.img", "--", "pages.mjs", version];
      const command = join(folder, "node_modules/.bin/solo5-node");
      expect(await output(command, words, { cwd: folder, env })).toBe(`128 pages, 7, ${version}\n`);
    } finally {
      await registry.close();
    }
  });
});
