import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Entry, PriorityQueue } from "../src/index.ts";
import { seed } from "./seed.ts";

interface Job {
  readonly deadline: number;
  readonly arrival: number;
}

const byDeadline = (a: Job, b: Job): number => a.deadline - b.deadline;

describe("the order of leaving", () => {
  test("equal deadlines leave in arrival order", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3)), (deadlines) => {
        const jobs = deadlines.map((deadline, arrival) => ({ deadline, arrival }));
        const queue = new PriorityQueue<Job>(byDeadline);
        for (const job of jobs) queue.push(job);
        expect(jobs.map(() => queue.pop())).toEqual(jobs.toSorted(byDeadline));
      }),
      { seed },
    );
  });

  test("an empty queue peeks and pops undefined", () => {
    const queue = new PriorityQueue<number>((a, b) => a - b);
    expect([queue.peek(), queue.pop(), queue.length, queue.isEmpty]).toEqual([
      undefined,
      undefined,
      0,
      true,
    ]);
  });

  test("peek shows what pop takes next and leaves it there", () => {
    const queue = new PriorityQueue<string>((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    for (const word of ["pear", "apple", "quince"]) queue.push(word);
    expect([queue.peek(), queue.peek(), queue.length, queue.isEmpty]).toEqual([
      "apple",
      "apple",
      3,
      false,
    ]);
    expect([queue.pop(), queue.pop(), queue.pop()]).toEqual(["apple", "pear", "quince"]);
  });

  test("items may be undefined, null or duplicates", () => {
    const queue = new PriorityQueue<undefined | null>(() => 0);
    queue.push(undefined);
    queue.push(null);
    queue.push(null);
    expect([queue.length, queue.pop(), queue.pop(), queue.pop(), queue.length]).toEqual([
      3,
      undefined,
      null,
      null,
      0,
    ]);
  });

  test("arrival order holds across a queue that has run empty", () => {
    const queue = new PriorityQueue<Job>(byDeadline);
    queue.push({ deadline: 1, arrival: 0 });
    queue.pop();
    for (let arrival = 1; arrival < 20; arrival++) queue.push({ deadline: 1, arrival });
    const left = Array.from({ length: 19 }, () => queue.pop()?.arrival);
    expect(left).toEqual(Array.from({ length: 19 }, (_, i) => i + 1));
  });
});

/** The same promises kept by a sorted list. */
class NaiveQueue {
  #jobs: Job[] = [];
  push(job: Job): void {
    const later = this.#jobs.findIndex(({ deadline }) => deadline > job.deadline);
    this.#jobs.splice(later < 0 ? this.#jobs.length : later, 0, job);
  }
  peek(): Job | undefined {
    return this.#jobs[0];
  }
  pop(): Job | undefined {
    return this.#jobs.shift();
  }
  cancel(job: Job): boolean {
    const index = this.#jobs.indexOf(job);
    if (index >= 0) this.#jobs.splice(index, 1);
    return index >= 0;
  }
  get jobs(): readonly Job[] {
    return this.#jobs;
  }
}

type Step =
  | { readonly kind: "push"; readonly deadline: number }
  | { readonly kind: "pop" | "peek" | "clear" }
  | { readonly kind: "cancel"; readonly which: number };

// node:assert, because these run some 100,000 times: vitest's `expect` would take most of the time.
function runBoth(steps: readonly Step[]): void {
  const queue = new PriorityQueue<Job>(byDeadline);
  const naive = new NaiveQueue();
  const pushed: { entry: Entry<Job>; job: Job }[] = [];
  for (const step of steps) {
    if (step.kind === "push") {
      const job = { deadline: step.deadline, arrival: pushed.length };
      naive.push(job);
      pushed.push({ entry: queue.push(job), job });
    } else if (step.kind === "cancel") {
      const target = pushed[step.which % Math.max(1, pushed.length)];
      if (target === undefined) continue;
      const queued = target.entry.queued;
      assert.equal(queue.cancel(target.entry), queued);
      assert.equal(naive.cancel(target.job), queued);
      assert.equal(target.entry.item, undefined);
    } else if (step.kind === "clear") {
      queue.clear();
      while (naive.pop() !== undefined);
    } else {
      assert.equal(queue[step.kind](), naive[step.kind]());
    }
    assert.equal(queue.length, naive.jobs.length);
    assert.ok(queue.slotCount <= 2 * queue.length + 32);
  }
  assert.deepEqual(new Set(queue), new Set(naive.jobs));
  while (naive.jobs.length > 0) assert.equal(queue.pop(), naive.pop());
  assert.equal(queue.pop(), undefined);
}

describe("any sequence of calls does what a sorted list would", () => {
  const cancel = fc.record({ kind: fc.constant("cancel" as const), which: fc.nat() });
  const push = (deadlineMax: number) =>
    fc.record({ kind: fc.constant("push" as const), deadline: fc.nat(deadlineMax) });
  const pop = fc.record({ kind: fc.constant("pop" as const) });
  const peek = fc.record({ kind: fc.constant("peek" as const) });
  const clear = fc.record({ kind: fc.constant("clear" as const) });

  // Long runs with many dead nodes: that is where a dead node may hide a living one.
  test.each([
    { title: "few keys", deadlineMax: 4 },
    { title: "many keys", deadlineMax: 1_000_000 },
  ])("$title", ({ deadlineMax }) => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      { arbitrary: push(deadlineMax), weight: 8 },
      { arbitrary: cancel, weight: 6 },
      { arbitrary: pop, weight: 3 },
      { arbitrary: peek, weight: 1 },
    );
    fc.assert(fc.property(fc.array(step, { size: "max", maxLength: 400 }), runBoth), {
      seed,
      numRuns: 300,
    });
  });

  test("with clear among them", () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      { arbitrary: push(9), weight: 20 },
      { arbitrary: cancel, weight: 8 },
      { arbitrary: pop, weight: 5 },
      { arbitrary: clear, weight: 1 },
    );
    fc.assert(fc.property(fc.array(step, { maxLength: 200 }), runBoth), { seed });
  });
});
