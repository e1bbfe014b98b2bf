// What a store says of a disk that is not as it left it: an error, or the right answer.
import { Disk } from "@miou-solo5/sim";
import { type Block, ms, type Operation, type Suspended } from "miou-solo5";
import { describe, expect, test } from "vitest";
import { type Kv, openKv } from "../src/index.ts";
import { encodeSuperblock } from "../src/superblock.ts";
import { newDisk, onMachine, SMALL, withStore } from "./machine.ts";
import { bytesOf, textOf } from "./text.ts";

const PAGE = 512;

/** The code that opening fails with, and its message. */
function failureOf(disk: Disk): Promise<{ code: string; message: string }> {
  return onMachine(disk, function* main(device) {
    try {
      yield* openKv(device);
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      return { code, message };
    }
    return { code: "no error", message: "" };
  });
}

function contentsOf(disk: Disk): Uint8Array {
  const bytes = new Uint8Array(disk.capacity);
  for (let at = 0; at < disk.capacity; at += disk.blockSize) disk.read(at, bytes, at);
  return bytes;
}

/** A disk with that on it, whatever was on it before. */
function diskOf(contents: Uint8Array, blockSize = PAGE): Disk {
  return new Disk({ capacity: contents.length, blockSize, contents });
}

/** What a disk with `contents` says of keys a, b and c, or the code of why it says nothing. */
function read(contents: Uint8Array): Promise<string> {
  return onMachine(diskOf(contents), function* main(device) {
    try {
      return yield* answers(yield* openKv(device));
    } catch (error) {
      return (error as { code: string }).code;
    }
  });
}

function* answers(store: Kv): Generator<Suspended, string, void> {
  const entries = yield* store.entries();
  return entries.map(([key, value]) => `${key}=${textOf(value)?.length}`).join(" ");
}

/** A store after a compaction and some batches, closed: each kind of page is there. */
async function usedDisk(close = true): Promise<Uint8Array> {
  const disk = newDisk();
  await withStore(disk, function* (store) {
    yield* store.set("a", bytesOf("x".repeat(700)));
    yield* store.set("b", bytesOf("x".repeat(10)));
    yield* store.compact();
    yield* store.set("a", bytesOf("y".repeat(1300)));
    yield* store.delete("b");
    yield* store.set("c", bytesOf("z".repeat(20)));
    if (close) yield* store.close();
  });
  return contentsOf(disk);
}
const RIGHT = "a=1300 c=20";
/** Pages of its log: two of the compaction, then three, one and one. */
const USED_COUNT = 7;

