import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as api from "../src/index.ts";

test("the package exports these names and no others", () => {
  expect(Object.keys(api).sort()).toEqual(["BindingsError", "host", "tapCreate", "tapDelete"]);
});

test("a host has the Solo5 interface and these names besides", () => {
  using solo5 = api.host();
  expect(Object.getOwnPropertyNames(Object.getPrototypeOf(solo5)).sort()).toEqual([
    "blockAcquire",
    "blockFlush",
    "blockFlushNow",
    "blockRead",
    "blockRelease",
    "blockWrite",
    "clockMonotonic",
    "clockWall",
    "close",
    "consoleWrite",
    "constructor",
    "entropy",
    "exit",
    "interfaceState",
    "netAcquire",
    "netCounters",
    "netRead",
    "netReadBatch",
    "netReadSlots",
    "netRelease",
    "netWrite",
    "netWriteBatch",
    "wait",
    "yield",
  ]);
});

test("the README lists every error code and no others", () => {
  const codes = (text: string) => [...new Set(text.match(/ERR_SOLO5_[A-Z_]+/g))].sort();
  const source = readFileSync(new URL("../src/errors.ts", import.meta.url), "utf8");
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  expect(codes(readme.slice(readme.indexOf("## Errors")))).toEqual(codes(source));
});
