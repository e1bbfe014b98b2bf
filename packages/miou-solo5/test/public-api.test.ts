import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import * as host from "../src/host.ts";
import * as api from "../src/index.ts";

const packages = fileURLToPath(new URL("../../", import.meta.url));

/** The names that modules export, types included. */
function exportedNames(files: readonly string[]): string[][] {
  const program = ts.createProgram([...files], {
    allowImportingTsExtensions: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    noEmit: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  return files.map((file) => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    return module === undefined ? [] : checker.getExportsOfModule(module).map(({ name }) => name);
  });
}

test("the umbrella exports everything of the packages beneath, types included, and nothing else", () => {
  const beneath = ["bigstring", "pqueue", "scheduler", "net", "block"];
  expect(readdirSync(packages)).toEqual(expect.arrayContaining(beneath));
  const index = (name: string) => `${packages}${name}/src/index.ts`;
  const [umbrella = [], ...rest] = exportedNames(["miou-solo5", ...beneath].map(index));
  const wanted = rest.flatMap((names, i) => {
    expect(names.length, beneath[i]).toBeGreaterThan(1);
    const kind = beneath[i] === "net" ? "Net" : "Block";
    return names.map((name) => (name === "connect" ? `connect${kind}` : name));
  });
  expect(umbrella.toSorted()).toEqual(wanted.toSorted());
}, 60_000);

test("no two of them mean different things by one name", () => {
  expect(api.connectNet).not.toBe(api.connectBlock);
  expect(Object.values(api).every((value) => value !== undefined)).toBe(true);
});

test("the host's entry adds the host", () => {
  expect(Object.keys(host).sort()).toEqual(["BindingsError", "host"]);
});
