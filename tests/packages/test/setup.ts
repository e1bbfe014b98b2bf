// Once for all files: the addons of every machine that this one can compile for, all packages packed, and a
// registry that serves them.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { root } from "../../repository/test/packages.ts";
import { output } from "./npm.ts";
import { foldersOfOthers, foldersToPack, pack, type Tarball } from "./pack.ts";
import { type Registry, startRegistry } from "./registry.ts";

export const TARGETS = [
  "linux-x64-glibc",
  "linux-x64-musl",
  "linux-arm64-glibc",
  "linux-arm64-musl",
] as const;
export type Target = (typeof TARGETS)[number];

declare module "vitest" {
  export interface ProvidedContext {
    /** Outside the repository; everything that the tests make is in it. */
    readonly folder: string;
    readonly registry: string;
    readonly tarballs: Tarball[];
    /** What can't be compiled here, and why. */
    readonly missing: Partial<Record<Target, string>>;
  }
}

let folder: string | undefined;
let registry: Registry | undefined;

export async function setup({ provide }: TestProject): Promise<void> {
  folder = mkdtempSync(join(tmpdir(), "miou-solo5-packages-"));
  const prebuilds = join(folder, "prebuilds");
  const missing = await buildAddons(prebuilds);
  const tarballs = join(folder, "tarballs");
  const ours = await pack(foldersToPack(prebuilds, join(folder, "packing")), tarballs);
  const others = await pack(foldersOfOthers(), tarballs);
  registry = await startRegistry([...ours, ...others]);
  provide("folder", folder);
  provide("registry", registry.url);
  provide("tarballs", ours);
  provide("missing", missing);
}

export async function teardown(): Promise<void> {
  await registry?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}

async function buildAddons(into: string): Promise<Partial<Record<Target, string>>> {
  mkdirSync(into, { recursive: true });
  const build = join(root, "packages/bindings/native/build.mjs");
  const missing: Partial<Record<Target, string>> = {};
  for (const target of TARGETS) {
    try {
      await output(process.execPath, [build, "--target", target, "--into", into]);
    } catch (error) {
      const said = String(error);
      // A compiler that is missing is a reason to skip; one that fails is not.
      if (!/can't be run|is missing/.test(said)) throw error;
      missing[target] = said;
    }
  }
  return missing;
}
