// What a store does for programs, on a disk that does nothing wrong.
import { Disk } from "@miou-solo5/sim";
import {
  awaitAll,
  type Block,
  ms,
  type Operation,
  type Suspended,
  shield,
  sleep,
  spawn,
  us,
  withTimeout,
  yieldNow,
} from "miou-solo5";
import { describe, expect, test } from "vitest";
import { type Kv, openKv } from "../src/index.ts";
import { newDisk, onMachine, withStore } from "./machine.ts";
import { bytesOf, textOf } from "./text.ts";

function* listOf(store: Kv): Generator<Suspended, Record<string, string | null>, void> {
  const entries = yield* store.entries();
  return Object.fromEntries(entries.map(([key, value]) => [key, textOf(value)]));
}

/** The code that `operation` fails with. */
function* codeOf(operation: () => Operation<unknown>): Generator<Suspended, unknown, void> {
  try {
    yield* operation();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return "no error";
}

describe("a store", () => {
  test("gives what was set, and nothing for what was not or was deleted", async () => {
    await withStore(newDisk(), function* (store) {
      expect(yield* store.get("a")).toBe(null);
      yield* store.set("a", bytesOf("1"));
      expect(textOf(yield* store.get("a"))).toBe("1");
      expect([store.has("a"), store.has("b"), store.size]).toEqual([true, false, 1]);
      yield* store.set("a", bytesOf("2"));
      expect(textOf(yield* store.get("a"))).toBe("2");
      expect(yield* store.delete("a")).toBe(true);
      expect(yield* store.delete("a")).toBe(false);
      expect([yield* store.get("a"), store.has("a"), store.size]).toEqual([null, false, 0]);
    });
  });

  test("holds it after every way to end: closed, given up, in another run", async () => {
    const disk = newDisk();
    await withStore(disk, function* (store, device) {
      yield* store.set("a", bytesOf("1"));
      yield* store.set("b", bytesOf("2"));
      yield* store.close();
      const again = yield* openKv(device);
      expect(yield* listOf(again)).toEqual({ a: "1", b: "2" });
      yield* again.delete("a");
      expect(yield* listOf(yield* openKv(device))).toEqual({ b: "2" });
    });
    await withStore(disk, function* (store) {
      expect(yield* listOf(store)).toEqual({ b: "2" });
    });
  });

  test.each([512, 1024, 4096])("holds values of every size, on pages of %i bytes", async (size) => {
    const disk = new Disk({ capacity: 200 * size, blockSize: size });
    const body = size - 36 - 7 - 1;
    const sizes = [0, 1, body - 1, body, body + 1, 2 * size, 5 * size + 3];
    const sample = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7) & 255);
    await withStore(disk, function* (store, device) {
      for (const [i, length] of sizes.entries()) yield* store.set(`${i}`, sample(length));
      const check = function* (one: Kv): Generator<Suspended, void, void> {
        for (const [i, length] of sizes.entries()) {
          expect(yield* one.get(`${i}`)).toEqual(sample(length));
        }
      };
      yield* check(store);
      yield* store.compact();
      yield* check(store);
      yield* check(yield* openKv(device));
    });
  });

  test("keeps the bytes that it was given when it was called", async () => {
    await withStore(newDisk(), function* (store) {
      const value = bytesOf("before");
      const setting = store.set("a", value);
      value.fill(0);
      yield* setting;
      expect(textOf(yield* store.get("a"))).toBe("before");
      // An operation is a value: it can be done again.
      yield* store.delete("a");
      yield* setting;
      expect(textOf(yield* store.get("a"))).toBe("before");
    });
  });

  test("lists keys in the order of their bytes, all or those with a prefix", async () => {
    const keys = ["", "a", "B", "ab", "\u{1F600}", "\uFFFD", "é", "z", "aé", "a\u0000"];
    const ordered = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(ordered).not.toEqual(keys.toSorted());
    await withStore(newDisk(), function* (store) {
      yield* store.write(keys.map((key) => [key, bytesOf(key)] as const));
      expect(store.keys()).toEqual(ordered);
      expect((yield* store.entries()).map(([key, value]) => [key, textOf(value)])).toEqual(
        ordered.map((key) => [key, key]),
      );
      const prefixed = ordered.filter((key) => key.startsWith("a"));
      expect(store.keys("a")).toEqual(prefixed);
      expect((yield* store.entries("a")).map(([key]) => key)).toEqual(prefixed);
      expect(store.keys("nothing")).toEqual([]);
    });
  });

  test("writes several changes as one; the last one of a key holds", async () => {
    await withStore(newDisk(), function* (store, device) {
      yield* store.write([
        ["a", bytesOf("1")],
        ["b", bytesOf("1")],
        ["a", null],
        ["c", null],
        ["b", bytesOf("2")],
      ]);
      expect(yield* listOf(store)).toEqual({ b: "2" });
      yield* store.write([]);
      expect(yield* listOf(yield* openKv(device))).toEqual({ b: "2" });
    });
  });
});

