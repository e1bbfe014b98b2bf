// The random task trees of the scheduler's own tests. Their plans are made in Node, and stand in the global `plans`.
import { expect, test } from "vitest";
import { observe } from "../../../../packages/scheduler/test/task-trees/observe.ts";
import type { Plan } from "../../../../packages/scheduler/test/task-trees/plan.ts";

const { plans = [] } = globalThis as { plans?: readonly Plan[] };

test("random task trees", () => {
  plans.forEach((plan, random) => {
    const { lines, end, faults } = observe(plan, random);
    for (const line of lines) expect(line);
    expect([end, faults]);
  });
});
