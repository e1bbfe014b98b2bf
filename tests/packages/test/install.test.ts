// `npm install` of the packed packages into an empty folder, without a compiler, without this repository.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { entriesOf } from "../../repository/test/packages.ts";
import { output } from "./npm.ts";
import { install, type Project } from "./project.ts";
import { isForNode, typeErrors } from "./types.ts";

const tarballs = inject("tarballs");
const names = tarballs.map(({ name }) => name);

interface Lock {
  readonly packages: Readonly<
    Record<string, { version: string; resolved?: string; hasInstallScript?: boolean }>
  >;
}

function lockOf({ folder }: Project): Lock {
  return JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as Lock;
}

describe("all together, from their tarballs", () => {
  test("each is there once, of the version packed, and came from its tarball", async () => {
    const files = tarballs.map(({ file }) => file);
    const project = await install(files, ["--ignore-scripts"]);
    const { packages } = lockOf(project);
    for (const { name, version } of tarballs) {
      const places = Object.keys(packages).filter((path) => path.endsWith(`node_modules/${name}`));
      expect(places).toEqual([`node_modules/${name}`]);
      const { version: have, resolved } = packages[`node_modules/${name}`] ?? {};
      expect(have).toBe(version);
      expect(resolved).toMatch(/^file:.*\.tgz$/);
    }
    expect(Object.values(packages).some(({ hasInstallScript }) => hasInstallScript)).toBe(false);
  });
});

describe.each(tarballs.map((one) => [one.name, one] as const))("%s alone", (name, one) => {
  // Nobody ignores scripts here: there are none.
  test("brings what it declares, type-checks and loads", async () => {
    const project = await install([name]);
    const { packages } = lockOf(project);
    expect(Object.values(packages).some(({ hasInstallScript }) => hasInstallScript)).toBe(false);
    const ours = installedIn(project).filter((found) => names.includes(found));
    expect(ours.toSorted()).toEqual(closure(name).toSorted());

    const entries = entriesOf({ folder: "", manifest: one.manifest });
    const specifiers = entries.map(({ entry }) => `${name}${entry.slice(1)}`);
    const pure = specifiers.filter((specifier) => !isForNode(specifier));
    expect(typeErrors(project.folder, { entries: importing(pure) })).toEqual([]);
    for (const specifier of specifiers) {
      const program = `const m = await import("${specifier}"); console.log(Object.keys(m).length);`;
      const args = ["--input-type=module", "--eval", program];
      const printed = await output(process.execPath, args, {
        cwd: project.folder,
        env: project.env,
      });
      expect(Number(printed), specifier).toBeGreaterThan(0);
    }
  });
});

/** The package and all of ours that it needs. */
function closure(name: string, found = new Set<string>()): string[] {
  found.add(name);
  const { dependencies = {} } = tarballs.find((one) => one.name === name)?.manifest ?? {};
  for (const next of Object.keys(dependencies)) {
    if (names.includes(next) && !found.has(next)) closure(next, found);
  }
  return [...found];
}

function installedIn({ folder }: Project): string[] {
  const modules = join(folder, "node_modules");
  return readdirSync(modules).flatMap((name) => {
    if (!name.startsWith("@")) return existsSync(join(modules, name, "package.json")) ? [name] : [];
    return readdirSync(join(modules, name)).map((inner) => `${name}/${inner}`);
  });
}

function importing(specifiers: readonly string[]): string {
  return specifiers
    .map((specifier, index) => `export * as entry${index} from "${specifier}";\n`)
    .join("");
}