describe("a page of a closed store that is not as it was", () => {
  test("is told of, or does not matter: a bit, at every place", { timeout: 60_000 }, async () => {
    const whole = await usedDisk();
    expect(await read(whole)).toBe(RIGHT);
    const said: Record<string, number> = {};
    // A bit of each page, another one in each; and every bit of both superblocks.
    const bits = Array.from(
      { length: whole.length / PAGE },
      (_, i) => i * PAGE * 8 + ((i * 677 + 5) % 4096),
    );
    for (let bit = 0; bit < 64 * 8; bit += 3) bits.push(bit, PAGE * 8 + bit);
    for (const bit of bits) {
      const contents = whole.slice();
      contents[bit >> 3] = (contents[bit >> 3] as number) ^ (1 << (bit & 7));
      const answer = await read(contents);
      said[answer] = (said[answer] ?? 0) + 1;
    }
    expect(Object.keys(said).sort()).toEqual(["ERR_KV_DAMAGED", RIGHT]);
    // One for each page of the log that the store has; its superblocks have one another.
    expect(said["ERR_KV_DAMAGED"]).toBe(USED_COUNT);
  });

  test("is told of, wherever: zeroes, another page's bytes, an older page", async () => {
    const whole = await usedDisk();
    const index = (i: number) => (2 + i) * PAGE;
    for (let i = 0; i < USED_COUNT; i++) {
      const zeroed = whole.slice().fill(0, index(i), index(i) + PAGE);
      expect(await read(zeroed)).toBe("ERR_KV_DAMAGED");
      const swapped = whole.slice();
      swapped.copyWithin(index(i), index((i + 1) % USED_COUNT), index((i + 1) % USED_COUNT) + PAGE);
      expect(await read(swapped)).toBe("ERR_KV_DAMAGED");
    }
  });

  test("is told of in the middle of a log that was never closed", async () => {
    const whole = await usedDisk(false);
    expect(await read(whole)).toBe(RIGHT);
    // But for the last batch, which nothing follows: a crash could have cut it short just so.
    for (let i = 0; i < USED_COUNT - 1; i++) {
      const contents = whole.slice();
      contents[(2 + i) * PAGE + 100] = (contents[(2 + i) * PAGE + 100] as number) ^ 1;
      expect(await read(contents)).toBe("ERR_KV_DAMAGED");
    }
  });

  test("is told of where hundreds of others are gone with it", async () => {
    const disk = newDisk({ capacity: 4000 * PAGE });
    await withStore(disk, function* (store) {
      for (let i = 0; i < 1010; i++) yield* store.set("a", bytesOf("x"));
    });
    const contents = contentsOf(disk);
    const first = (2 + 1999) * PAGE;
    expect(await read(contents.slice().fill(0, first + 20 * PAGE, first + 1009 * PAGE))).toBe(
      "ERR_KV_DAMAGED",
    );
  });

  test("costs a running store the values on it, and no others", async () => {
    const disk = newDisk();
    await withStore(disk, function* (store) {
      yield* store.set("a", bytesOf("x".repeat(900)));
      yield* store.set("b", bytesOf("y".repeat(900)));
      // The first log lies in the second half.
      const page = new Uint8Array(PAGE);
      disk.read(52 * PAGE, page);
      disk.write(52 * PAGE, page.fill(1, 200, 210));
      const damaged = expect.objectContaining({ code: "ERR_KV_DAMAGED" });
      expect(yield* failing(store.get("a"))).toEqual(damaged);
      expect(textOf(yield* store.get("b"))).toBe("y".repeat(900));
      expect((yield* store.check()).damagedKeys).toEqual(["a"]);
      // What can't be read can't be copied; all else goes on, also setting it anew.
      expect(yield* failing(store.compact())).toEqual(damaged);
      yield* store.set("a", bytesOf("new"));
      yield* store.compact();
      expect((yield* store.check()).damagedKeys).toEqual([]);
      expect(textOf(yield* store.get("a"))).toBe("new");
    });
  });
});

/** What `operation` fails with; null where it doesn't. */
function* failing(operation: Operation<unknown>): Generator<Suspended, unknown, void> {
  try {
    yield* operation;
  } catch (error) {
    return error;
  }
  return null;
}

describe("a superblock", () => {
  test("that is torn anywhere leaves the one before", async () => {
    // The newest one, serial 4, lies at byte 0, over serial 2; both name a log that holds the same.
    const before = await usedDisk(false);
    const after = await usedDisk(true);
    const newest = after.subarray(0, 64).some((byte, i) => byte !== before[i]) ? 0 : PAGE;
    for (let tear = 0; tear <= 64; tear++) {
      const contents = after.slice();
      contents.set(before.subarray(newest + tear, newest + 64), newest + tear);
      expect(await read(contents)).toBe(RIGHT);
    }
  });

  test("that names the next log is missed where that log went on", async () => {
    const disk = newDisk();
    let early: Uint8Array = new Uint8Array(0);
    await withStore(disk, function* (store) {
      yield* store.set("a", bytesOf("x".repeat(10)));
      yield* store.compact();
      early = contentsOf(disk);
      yield* store.set("c", bytesOf("z".repeat(20)));
    });
    // Serial 3 lies in the second place.
    const spoil = (contents: Uint8Array): Uint8Array => {
      contents[PAGE + 33] = 1;
      return contents;
    };
    expect(await read(spoil(early))).toBe("a=10");
    expect(await read(spoil(contentsOf(disk)))).toBe("ERR_KV_DAMAGED");
  });

  test("that names the next log is missed also where nothing was left to copy", async () => {
    const disk = newDisk();
    await withStore(disk, function* (store) {
      yield* store.compact();
      yield* store.set("c", bytesOf("z".repeat(20)));
    });
    const contents = contentsOf(disk);
    contents[PAGE + 33] = 1;
    expect(await read(contents)).toBe("ERR_KV_DAMAGED");
  });

  test("of which both copies are damaged is told of", async () => {
    const contents = await usedDisk();
    contents[20] = 1;
    contents[PAGE + 20] = 1;
    expect(await failureOf(diskOf(contents))).toEqual({
      code: "ERR_KV_DAMAGED",
      message: 'block device "disk": both superblocks are damaged',
    });
  });
});

