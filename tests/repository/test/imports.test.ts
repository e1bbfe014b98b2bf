// Who may import whom: the table of design.md, section 2, held against the built packages.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import {
  builtFiles,
  display,
  importsOf,
  isInside,
  packageOf,
  packagesIn,
  reachableFrom,
  root,
} from "./packages.ts";

interface Rule {
  /** Packages that may be loaded at run time. */
  readonly runs: readonly string[];
  /** Packages that only declarations may name, beside those. */
  readonly types?: readonly string[];
  /** Whether the package is made for Node.js; the others know no host at all. */
  readonly node?: true;
  /** Entries that know Node.js where the rest of the package knows no host: all they need of it they import. */
  readonly nodeEntries?: readonly string[];
}

const scope = (...names: string[]) => names.map((name) => `@miou-solo5/${name}`);

const TABLE: Readonly<Record<string, Rule>> = {
  bigstring: { runs: [] },
  // heap-js is part of its build: docs/adr/0007-heap-js-is-bundled.md.
  pqueue: { runs: [] },
  scheduler: { runs: scope("pqueue") },
  bindings: { runs: [], types: scope("scheduler"), node: true },
  net: { runs: scope("scheduler", "bigstring") },
  block: { runs: scope("scheduler") },
  sim: { runs: scope("scheduler", "pqueue") },
  tcpip: { runs: scope("net", "scheduler", "bigstring", "pqueue"), nodeEntries: ["node"] },
  "miou-solo5": { runs: scope("bigstring", "pqueue", "scheduler", "net", "block", "bindings") },
  tender: { runs: ["miou-solo5", ...scope("bindings")], node: true },
};

/** Packages of others whose types must never show in ours. */
const HIDDEN = ["heap-js"];

const packages = packagesIn("packages");
const nameOf = (folder: string) => folder.replace(/^packages./, "");
const ruleOf = (folder: string) => TABLE[nameOf(folder)] as Rule;

test("every package stands in the table", () => {
  const names = packages.map(({ folder }) => nameOf(folder));
  expect(names.filter((name) => TABLE[name] === undefined)).toEqual([]);
});

describe.each(packages.map((one) => [one.manifest.name, one] as const))("%s", (_, one) => {
  const rule = ruleOf(one.folder);
  const knowsNode = (file: string) =>
    rule.node === true ||
    rule.nodeEntries?.some((entry) => /^(.*)\.(js|d\.ts)$/.exec(basename(file))?.[1] === entry) ===
      true;
  const isAllowed = (file: string, name: string, allowed: readonly string[]) =>
    allowed.includes(name) || (knowsNode(file) && name.startsWith("node:"));
  const violations = (ending: string, allowed: readonly string[]) =>
    builtFiles(one, ending).flatMap((file) =>
      importsOf(file)
        .filter(
          (specifier) => !isInside(specifier) && !isAllowed(file, packageOf(specifier), allowed),
        )
        .map((specifier) => `${display(file)} imports ${specifier}`),
    );

  test("is built", () => {
    expect(builtFiles(one, ".js")).not.toEqual([]);
    expect(builtFiles(one, ".d.ts")).not.toEqual([]);
  });

  test("loads only what the table allows", () => {
    expect(violations(".js", rule.runs)).toEqual([]);
  });

  test("names only such packages in its declarations, and nobody else's types", () => {
    const allowed = [...rule.runs, ...(rule.types ?? [])].filter((name) => !HIDDEN.includes(name));
    expect(violations(".d.ts", allowed)).toEqual([]);
  });

  test("declares as dependencies exactly what it uses", () => {
    const used = [...builtFiles(one, ".js"), ...builtFiles(one, ".d.ts")]
      .flatMap(importsOf)
      .filter((specifier) => !isInside(specifier) && !specifier.startsWith("node:"))
      .map(packageOf);
    const { dependencies = {}, peerDependencies, optionalDependencies } = one.manifest;
    expect(Object.keys(dependencies).toSorted()).toEqual([...new Set(used)].toSorted());
    expect(peerDependencies).toBeUndefined();
    expect(optionalDependencies).toBeUndefined();
  });

  if (rule.node !== true) {
    test("knows no host: every name is ECMAScript 2023's or its own", () => {
      expect(unknownNames(builtFiles(one, ".js"))).toEqual([]);
    });
  }
});

test("the umbrella's main entry does not load the host", () => {
  const dist = join(root, "packages/miou-solo5/dist");
  expect([...reachableFrom(join(dist, "index.js"))]).not.toContain("@miou-solo5/bindings");
  expect([...reachableFrom(join(dist, "host.js"))]).toContain("@miou-solo5/bindings");
});

test("the sample loads nothing but the umbrella and the stack", () => {
  const loaded = reachableFrom(join(root, "apps/echo-server/dist/main.js"));
  expect([...loaded].toSorted()).toEqual(["@miou-solo5/tcpip", "miou-solo5"]);
});

test("the store loads nothing but the umbrella, and knows no host", () => {
  const dist = join(root, "apps/kv/dist");
  expect([...reachableFrom(join(dist, "main.js"))]).toEqual(["miou-solo5"]);
  const files = readdirSync(dist).filter((name) => name.endsWith(".js"));
  expect(unknownNames(files.map((name) => join(dist, name)))).toEqual([]);
});

test("a host's name in a built module is noticed", () => {
  const folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
  try {
    const file = join(folder, "index.js");
    const names = ["setTimeout", "console", "process", "Buffer", "TextEncoder", "performance"];
    writeFileSync(file, `${names.map((name) => `${name}.x;`).join("\n")}\nnew Map();\n`);
    expect(unknownNames([file])).toEqual(names.map((name) => `index.js: ${name}`));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Free names that neither the file nor the language declares, as the compiler finds them. */
function unknownNames(files: readonly string[]): string[] {
  const program = ts.createProgram([...files], {
    allowJs: true,
    checkJs: true,
    noEmit: true,
    noResolve: true,
    types: [],
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"],
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
  });
  return files.flatMap((file) => {
    const source = program.getSourceFile(file) as ts.SourceFile;
    // "Cannot find name", with or without advice on which types to install.
    const codes = [2304, 2552, 2580, 2581, 2582, 2583, 2584, 2591, 2592, 2593];
    return program
      .getSemanticDiagnostics(source)
      .filter(({ code }) => codes.includes(code))
      .map(({ start = 0, length = 0 }) => {
        const name = source.text.slice(start, start + length);
        return `${file.split("/").at(-1)}: ${name}`;
      });
  });
}
