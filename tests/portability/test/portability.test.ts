// The same bundle in two engines that share nothing, neither with anything of a host: byte for byte the same.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { checkGolden, traceDifference } from "@miou-solo5/sim";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plan } from "../../../packages/scheduler/test/task-trees/plan.ts";
import { bundle } from "./bundle.ts";
import { FROZEN, GLOBALS, HOST_LOOKUPS } from "./engines/bare.mjs";
import { node, quickjs, type Told } from "./engines.ts";
import { PROGRAMS, SUITES, TASK_TREES } from "./suites.ts";

/** `SIM_SEEDS=<n>` runs each scenario with so many. */
const SEED_COUNT = Number(process.env["SIM_SEEDS"] || 10);
const FIRST_SEED = Number(process.env["SEED"] || 1);
const PLAN_COUNT = SEED_COUNT * 15;
const seeds = Array.from({ length: SEED_COUNT }, (_, i) => FIRST_SEED + i);

const script = await bundle({ programs: PROGRAMS });
const scenarios = JSON.parse(await node.evaluate(script, "JSON.stringify(portability.names)"));
const withSuites = await bundle({ suites: [...SUITES, TASK_TREES] });

function expectSame(wanted: readonly Told[], got: readonly Told[], names = seeds): void {
  expect(got.length).toBe(wanted.length);
  wanted.forEach((told, i) => {
    const difference = traceDifference(told.lines, got[i]?.lines ?? []);
    if (difference !== null) throw new Error(`seed ${names[i]}: the engines differ, ${difference}`);
    expect([told.hasEnded, got[i]?.hasEnded]).toEqual([true, true]);
  });
}

describe.each<string>(scenarios)("%s", (name) => {
  test(`is the same in both engines, for ${SEED_COUNT} seeds`, async () => {
    const wanted = await node.play(script, name, { seeds });
    expectSame(wanted, await quickjs.play(script, name, { seeds }));
    for (const { lines } of wanted)
      expect(lines.filter((line) => line.startsWith("failed"))).toEqual([]);
  });

  test("is the same where no built-in object can be changed", async () => {
    const wanted = await node.play(script, name);
    expectSame(wanted, await quickjs.play(script, name, { prelude: FROZEN }));
    expectSame(wanted, await node.play(script, name, { prelude: FROZEN }));
  });

  test("is the same in an engine of ES2023, which has no Symbol.dispose", async () => {
    expectSame(await node.play(script, name), await node.play(script, name, { isOld: true }));
  });
});

describe("what the tests of packages see", () => {
  test.each(SUITES)("%s is the same in both engines", async (name) => {
    const wanted = await node.play(withSuites, name);
    expectSame(wanted, await quickjs.play(withSuites, name));
    const lines = wanted[0]?.lines ?? [];
    // Tests that need a host fail in both: these must not be most of them, or all this says nothing.
    const titles = lines.filter((line) => line.startsWith("# "));
    const failed = lines.flatMap((line, at) =>
      line.startsWith("FAILED ")
        ? [`${lines.findLast((one, i) => i < at && one.startsWith("# "))}: ${line}`]
        : [],
    );
    expect(titles.length).toBeGreaterThan(0);
    expect(failed.length, failed.join("\n")).toBeLessThan(titles.length / 2);
    expect(lines.filter((line) => line.startsWith("failed: "))).toEqual([]);
  });
});

test(`${PLAN_COUNT} random task trees are the same in both engines`, async () => {
  const plans = fc.sample(plan, { seed: FIRST_SEED, numRuns: PLAN_COUNT });
  const options = { prelude: `globalThis.plans = ${JSON.stringify(plans)};` };
  const wanted = await node.play(withSuites, TASK_TREES, options);
  expectSame(wanted, await quickjs.play(withSuites, TASK_TREES, options));
  expect(wanted[0]?.lines.length).toBeGreaterThan(PLAN_COUNT * 20);
});

test.each([
  "a random tree of tasks",
  "numbers, times and order",
  "a disk with every fault, through crashes",
])("%s is what was approved", async (name) => {
  const file = (of: string) => new URL(`golden/${of.replaceAll(/\W+/g, "-")}.txt`, import.meta.url);
  const [told] = await quickjs.play(script, name);
  checkGolden(name, told?.lines ?? [], {
    read: (of) => (existsSync(file(of)) ? readFileSync(file(of), "utf8") : null),
    write: (of, text) => writeFileSync(file(of), text),
  });
});

test("a bundle adds to the global object what it says, and looks there for what a host could do faster", async () => {
  for (const engine of [node, quickjs]) {
    const before = (await engine.evaluate("", GLOBALS)).split(" ");
    const after = (await engine.evaluate(script, GLOBALS)).split(" ");
    expect(after.filter((name) => !before.includes(name))).toEqual([
      "Symbol(miou-solo5.schedulers)",
      "portability",
    ]);
    const started = "portability.names.map((name) => portability.start(name, 1))";
    const lookups = await engine.evaluate(script, `(${started}, lookups)`, HOST_LOOKUPS);
    for (const name of lookups.split(",")) expect(["Buffer", "TextEncoder"]).toContain(name);
  }
});

test("what engines tell in words of their own is found", async () => {
  const name = "an engine's own words";
  const [wanted, got] = [await node.play(script, name), await quickjs.play(script, name)];
  expect(wanted[0]?.lines[0]).toBe(got[0]?.lines[0]);
  expect(() => expectSame(wanted, got)).toThrow(/^seed \d+: the engines differ, line 2/);
});

test("a scenario that waits for what never comes is told from one that has ended", async () => {
  const forever = "portability = { start: () => ({ lines: ['begun'], hasEnded: false }) }";
  for (const engine of [node, quickjs]) {
    expect(await engine.play(forever, "x")).toEqual([{ lines: ["begun"], hasEnded: false }]);
  }
});