describe("the first superblock of a new store", () => {
  const first = { version: 1, pageSize: PAGE, pageCount: 100, store: 7, serial: 1, log: 1, end: 0 };
  const begun = (): Uint8Array => {
    const contents = new Uint8Array(SMALL.capacity);
    contents.set(encodeSuperblock(first), PAGE);
    return contents;
  };

  test("that was cut short or stored wrongly is made again: there was nothing yet", async () => {
    for (let size = 0; size < 64; size++) {
      expect(await read(begun().fill(0, PAGE + size))).toBe("");
    }
    for (let bit = 0; bit < PAGE * 8; bit += bit < 64 * 8 ? 1 : 41) {
      const contents = begun();
      contents[PAGE + (bit >> 3)] = (contents[PAGE + (bit >> 3)] as number) ^ (1 << (bit & 7));
      expect(await read(contents)).toBe("");
    }
  });

  test("that was never flushed is, before the second is written", async () => {
    const disk = newDisk();
    disk.set({ flushError: 1 });
    expect(await failureOf(disk)).toMatchObject({ code: "ERR_KV_IO" });
    disk.set({ flushError: 0 });
    await onMachine(disk, function* main(device) {
      const done: string[] = [];
      const { name, pageSize, capacity, readOnly } = device;
      yield* openKv({
        ...{ name, pageSize, capacity, readOnly },
        read: (offset: number, page: Uint8Array) => device.read(offset, page),
        write: (offset: number, page: Uint8Array) => {
          done.push(`write at ${offset}`);
          return device.write(offset, page);
        },
        flush: () => {
          done.push("flush");
          return device.flush();
        },
      } as unknown as Block);
      expect(done).toEqual(["flush", "write at 0", "flush"]);
    });
  });

  test("that can't be read is not made again where anything was written since", async () => {
    for (const index of [2, 2 + 49]) {
      const contents = begun();
      contents[PAGE + 30] = 99;
      contents[index * PAGE] = 1;
      expect(await read(contents)).toBe("ERR_KV_DAMAGED");
    }
  });
});