describe("tasks that write at once", () => {
  test("are flushed together, and each is told when its own is durable", async () => {
    const disk = newDisk({ capacity: 400 * 512, faults: { flushLatency: ms(1) } });
    await withStore(disk, function* (store) {
      const before = disk.counters.flushes;
      const order: string[] = [];
      const tasks = Array.from({ length: 50 }, (_, i) =>
        spawn(function* writer() {
          yield* store.set(`${i}`, bytesOf(`${i}`));
          order.push(`${i}`);
        }),
      );
      yield* awaitAll(tasks);
      // The first comes alone, the others while it is flushed.
      expect(disk.counters.flushes - before).toBe(2);
      expect(order).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
      expect(store.size).toBe(50);
    });
  });

  test("see nothing of each other before it is durable", async () => {
    const disk = newDisk({ capacity: 100 * 512, faults: { flushLatency: ms(1) } });
    await withStore(disk, function* (store) {
      yield* store.set("a", bytesOf("old"));
      const writer = spawn(() => store.set("a", bytesOf("new")));
      yield* sleep(us(500));
      expect(textOf(yield* store.get("a"))).toBe("old");
      yield* writer;
      expect(textOf(yield* store.get("a"))).toBe("new");
    });
  });

  test("get what each was told of its own deletion", async () => {
    await withStore(newDisk(), function* (store) {
      yield* store.set("a", bytesOf("1"));
      const deleting = [1, 2, 3].map(() => spawn(() => store.delete("a")));
      const found = (yield* awaitAll(deleting)).map((one) => "value" in one && one.value);
      expect(found).toEqual([true, false, false]);
    });
  });

  test("one that is interrupted before its turn has not written", async () => {
    const disk = newDisk({ capacity: 100 * 512, faults: { flushLatency: ms(1) } });
    await withStore(disk, function* (store, device) {
      const first = spawn(() => store.set("a", bytesOf("1")));
      yield* yieldNow();
      yield* sleep(us(10));
      expect(yield* codeOf(() => withTimeout(us(100), store.set("b", bytesOf("1"))))).toBe(
        "ERR_SOLO5_TIMEOUT",
      );
      yield* first;
      expect(yield* listOf(store)).toEqual({ a: "1" });
      expect(yield* listOf(yield* openKv(device))).toEqual({ a: "1" });
    });
  });

  test("one that is interrupted while it writes for all finishes that first", async () => {
    await withStore(newDisk(), function* (store, device) {
      const long = "x".repeat(10_000);
      const first = spawn(() => store.set("a", bytesOf("1")));
      const second = spawn(() => store.set("b", bytesOf(long)));
      const third = spawn(() => store.set("c", bytesOf("1")));
      yield* first;
      // The second writes its own pages and the third's, of which the first lie on the disk.
      for (let turns = 0; turns < 10; turns++) yield* yieldNow();
      yield* second.cancel();
      yield* third;
      expect(yield* listOf(store)).toEqual({ a: "1", b: long, c: "1" });
      expect(yield* listOf(yield* openKv(device))).toEqual({ a: "1", b: long, c: "1" });
    });
  });

  test("read while others compact, and find everything", async () => {
    const disk = newDisk({ capacity: 200 * 512, faults: { latency: us(10) } });
    await withStore(disk, function* (store) {
      const keys = Array.from({ length: 8 }, (_, i) => `key ${i}`);
      for (const key of keys) yield* store.set(key, bytesOf(key.repeat(200)));
      let isOver = false;
      let readCount = 0;
      const readers = [0, 1, 2].map(() =>
        spawn(function* reader() {
          while (!isOver) {
            for (const key of keys) expect(textOf(yield* store.get(key))).toBe(key.repeat(200));
            readCount++;
          }
        }),
      );
      for (let i = 0; i < 6; i++) yield* store.compact();
      isOver = true;
      for (const reader of readers) yield* reader;
      expect(readCount).toBeGreaterThan(3);
      expect((yield* store.check()).log).toBe(7);
    });
  });

  test.each([
    ["is given the value that is there by then", bytesOf("new")],
    ["is told where there is none by then", null],
  ])("one that reads so slowly that its page is written over %s", async (_, after) => {
    await onMachine(newDisk(), function* main(device) {
      let isSlow = false;
      function* slowly(offset: number, page: Uint8Array): Generator<Suspended, void, void> {
        if (isSlow) {
          isSlow = false;
          yield* sleep(ms(1));
        }
        yield* device.read(offset, page);
      }
      const { name, pageSize, capacity, readOnly } = device;
      const store = yield* openKv({
        ...{ name, pageSize, capacity, readOnly, read: slowly },
        write: (offset: number, page: Uint8Array) => device.write(offset, page),
        flush: () => device.flush(),
      } as unknown as Block);
      yield* store.set("a", bytesOf("old"));
      isSlow = true;
      const reader = spawn(() => store.get("a"));
      yield* yieldNow();
      yield* store.write([["a", after]]);
      for (let i = 0; i < 2; i++) yield* store.compact();
      expect(yield* reader).toEqual(after);
      expect((yield* store.check()).log).toBe(3);
    });
  });
});

