// What `npm install` brings, not what the workspace holds: each package is packed, laid out with
// nothing but its declared dependencies, type-checked without `skipLibCheck`, and loaded.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { entriesOf, type Package, packagesIn, root } from "./packages.ts";

const packages = packagesIn("packages");
const byName = new Map(packages.map((one) => [one.manifest.name, one]));
/** Made for Node.js: these may name its types. */
const NODE = ["@miou-solo5/bindings", "@miou-solo5/tender", "miou-solo5/host"];

let folder: string;
const contents = new Map<string, string[]>();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "miou-solo5-tarballs-"));
  const { npm_execpath: npm } = process.env;
  const [command, prefix] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  const names = packages.flatMap(({ manifest }) => ["-w", manifest.name]);
  const args = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder, ...names];
  const output = execFileSync(command, [...prefix, ...args], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  type Packed = { name: string; filename: string; files: { path: string }[] };
  const parsed = JSON.parse(output) as Packed[] | Record<string, Packed>;
  for (const { name, filename, files } of Object.values(parsed)) {
    contents.set(
      name,
      files.map(({ path }) => path),
    );
    const target = join(folder, "unpacked", name);
    mkdirSync(target, { recursive: true });
    execFileSync("tar", ["-xzf", join(folder, filename), "-C", target, "--strip-components=1"]);
  }
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A project that has installed one package, and has what that brings with it. */
function projectWith({ manifest }: Package): string {
  const project = join(folder, "projects", manifest.name);
  const install = (name: string): void => {
    const target = join(project, "node_modules", name);
    if (existsSync(target)) return;
    const ours = byName.get(name);
    const source =
      ours === undefined ? join(root, "node_modules", name) : join(folder, "unpacked", name);
    cpSync(source, target, { recursive: true });
    for (const next of Object.keys(ours?.manifest.dependencies ?? {})) install(next);
  };
  install(manifest.name);
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
  return project;
}

function typeErrors(project: string, specifier: string): string[] {
  const file = join(project, "program.ts");
  writeFileSync(file, `import * as entry from "${specifier}";\nexport const names = entry;\n`);
  const isNode = NODE.includes(specifier);
  const program = ts.createProgram([file], {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2023.d.ts"],
    types: isNode ? ["node"] : [],
    typeRoots: [join(root, "node_modules", "@types")],
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map((fault) => ts.flattenDiagnosticMessageText(fault.messageText, "\n"));
}

describe.each(packages.map((one) => [one.manifest.name, one] as const))("%s", (name, one) => {
  test("packs what is built, its README and its licence, no sources and no tests", () => {
    const files = contents.get(name) ?? [];
    expect(files).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE"]));
    for (const { js, types } of entriesOf(one)) {
      expect(files).toEqual(expect.arrayContaining([js.slice(2), types.slice(2)]));
    }
    const expected = /^(package\.json|README\.md|LICENSE|dist\/.*|prebuilds\/.*|native\/.*)$/;
    expect(files.filter((path) => !expected.test(path))).toEqual([]);
  });

  test("type-checks and loads with nothing but its declared dependencies", () => {
    const project = projectWith(one);
    for (const { entry } of entriesOf(one)) {
      const specifier = `${name}${entry.slice(1)}`;
      expect(typeErrors(project, specifier), specifier).toEqual([]);
      const program = `const m = await import("${specifier}"); console.log(Object.keys(m).length);`;
      const args = ["--input-type=module", "--eval", program];
      const printed = execFileSync(process.execPath, args, { cwd: project, encoding: "utf8" });
      expect(Number(printed), specifier).toBeGreaterThan(0);
    }
  }, 60_000);
});
