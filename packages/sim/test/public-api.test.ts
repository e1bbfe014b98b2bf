import { expect, test } from "vitest";
import * as api from "../src/index.ts";

test("the package exports these names and no others", () => {
  expect(Object.keys(api).sort()).toEqual([
    "Disk",
    "Machine",
    "NetPort",
    "SimError",
    "World",
    "createWorld",
  ]);
});