describe("a log that is full", () => {
  const VALUE = bytesOf("x".repeat(400));

  test("is compacted by the write that needs room", async () => {
    await withStore(newDisk(), function* (store) {
      for (let i = 0; i < 500; i++) yield* store.set(`${i % 5}`, bytesOf(`${i}`));
      expect(yield* listOf(store)).toEqual({ 0: "495", 1: "496", 2: "497", 3: "498", 4: "499" });
      expect((yield* store.check()).log).toBeGreaterThan(5);
    });
  });

  test("refuses what has no room beside what counts; reads and deletions go on", async () => {
    await withStore(newDisk(), function* (store, device) {
      const kept: string[] = [];
      for (let i = 0; ; i++) {
        const key = `${i}`.padStart(3, "0");
        if ((yield* codeOf(() => store.set(key, VALUE))) !== "no error") break;
        kept.push(key);
      }
      expect(kept.length).toBeGreaterThan(40);
      expect(yield* codeOf(() => store.set("more", VALUE))).toBe("ERR_KV_FULL");
      expect(store.keys()).toEqual(kept);
      for (const key of kept) expect(yield* store.get(key)).toEqual(VALUE);
      // A long key costs the most to delete.
      for (const key of kept.slice(0, -1)) expect(yield* store.delete(key)).toBe(true);
      yield* store.set("more", VALUE);
      expect(store.keys()).toEqual([kept.at(-1), "more"]);
      expect((yield* openKv(device)).keys()).toEqual([kept.at(-1), "more"]);
    });
  });

  test("always has room to delete the longest key", async () => {
    await withStore(newDisk(), function* (store) {
      const long = (i: number) => `${i}`.padEnd(1024, "k");
      let count = 0;
      while ((yield* codeOf(() => store.set(long(count), VALUE))) === "no error") count++;
      let short = 0;
      while ((yield* codeOf(() => store.set(`${short}`, bytesOf("")))) === "no error") short++;
      expect(count).toBeGreaterThan(10);
      for (let i = 0; i < count; i++) expect(yield* store.delete(long(i))).toBe(true);
      expect(store.size).toBe(short);
    });
  });

  test("takes a value of the largest size that it promises, again and again, and refuses one more byte", async () => {
    await withStore(newDisk(), function* (store) {
      const max = store.valueSizeMax(1);
      for (let i = 0; i < 3; i++) {
        yield* store.set("a", new Uint8Array(max).fill(i));
        yield* store.delete("a");
      }
      yield* store.set("a", new Uint8Array(max).fill(9));
      expect((yield* store.get("a"))?.every((byte) => byte === 9)).toBe(true);
      expect(() => store.set("a", new Uint8Array(max + 1))).toThrow(
        expect.objectContaining({ code: "ERR_KV_TOO_LARGE" }),
      );
      // There is no room for another one beside it.
      expect(yield* codeOf(() => store.set("a", new Uint8Array(max)))).toBe("ERR_KV_FULL");
      expect((yield* store.get("a"))?.length).toBe(max);
    });
  });

  test("gives each of many tasks its own answer", async () => {
    await withStore(newDisk(), function* (store) {
      const big = new Uint8Array(Math.floor(store.valueSizeMax(1) * 0.6));
      const tasks = [
        spawn(() => store.set("0", bytesOf("first"))),
        spawn(() => store.set("a", big)),
        spawn(() => store.set("b", big)),
        spawn(() => store.set("c", bytesOf("small"))),
      ];
      const outcomes = yield* awaitAll(tasks);
      expect(outcomes.map((one) => ("error" in one ? codeIn(one.error) : one.status))).toEqual([
        ...["succeeded", "succeeded", "ERR_KV_FULL", "succeeded"],
      ]);
      expect(store.keys()).toEqual(["0", "a", "c"]);
    });
  });
});

