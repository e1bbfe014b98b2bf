import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { type Entry, PriorityQueue } from "../src/index.ts";

const ascending = (a: number, b: number): number => a - b;

describe("cancel", () => {
  test("takes an entry out once and says so", () => {
    const queue = new PriorityQueue<number>(ascending);
    const entry = queue.push(1);
    expect([entry.queued, entry.item]).toEqual([true, 1]);
    expect([queue.cancel(entry), queue.cancel(entry)]).toEqual([true, false]);
    expect([entry.queued, entry.item, queue.length, queue.pop()]).toEqual([
      false,
      undefined,
      0,
      undefined,
    ]);
  });

  test("is refused for an entry that has been popped or cleared", () => {
    const queue = new PriorityQueue<number>(ascending);
    const popped = queue.push(1);
    const cleared = queue.push(2);
    queue.pop();
    queue.clear();
    expect([queue.cancel(popped), queue.cancel(cleared)]).toEqual([false, false]);
    expect([popped.queued, popped.item, cleared.queued, cleared.item]).toEqual([
      false,
      undefined,
      false,
      undefined,
    ]);
    expect(queue.length).toBe(0);
  });

  test("works at the top, in the middle and at the end of the heap", () => {
    for (let victim = 0; victim < 7; victim++) {
      const queue = new PriorityQueue<number>(ascending);
      const entries = [0, 1, 2, 3, 4, 5, 6].map((item) => queue.push(item));
      queue.cancel(entries[victim] as Entry<number>);
      const left = Array.from({ length: 6 }, () => queue.pop());
      expect(left).toEqual([0, 1, 2, 3, 4, 5, 6].filter((item) => item !== victim));
      expect(queue.pop()).toBeUndefined();
    }
  });

  test("never calls the comparator, however much it sweeps out", () => {
    let calls = 0;
    const queue = new PriorityQueue<number>((a, b) => {
      calls++;
      return a - b;
    });
    const entries = Array.from({ length: 1000 }, (_, i) => queue.push(i));
    calls = 0;
    for (const entry of entries) queue.cancel(entry);
    expect(calls).toBe(0);
    expect([queue.slotCount <= 32, queue.length]).toEqual([true, 0]);
  });

  test("a newcomer below a dead entry still passes what it should, and only that", () => {
    // The heap is 0 over (1 over 4, 3) and (9 over 9, 9), and 1 dies. The newcomers rise from below
    // 4: 3.5 and 2 must stop below the dead 1 (its other child 3 was not compared), -1 must pass it.
    const queue = new PriorityQueue<number>(ascending);
    const entries = [0, 1, 9, 4, 3, 9, 9].map((item) => queue.push(item));
    queue.cancel(entries[1] as Entry<number>);
    queue.push(3.5);
    queue.push(2);
    queue.push(-1);
    expect(Array.from({ length: 9 }, () => queue.pop())).toEqual([-1, 0, 2, 3, 3.5, 4, 9, 9, 9]);
  });
});

describe("memory", () => {
  test("a queue of which 99 % is cancelled shrinks to twice what lives", () => {
    const queue = new PriorityQueue<number>(ascending);
    const entries = Array.from({ length: 100_000 }, (_, i) => queue.push((i * 7919) % 100_003));
    expect(queue.slotCount).toBe(100_000);
    entries.forEach((entry, i) => {
      if (i % 100 !== 0) queue.cancel(entry);
    });
    expect(queue.length).toBe(1000);
    expect(queue.slotCount).toBeLessThanOrEqual(2 * 1000 + 32);
    const survivors = entries.filter((_, i) => i % 100 === 0).map((entry) => entry.item);
    expect(Array.from({ length: 1000 }, () => queue.pop())).toEqual(
      (survivors as number[]).toSorted(ascending),
    );
  });

  test("a timeout set and cancelled over and over takes no more slots than the floor", () => {
    const queue = new PriorityQueue<number>(ascending);
    queue.push(Number.MAX_SAFE_INTEGER);
    let slotCountMax = 0;
    for (let now = 0; now < 100_000; now++) {
      queue.cancel(queue.push(now + 1_000_000));
      slotCountMax = Math.max(slotCountMax, queue.slotCount);
    }
    expect(slotCountMax).toBeLessThanOrEqual(2 * 2 + 32);
    expect(queue.length).toBe(1);
  });

  test("popping the living sweeps out a majority of dead left behind them", () => {
    const queue = new PriorityQueue<number>(ascending);
    const entries = Array.from({ length: 2000 }, (_, i) => queue.push(i));
    for (const entry of entries.slice(1100)) queue.cancel(entry);
    expect(queue.slotCount).toBe(2000);
    for (let i = 0; i < 1000; i++) expect(queue.pop()).toBe(i);
    expect(queue.length).toBe(100);
    expect(queue.slotCount).toBeLessThanOrEqual(2 * 100 + 32);
  });

  test("an item that was cancelled, popped or cleared is not kept by the queue or its entry", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage: () => void = runInNewContext("gc");
    const queue = new PriorityQueue<{ readonly key: number }>((a, b) => a.key - b.key);
    const kept: Entry<object>[] = [];
    const pushed = (key: number): WeakRef<object> => {
      const item = { key };
      kept.push(queue.push(item));
      return new WeakRef(item);
    };
    const first = pushed(0);
    const others = Array.from({ length: 20 }, (_, i) => pushed(i + 1));
    queue.pop();
    for (const entry of kept.slice(1, 10)) queue.cancel(entry as Entry<{ key: number }>);
    const held = (): number => [first, ...others].filter((ref) => ref.deref()).length;
    // A WeakRef holds its target until the current job ends, hence the turn of the event loop.
    const collect = async (): Promise<void> => {
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
    };
    await collect();
    expect(held()).toBe(11);
    queue.clear();
    await collect();
    expect(held()).toBe(0);
    expect(kept).toHaveLength(21);
  });
});

test("iteration shows the living items of the moment and leaves the queue as it is", () => {
  const queue = new PriorityQueue<number>(ascending);
  const entries = [5, 3, 8, 1].map((item) => queue.push(item));
  queue.cancel(entries[0] as Entry<number>);
  const seen: number[] = [];
  for (const item of queue) {
    seen.push(item);
    queue.push(item + 10);
  }
  expect(seen.toSorted(ascending)).toEqual([1, 3, 8]);
  expect(queue.length).toBe(6);
});