describe("a device that is none of ours", () => {
  const open = (contents: Uint8Array, blockSize = PAGE) => failureOf(diskOf(contents, blockSize));

  test("is left alone where anything is on it", async () => {
    for (const at of [0, 100, PAGE, 2 * PAGE]) {
      const contents = new Uint8Array(SMALL.capacity);
      contents[at] = 1;
      const disk = diskOf(contents);
      expect(await failureOf(disk)).toEqual({
        code: "ERR_KV_NOT_A_STORE",
        message:
          'block device "disk" holds no store (attached with pages of 512 bytes), and is not blank; to have a ' +
          "store made there, fill its first pages with zeroes",
      });
      expect(contentsOf(disk)).toEqual(contents);
    }
  });

  test("is too small, or has become so", async () => {
    expect(await open(new Uint8Array(17 * PAGE))).toEqual({
      code: "ERR_KV_TOO_SMALL",
      message:
        'a store needs at least 18 pages of 512 bytes (9216 bytes), block device "disk" has 17',
    });
    expect(await open(new Uint8Array(PAGE))).toMatchObject({ code: "ERR_KV_TOO_SMALL" });
    expect(await open(new Uint8Array(18 * PAGE))).toMatchObject({ code: "no error" });
    const used = await usedDisk();
    expect(await open(used.slice(0, 99 * PAGE))).toEqual({
      code: "ERR_KV_TOO_SMALL",
      message:
        'the store on block device "disk" was made on 51200 bytes, the device has 50688: the rest of it is missing',
    });
  });

  test("has grown since: the store stays as it was", async () => {
    const grown = new Uint8Array(2 * SMALL.capacity);
    grown.set(await usedDisk());
    expect(await read(grown)).toBe(RIGHT);
  });

  test("has pages of another size", async () => {
    const small = await usedDisk();
    expect(await open(small.subarray(0, 12 * 4096), 4096)).toMatchObject({
      code: expect.stringMatching(/ERR_KV_(PAGE_SIZE|DAMAGED)/),
    });
    for (const [made, attached] of [
      [512, 4096],
      [4096, 512],
      [1024, 512],
    ] as const) {
      const disk = new Disk({ capacity: 32 * 4096, blockSize: made });
      await withStore(disk, (store) => store.set("a", bytesOf("1")));
      expect(await open(contentsOf(disk), attached)).toEqual({
        code: "ERR_KV_PAGE_SIZE",
        message:
          `the store on block device "disk" was made with pages of ${made} bytes, the device is attached ` +
          `with pages of ${attached} bytes`,
      });
    }
  });

  test("was written by a later version", async () => {
    const contents = await usedDisk();
    const later = {
      version: 2,
      pageSize: PAGE,
      pageCount: 100,
      store: 7,
      serial: 9,
      log: 1,
      end: 0,
    };
    contents.set(encodeSuperblock(later), PAGE);
    expect(await open(contents)).toEqual({
      code: "ERR_KV_VERSION",
      message: 'the store on block device "disk" has format 2, this program knows format 1',
    });
  });
});

describe("a device that may only be read", () => {
  const readOnly = (contents: Uint8Array) =>
    new Disk({ capacity: contents.length, contents, readOnly: true });

  test("is read, and nothing is written", async () => {
    await withStore(readOnly(await usedDisk(false)), function* (store) {
      expect(yield* answers(store)).toBe(RIGHT);
      const refused = expect.objectContaining({ code: "ERR_KV_READ_ONLY" });
      expect(() => store.set("a", bytesOf("1"))).toThrow(refused);
      expect(() => store.delete("a")).toThrow(refused);
      expect(() => store.compact()).toThrow(refused);
      yield* store.close();
    });
  });

  test("is no store where it is blank", async () => {
    expect(await failureOf(readOnly(new Uint8Array(SMALL.capacity)))).toMatchObject({
      code: "ERR_KV_NOT_A_STORE",
    });
  });
});

test("what makes no sense is refused before anything happens", async () => {
  const disk = newDisk();
  await withStore(disk, function* (store) {
    const { reads, writes } = disk.counters;
    const invalid = (message: string) =>
      expect.objectContaining({ code: "ERR_KV_INVALID_ARGUMENT", message });
    const wrong = (value: unknown) => value as never;
    expect(() => store.get(wrong(1))).toThrow(invalid("get: a key is a string, got number"));
    expect(() => store.get("k".repeat(1025))).toThrow(
      invalid("get: a key has at most 1024 bytes of UTF-8, got 1025"),
    );
    expect(() => store.set("\ud800", bytesOf(""))).toThrow(
      invalid("set: the key has half of a surrogate pair"),
    );
    expect(() => store.set("a", wrong("text"))).toThrow(
      invalid("set: a value is a Uint8Array, got string"),
    );
    expect(() => store.set("a", wrong(null))).toThrow(
      invalid("set: a value is a Uint8Array, got null"),
    );
    expect(() => store.write([["a", wrong(undefined)]])).toThrow(
      invalid("write: a value is a Uint8Array, got undefined"),
    );
    expect([disk.counters.reads, disk.counters.writes]).toEqual([reads, writes]);
    yield* store.set("é".repeat(512), bytesOf("the longest key"));
  });
});