function codeIn(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

describe("closing", () => {
  test("refuses everything afterwards, and may be done twice", async () => {
    await withStore(newDisk(), function* (store) {
      const set = store.set("a", bytesOf("1"));
      const compact = store.compact();
      yield* store.close();
      yield* store.close();
      const closed = expect.objectContaining({ code: "ERR_KV_CLOSED" });
      expect(() => store.get("a")).toThrow(closed);
      expect(() => store.set("a", bytesOf("1"))).toThrow(closed);
      expect(() => store.keys()).toThrow(closed);
      expect(() => store.compact()).toThrow(closed);
      expect(yield* codeOf(() => set)).toBe("ERR_KV_CLOSED");
      expect(yield* codeOf(() => compact)).toBe("ERR_KV_CLOSED");
    });
  });

  test("does what waits first", async () => {
    const disk = newDisk({ capacity: 100 * 512, faults: { flushLatency: ms(1) } });
    await withStore(disk, function* (store, device) {
      const writers = [1, 2, 3].map((i) => spawn(() => store.set(`${i}`, bytesOf("x"))));
      yield* sleep(us(100));
      yield* store.close();
      for (const writer of writers) yield* writer;
      expect((yield* openKv(device)).keys()).toEqual(["1", "2", "3"]);
    });
  });

  test("writes nothing where nothing was written", async () => {
    const disk = newDisk();
    await withStore(disk, (store) => store.close());
    const { writes } = disk.counters;
    await withStore(disk, function* (store) {
      expect(yield* store.get("a")).toBe(null);
      yield* store.close();
    });
    expect(disk.counters.writes).toBe(writes);
  });
});

test("opening a store on a large device reads what it holds, and a bit more", async () => {
  const disk = newDisk({ capacity: 2 ** 30 });
  await withStore(disk, (store) => store.set("a", bytesOf("1")));
  const { reads } = disk.counters;
  await withStore(disk, (store) => store.get("a"));
  expect(disk.counters.reads - reads).toBeLessThan(1100);
});

test("a cancelled opening leaves a store that can be opened", async () => {
  const disk = newDisk({ capacity: 100 * 512, faults: { latency: us(10) } });
  await withStore(disk, (store) => store.set("a", bytesOf("1")));
  await onMachine(disk, function* (device) {
    let count = 0;
    const open = () => withTimeout(us(count * 10), openKv(device));
    while ((yield* codeOf(open)) === "ERR_SOLO5_TIMEOUT") count++;
    expect(count).toBeGreaterThan(30);
    const store = yield* shield(openKv(device));
    expect(yield* listOf(store)).toEqual({ a: "1" });
  });
});
