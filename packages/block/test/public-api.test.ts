import { expect, test } from "vitest";
import * as api from "../src/index.ts";
import * as testing from "../src/testing.ts";

test("the package exports these names and no others", () => {
  expect(Object.keys(api).sort()).toEqual(["Block", "BlockError", "block", "connect"]);
  expect(Object.keys(testing).sort()).toEqual(["blockCases"]);
});
