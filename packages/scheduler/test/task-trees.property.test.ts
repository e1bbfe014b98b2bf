// Random task trees: whatever tasks do to each other, nothing outlives its parent, every `finally`
// runs exactly once, nothing is left waiting, equal seeds give equal traces, and the run ends.
//
// Other ones with SEED=<n>, more of them with RUNS=<n>.
import fc from "fast-check";
import { expect, test } from "vitest";
import { observe } from "./task-trees/observe.ts";
import { plan } from "./task-trees/plan.ts";

const seed = Number(process.env["SEED"] ?? 1);
const numRuns = Number(process.env["RUNS"] ?? 700);

/** How a run of a plan may end: well, by main's own error, or by a rule that the plan breaks. */
const ENDS = new Set([
  "ok",
  "planned",
  "ERR_SOLO5_TIMEOUT",
  "ERR_SOLO5_CANCELLED",
  "ERR_SOLO5_STILL_HAS_CHILDREN",
  "ERR_SOLO5_RESOURCE_LEAKED",
  // Locks taken in two orders, and one that a task has already.
  "ERR_SOLO5_DEADLOCK",
]);

test("random task trees keep the rules", { timeout: 60_000 + numRuns * 200 }, async () => {
  const ends = new Map<string, number>();
  let count = 0;
  await fc.assert(
    fc.asyncProperty(plan, fc.nat(1000), async (root, random) => {
      // In long runs the test's runner must be heard from now and then.
      if (++count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      const observed = observe(root, random);
      ends.set(observed.end, (ends.get(observed.end) ?? 0) + 1);
      expect(ENDS).toContain(observed.end);
      expect(observed.faults).toEqual([]);
      expect(observe(root, random).lines).toEqual(observed.lines);
    }),
    { seed, numRuns },
  );
  // A property about runs that all end alike would show little.
  expect([...ends.keys()].sort()).toEqual(expect.arrayContaining(["ok", "planned"]));
});
