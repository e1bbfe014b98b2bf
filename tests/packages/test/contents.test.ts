// What lies in each tarball, and what the linters of packages say of it.

import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { entriesOf, type Manifest, readJson, root } from "../../repository/test/packages.ts";
import { npmScript, output } from "./npm.ts";
import { type Tarball, textIn } from "./pack.ts";
import { TARGETS } from "./setup.ts";

const tarballs = inject("tarballs");
const missing = inject("missing");
const licence = readFileSync(join(root, "LICENSE"), "utf8");

const SIZE_MAX = 400_000;
const ALLOWED =
  /^(package\.json|README\.md|LICENSE|bin\/[\w-]+\.mjs|dist\/[\w.-]+\.(js|js\.map|d\.ts))$/;
const ALLOWED_IN_BINDINGS =
  /^(prebuilds\/linux-(x64|arm64)-(glibc|musl)\/miou-solo5\.node|native\/((host|musl)\/)?[\w+.-]+\.(cc?|h|map|mjs))$/;

/** Packages of others that are part of a build: their licences travel with it. */
const BUNDLED: Readonly<Record<string, readonly string[]>> = { "@miou-solo5/pqueue": ["heap-js"] };

describe.each(tarballs.map((one) => [one.name, one] as const))("%s", (name, one) => {
  const { contents, manifest } = one;
  const bundled = BUNDLED[name] ?? [];

  test("holds what is built, its README and its licence, and nothing else", () => {
    expect(contents).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE"]));
    for (const { js, types } of entriesOf({ folder: "", manifest })) {
      expect(contents).toEqual(expect.arrayContaining([js.slice(2), types.slice(2)]));
    }
    for (const path of Object.values(manifest.bin ?? {})) expect(contents).toContain(path.slice(2));
    const stray = contents.filter(
      (path) =>
        !ALLOWED.test(path) &&
        !bundled.some((other) => path === `LICENSE.${other}`) &&
        !(name === "@miou-solo5/bindings" && ALLOWED_IN_BINDINGS.test(path)),
    );
    expect(stray).toEqual([]);
    expect(textIn(one.file, "LICENSE")).toBe(licence);
    for (const other of bundled) {
      const theirs = readFileSync(join(root, "node_modules", other, "LICENSE"), "utf8");
      expect(textIn(one.file, `LICENSE.${other}`)).toBe(theirs);
    }
    expect(one.size).toBeLessThan(SIZE_MAX);
  });

  test("runs nothing when it is installed", () => {
    for (const script of ["preinstall", "install", "postinstall", "prepare"]) {
      expect(manifest.scripts?.[script]).toBeUndefined();
    }
    // npm runs node-gyp by itself where it finds one.
    expect(contents).not.toContain("binding.gyp");
  });

  test("has a source map for each module, with the sources in it", () => {
    const modules = contents.filter((path) => path.endsWith(".js"));
    expect(modules.length).toBeGreaterThan(0);
    for (const module of modules) {
      const [, named] = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(textIn(one.file, module)) ?? [];
      const path = posix.join(posix.dirname(module), named ?? "none");
      expect(contents, module).toContain(path);
      const map = JSON.parse(textIn(one.file, path)) as SourceMap;
      // The sources themselves are not packed: whoever steps into them reads them here.
      expect(map.sourcesContent?.length, path).toBe(map.sources.length);
      for (const text of map.sourcesContent ?? []) expect(typeof text, path).toBe("string");
      const strange = map.sources.filter(
        (source) =>
          !/^\.\.\/src\/[\w./-]+\.ts$/.test(source) &&
          !bundled.some((other) => source.startsWith(`../../../node_modules/${other}/`)),
      );
      expect(strange, path).toEqual([]);
    }
  });

  test("has declarations that name the files of sources nowhere", () => {
    for (const path of contents.filter((path) => path.endsWith(".d.ts"))) {
      const text = textIn(one.file, path);
      expect(text, path).not.toMatch(/sourceMappingURL|\.\.\/src\//);
      // Symbol.dispose is newer than ES2023.
      if (/Symbol\.dispose|Disposable/.test(text)) {
        expect(text).toMatch(/^\/\/\/ <reference lib="esnext.disposable" \/>$/m);
      }
    }
  });

  test("holds no path of the machine that built it", () => {
    // Put together here, so that this file doesn't match itself.
    const folders = ["work", "home", "root", "Users", "tmp"].join("|");
    const path = new RegExp(`(?<![\\w.$})-])/(${folders})/\\w`);
    const found = contents.filter((file) => {
      const text = textIn(one.file, file);
      return text.includes(root) || (!file.endsWith(".md") && path.test(text));
    });
    expect(found).toEqual([]);
  });

  test("passes publint, suggestions included", async () => {
    const bytes = readFileSync(one.file);
    const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    const { messages, pkg } = await publint({ pack: { tarball } });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });
});

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
}

