import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Entry, PqueueError, PriorityQueue } from "../src/index.ts";
import { seed } from "./seed.ts";

const ascending = (a: number, b: number): number => a - b;

const thrownBy = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

const drained = <T>(queue: PriorityQueue<T>): T[] =>
  Array.from({ length: queue.length }, () => queue.pop() as T);

describe("a comparator that gives no order", () => {
  test.each([
    { title: "a NaN key", item: Number.NaN },
    { title: "an infinite key that is subtracted", item: Number.POSITIVE_INFINITY },
  ])("$title is refused when pushed, even into an empty queue", ({ item }) => {
    for (const others of [[], [1, 2, 3]]) {
      const queue = new PriorityQueue<number>(ascending);
      for (const other of others) queue.push(other);
      const error = thrownBy(() => queue.push(item)) as PqueueError;
      expect(error).toBeInstanceOf(PqueueError);
      expect([error.name, error.code]).toEqual(["PqueueError", "ERR_SOLO5_NOT_COMPARABLE"]);
      expect(error.message).toContain("got NaN");
      expect(drained(queue)).toEqual(others);
    }
  });

  test("an answer that is no number is refused", () => {
    const queue = new PriorityQueue<number>((() => undefined) as unknown as () => number);
    expect(thrownBy(() => queue.push(1))).toMatchObject({
      code: "ERR_SOLO5_NOT_COMPARABLE",
      message: expect.stringContaining("got undefined"),
    });
    expect(queue.length).toBe(0);
  });

  test("two items that can't be compared with each other: the second is not queued", () => {
    const queue = new PriorityQueue<number | string>((a, b) =>
      typeof a === typeof b ? Number(a) - Number(b) : Number.NaN,
    );
    queue.push(2);
    queue.push(1);
    expect(thrownBy(() => queue.push("3"))).toMatchObject({ code: "ERR_SOLO5_NOT_COMPARABLE" });
    expect(drained(queue)).toEqual([1, 2]);
  });

  test("what the comparator throws comes out unchanged", () => {
    const fault = new Error("comparator");
    let broken = false;
    const queue = new PriorityQueue<number>((a, b) => {
      if (broken) throw fault;
      return a - b;
    });
    queue.push(2);
    queue.push(1);
    queue.push(3);
    broken = true;
    expect(thrownBy(() => queue.push(0))).toBe(fault);
    expect(thrownBy(() => queue.pop())).toBe(fault);
    expect(thrownBy(() => queue.peek())).toBe(fault);
    broken = false;
    expect(drained(queue)).toEqual([1, 2, 3]);
  });

  test("a call that throws changes nothing, at whichever comparison it happens", () => {
    const calls = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant("push" as const), item: fc.nat(9) }),
        fc.record({ kind: fc.constant("cancel" as const), item: fc.nat() }),
        fc.record({ kind: fc.constant("pop" as const), item: fc.constant(0) }),
      ),
      { size: "max", maxLength: 150 },
    );
    fc.assert(
      fc.property(calls, fc.infiniteStream(fc.nat(20)), (steps, patience) => {
        let left = Number.POSITIVE_INFINITY;
        const queue = new PriorityQueue<{ readonly key: number }>((a, b) => {
          if (left-- === 0) throw new Error("comparator");
          return a.key - b.key;
        });
        const entries: Entry<{ readonly key: number }>[] = [];
        const living = new Map<Entry<object>, { readonly key: number }>();
        for (const { kind, item } of steps) {
          // The comparator fails at a random comparison of this call, if the call gets that far.
          left = patience.next().value as number;
          try {
            if (kind === "push") {
              const pushed = { key: item };
              const entry = queue.push(pushed);
              entries.push(entry);
              living.set(entry, pushed);
            } else if (kind === "pop") {
              const popped = queue.pop();
              for (const [entry, at] of living) if (at === popped) living.delete(entry);
            }
          } catch (error) {
            expect(error).toHaveProperty("message", "comparator");
          }
          if (kind === "cancel") {
            left = 0;
            const entry = entries[item % Math.max(1, entries.length)];
            if (entry !== undefined) assert.equal(queue.cancel(entry), living.delete(entry));
          }
          assert.equal(queue.length, living.size);
          assert.deepEqual(new Set(queue), new Set(living.values()));
        }
        left = Number.POSITIVE_INFINITY;
        const keys = [...living.values()].map(({ key }) => key);
        expect(drained(queue).map(({ key }) => key)).toEqual(keys.toSorted(ascending));
      }),
      { seed, numRuns: 300 },
    );
  });
});

describe("an entry of another queue", () => {
  test.each([
    { title: "another queue's", entry: () => new PriorityQueue<number>(ascending).push(1) },
    { title: "an object made by hand", entry: () => ({ item: 1, queued: true }) },
    { title: "undefined", entry: () => undefined as unknown as Entry<number> },
    { title: "a number", entry: () => 7 as unknown as Entry<number> },
  ])("$title is refused and nothing is cancelled", ({ entry }) => {
    const queue = new PriorityQueue<number>(ascending);
    queue.push(1);
    const foreign = entry();
    expect(thrownBy(() => queue.cancel(foreign))).toMatchObject({
      name: "PqueueError",
      code: "ERR_SOLO5_FOREIGN_ENTRY",
    });
    expect(queue.length).toBe(1);
    if (foreign?.queued !== undefined) expect(foreign.queued).toBe(true);
  });

  test("is refused even after it left its own queue", () => {
    const other = new PriorityQueue<number>(ascending);
    const entry = other.push(1);
    other.pop();
    const queue = new PriorityQueue<number>(ascending);
    expect(thrownBy(() => queue.cancel(entry))).toMatchObject({ code: "ERR_SOLO5_FOREIGN_ENTRY" });
  });
});
