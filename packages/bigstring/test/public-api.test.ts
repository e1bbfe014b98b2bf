import { expect, test } from "vitest";
import * as api from "../src/index.ts";

test("the package exports these names and no others", () => {
  expect(Object.keys(api).sort()).toEqual([
    "BigstringError",
    "blit",
    "blitFromString",
    "blitToBytes",
    "blitToString",
    "compare",
    "equal",
    "fill",
    "getInt32",
    "getUint16BE",
    "getUint32BE",
    "getUint8",
    "setInt32",
    "setUint16BE",
    "setUint32BE",
    "setUint8",
  ]);
});