describe("@arethetypeswrong/cli", () => {
  // Each needs two seconds, most of it to start: two at a time.
  const verdicts = new Map<string, Promise<Verdict>>();
  beforeAll(() => {
    const queues: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
    for (const [index, { name, file }] of tarballs.entries()) {
      const verdict = (queues[index % 2] as Promise<unknown>).then(() => typesWrong(file));
      verdicts.set(name, verdict);
      queues[index % 2] = verdict.catch(() => undefined);
    }
  });

  const names = tarballs.map(({ name, manifest }) => [name, manifest] as const);
  test.each(names)("finds every entry of %s and nothing wrong", async (name, { exports = {} }) => {
    const { entrypoints } = (await (verdicts.get(name) as Promise<Verdict>)).analysis;
    expect(Object.keys(entrypoints).toSorted()).toEqual(Object.keys(exports).toSorted());
    for (const [entry, { resolutions }] of Object.entries(entrypoints)) {
      for (const mode of ["node16-esm", "bundler"]) {
        const { isTypeScript, isJson } = resolutions[mode]?.resolution ?? {};
        expect(isTypeScript || isJson, `${entry} for ${mode}`).toBe(true);
      }
    }
  });
});

interface Verdict {
  readonly analysis: {
    readonly entrypoints: Readonly<
      Record<string, { readonly resolutions: Readonly<Record<string, Resolved>> }>
    >;
  };
}
interface Resolved {
  readonly resolution?: { readonly isTypeScript: boolean; readonly isJson: boolean };
}

/** Fails where the command does: with any problem that the profile doesn't leave out. */
async function typesWrong(file: string): Promise<Verdict> {
  const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const args = ["--profile", "esm-only", "--format", "json", file];
  return JSON.parse(await output(process.execPath, [attw, ...args])) as Verdict;
}

test("this workspace names every package, so that turbo builds them first", () => {
  const { devDependencies = {} } = readJson<Manifest>("tests/packages/package.json");
  const ours = Object.keys(devDependencies).filter((name) => name.includes("miou-solo5"));
  expect(ours).toEqual(tarballs.map(({ name }) => name).toSorted());
});

test("bindings carries an addon for each machine, of which none is missing here", ({ skip }) => {
  const bindings = tarballs.find(({ name }) => name === "@miou-solo5/bindings") as Tarball;
  const addons = bindings.contents.filter((path) => path.startsWith("prebuilds/"));
  const absent = Object.keys(missing);
  const expected = TARGETS.filter((target) => !absent.includes(target));
  expect(addons).toEqual(expected.map((name) => `prebuilds/${name}/miou-solo5.node`).toSorted());
  skip(absent.length > 0, `no compiler for ${absent.join(", ")}: ${Object.values(missing)[0]}`);
});

test("`npm pack --dry-run` lists the same in the workspace, but for other machines' addons", async () => {
  const args = ["pack", "--json", "--dry-run", "--ignore-scripts", "-w", "packages/bindings"];
  const printed = await output(process.execPath, [npmScript(), ...args], { cwd: root });
  type Listed = { readonly files: readonly { readonly path: string }[] };
  const [listed] = Object.values(JSON.parse(printed) as Record<string, Listed>);
  const bindings = tarballs.find(({ name }) => name === "@miou-solo5/bindings") as Tarball;
  const rest = (paths: readonly string[]): string[] =>
    paths.filter((path) => !path.startsWith("prebuilds/")).toSorted();
  expect(rest((listed?.files ?? []).map(({ path }) => path))).toEqual(rest(bindings.contents));
});
