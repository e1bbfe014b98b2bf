import { expect, test } from "vitest";
import * as api from "../src/index.ts";
import * as testing from "../src/testing.ts";
import * as web from "../src/web.ts";

test("the package exports these names and no others", () => {
  expect(Object.keys(api).sort()).toEqual(["Net", "NetError", "connect", "net"]);
  expect(Object.keys(web).sort()).toEqual(["WebNet", "openNet"]);
  expect(Object.keys(testing).sort()).toEqual(["netCases"]);
});
