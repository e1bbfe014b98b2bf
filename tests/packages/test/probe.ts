// Runs `programs/probe.mjs` in an installed project, and says what it must find.

import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, inject } from "vitest";
import { entriesOf } from "../../repository/test/packages.ts";
import { output } from "./npm.ts";
import type { Project } from "./project.ts";
import type { Target } from "./setup.ts";

const specifiers = inject("tarballs").flatMap(({ name, manifest }) =>
  entriesOf({ folder: "", manifest }).map(({ entry }) => `${name}${entry.slice(1)}`),
);

/** Puts a program of this folder into a project. */
export function copyProgram(name: string, { folder }: Project): string {
  const target = join(folder, name);
  copyFileSync(fileURLToPath(new URL(`programs/${name}`, import.meta.url)), target);
  return target;
}

/** `command` is Node with what it takes to run it. */
export async function expectProbe(
  { folder, env }: Project,
  command: readonly [string, ...string[]],
  wanted: { readonly version: string; readonly arch: string; readonly addon: Target },
): Promise<void> {
  const program = copyProgram("probe.mjs", { folder, env });
  const [file, ...before] = command;
  const printed = await output(file, [...before, program, ...specifiers], { cwd: folder, env });
  const { entries, ...rest } = JSON.parse(printed) as { entries: Record<string, Loaded> };
  expect(rest).toEqual({
    ...wanted,
    capacity: 65536,
    block: true,
    waited: true,
    refused: "ERR_SOLO5_NO_FILE 2 true",
    written: true,
    random: true,
  });
  expect(Object.keys(entries)).toEqual(specifiers);
  for (const [specifier, { names, same }] of Object.entries(entries)) {
    expect(names, specifier).toBeGreaterThan(0);
    expect(same, `${specifier}, required and imported`).toBe(true);
  }
}

interface Loaded {
  readonly names: number;
  readonly same: boolean;
}
