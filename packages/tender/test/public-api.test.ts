import { expect, test } from "vitest";
import * as tender from "../src/index.ts";

test("the package exports these names and no others", () => {
  expect(Object.keys(tender).sort()).toEqual([
    "TenderError",
    "USAGE",
    "parseCommandLine",
    "solo5Node",
    "version",
  ]);
});
