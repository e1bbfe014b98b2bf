import { expect, test } from "vitest";
import * as api from "../src/index.ts";

test("the package exports these names and no others", () => {
  expect(Object.keys(api).sort()).toEqual([
    "Disk",
    "Line",
    "Machine",
    "Medium",
    "NetPort",
    "SimError",
    "SimulationFailure",
    "Switch",
    "Wire",
    "World",
    "checkGolden",
    "createWorld",
    "goldenTracer",
    "simulate",
    "traceDifference",
    "withBlockFaults",
    "withNetFaults",
  ]);
});