describe("a disk that fails", () => {
  test("refuses the write that it can't take, and goes on when it can", async () => {
    const disk = newDisk();
    await withStore(disk, function* (store, device) {
      yield* store.set("a", bytesOf("1"));
      for (const faults of [{ writeError: 1 }, { flushError: 1 }, { miswriting: 1 }]) {
        disk.set(faults);
        const error = (yield* failing(store.set("a", bytesOf("2")))) as Error;
        expect(error).toMatchObject({
          code: "ERR_KV_IO",
          message: expect.stringContaining("write of 1 pages failed 4 times: "),
        });
        expect(textOf(yield* store.get("a"))).toBe("1");
        disk.set({ writeError: 0, flushError: 0, miswriting: 0 });
      }
      yield* store.set("a", bytesOf("3"));
      expect(textOf(yield* store.get("a"))).toBe("3");
      expect(textOf(yield* (yield* openKv(device)).get("a"))).toBe("3");
    });
  });

  test("has no write come back that failed, once it was deleted", async () => {
    const disk = newDisk();
    await withStore(disk, function* (store, device) {
      disk.set({ flushError: 1 });
      expect(yield* failing(store.set("a", bytesOf("1")))).toMatchObject({ code: "ERR_KV_IO" });
      disk.set({ flushError: 0 });
      // All of that batch is on the disk, and the store knows of no such key.
      expect(yield* store.delete("a")).toBe(false);
      expect((yield* openKv(device)).keys()).toEqual([]);
    });
  });

  test("is never taken for an empty one, and never shows what a read gave wrongly", async () => {
    const disk = diskOf(await usedDisk());
    disk.set({ readError: 1 });
    expect(await failureOf(disk)).toMatchObject({ code: "ERR_KV_IO" });
    disk.set({ readError: 0, misreading: 1 });
    expect(await failureOf(disk)).toMatchObject({ code: "ERR_KV_DAMAGED" });
    disk.set({ misreading: 0 });
    await withStore(disk, function* (store) {
      disk.set({ readError: 1 });
      expect(yield* failing(store.get("a"))).toMatchObject({ code: "ERR_KV_IO" });
      disk.set({ readError: 0, misreading: 1 });
      expect(yield* failing(store.get("a"))).toMatchObject({ code: "ERR_KV_DAMAGED" });
      disk.set({ misreading: 0 });
      expect(yield* answers(store)).toBe(RIGHT);
    });
  });

  test("that can't flush shows nothing that it may forget", async () => {
    const disk = diskOf(await usedDisk());
    disk.set({ flushError: 1 });
    expect(await failureOf(disk)).toMatchObject({ code: "ERR_KV_IO" });
  });

  test("that fails between two logs acknowledges nothing until one of them holds", async () => {
    const disk = newDisk({ ...SMALL, faults: { flushLatency: ms(1) } });
    await withStore(disk, function* (store, device, world) {
      yield* store.set("a", bytesOf("1"));
      // The compacted pages are flushed, the superblock can't be.
      world.at(world.now + ms(1.5), () => disk.set({ flushError: 1 }));
      expect(yield* failing(store.compact())).toMatchObject({ code: "ERR_KV_IO" });
      expect(yield* failing(store.set("a", bytesOf("2")))).toMatchObject({
        code: "ERR_KV_IO",
        message: expect.stringContaining("superblock"),
      });
      expect(textOf(yield* store.get("a"))).toBe("1");
      disk.set({ flushError: 0 });
      yield* store.set("a", bytesOf("3"));
      expect((yield* store.check()).log).toBe(2);
      expect(textOf(yield* (yield* openKv(device)).get("a"))).toBe("3");
    });
  });
});
