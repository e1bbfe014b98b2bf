import { expect, test } from "vitest";
import * as api from "../src/index.ts";

test("the package exports these names and no others", () => {
  expect(Object.keys(api).sort()).toEqual(["PqueueError", "PriorityQueue"]);
  expect(Object.getOwnPropertyNames(api.PriorityQueue.prototype).sort()).toEqual([
    "cancel",
    "clear",
    "constructor",
    "isEmpty",
    "length",
    "peek",
    "pop",
    "push",
    "slotCount",
  ]);
});
