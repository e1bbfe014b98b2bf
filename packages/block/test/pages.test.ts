// Reading and writing pages: what goes where, in which order, and when.
import {
  awaitAll,
  clockMonotonic,
  type Outcome,
  runSync,
  sleep,
  spawn,
  yieldNow,
} from "@miou-solo5/scheduler";
import { describe, expect, test } from "vitest";
import { type Block, block, connect } from "../src/index.ts";
import { codeOf, filled, PAGE_SIZE, station } from "./station.ts";

const codeIn = (outcome: Outcome<unknown>): string =>
  outcome.status === "failed" ? (outcome.error as { code: string }).code : outcome.status;

describe("scheduled and atomic operations", () => {
  test("move whole pages, at the offset of the buffer, and leave all else alone", async () => {
    const here = station();
    const got = await here.run(function* (disk) {
      const buffer = filled(0xaa, 3 * PAGE_SIZE);
      yield* disk.write(PAGE_SIZE, filled(1));
      disk.atomicWrite(2 * PAGE_SIZE, filled(2, 2 * PAGE_SIZE), 7);
      yield* disk.read(2 * PAGE_SIZE, buffer, 10);
      disk.atomicRead(PAGE_SIZE, buffer, 10 + PAGE_SIZE);
      return buffer;
    });
    const wanted = filled(0xaa, 3 * PAGE_SIZE)
      .fill(2, 10, 10 + PAGE_SIZE)
      .fill(1, 10 + PAGE_SIZE, 10 + 2 * PAGE_SIZE);
    expect(got).toEqual(wanted);
    expect(here.page(1)).toEqual(filled(1));
    expect(here.page(2)).toEqual(filled(2));
    expect(here.page(3)).toEqual(filled(0));
  });

  test.each(["read", "write", "atomicRead", "atomicWrite"] as const)(
    "%s checks in one order: closed, kind, alignment, range, room",
    async (verb) => {
      const here = station();
      const codes = await here.run(function* (disk) {
        const attempt = (offset: number, page: unknown, pageOffset?: number) =>
          codeOf(() => disk[verb](offset, page as Uint8Array, pageOffset));
        const page = filled(1);
        const short = filled(1, PAGE_SIZE - 1);
        const open = [
          attempt(1, "x".repeat(PAGE_SIZE)),
          attempt(8 * PAGE_SIZE + 1, short),
          attempt(0.5, page),
          attempt(Number.NaN, page),
          attempt(Number.POSITIVE_INFINITY, page),
          attempt(8 * PAGE_SIZE, short),
          attempt(-PAGE_SIZE, short),
          attempt(2 ** 60, page),
          attempt(0, short),
          attempt(0, new Uint8Array(0)),
          attempt(0, page, 1),
          attempt(0, page, -1),
          attempt(0, page, 0.5),
          attempt(7 * PAGE_SIZE, page),
          attempt(0, filled(1, PAGE_SIZE + 1), 1),
        ];
        disk.close();
        return [...open, attempt(1, short)];
      });
      expect(codes.map((code) => code.replace("ERR_SOLO5_", ""))).toEqual([
        "INVALID_ARGUMENT",
        "MISALIGNED",
        "MISALIGNED",
        "MISALIGNED",
        "MISALIGNED",
        "OUT_OF_RANGE",
        "OUT_OF_RANGE",
        "OUT_OF_RANGE",
        "BUFFER_TOO_SMALL",
        "BUFFER_TOO_SMALL",
        "BUFFER_TOO_SMALL",
        "BUFFER_TOO_SMALL",
        "BUFFER_TOO_SMALL",
        "nothing thrown",
        "nothing thrown",
        "CLOSED",
      ]);
      expect(here.log.length).toBe(verb.startsWith("atomic") ? 2 : 0);
    },
  );

  test.each([
    ["16-bit words", new Uint16Array(PAGE_SIZE)],
    ["a DataView", new DataView(new ArrayBuffer(PAGE_SIZE))],
    ["an array", new Array(PAGE_SIZE).fill(0)],
    ["nothing", undefined],
    ["null", null],
  ])("are refused when the page is %s", (_, page) => {
    const here = station();
    using disk = connect("disk", here.solo5);
    for (const verb of ["read", "write", "atomicRead", "atomicWrite"] as const) {
      expect(codeOf(() => disk[verb](0, page as never))).toBe("ERR_SOLO5_INVALID_ARGUMENT");
    }
    expect(here.log).toEqual([]);
  });

  test("say what was wanted and got, in bytes", () => {
    using disk = connect("disk", station().solo5);
    expect(() => disk.read(100, filled(1))).toThrow(
      'block device "disk": read: the offset must be a multiple of the page size, 512 bytes, got 100',
    );
    expect(() => disk.atomicWrite(4096, filled(1))).toThrow(
      'block device "disk": atomicWrite: the last page is at 3584 (capacity 4096 bytes), got offset 4096',
    );
    expect(() => disk.write(0, filled(1, 500), 10)).toThrow(
      'block device "disk": write needs 512 bytes of the buffer (one page), got 500 bytes with page offset 10',
    );
  });

  test("on a read-only device: writes are refused when they are called, reads are not", async () => {
    const here = station({ readOnly: true, contents: filled(7) });
    const got = await here.run(function* (disk) {
      const page = filled(0);
      yield* disk.read(0, page);
      const codes = [
        codeOf(() => disk.write(0, page)),
        codeOf(() => disk.atomicWrite(0, page)),
        codeOf(() => disk.write(1, page)),
      ];
      return { readOnly: disk.readOnly, byte: page[0], codes };
    });
    expect(got).toEqual({
      readOnly: true,
      byte: 7,
      codes: ["ERR_SOLO5_READ_ONLY", "ERR_SOLO5_READ_ONLY", "ERR_SOLO5_MISALIGNED"],
    });
    expect(here.log).toEqual(["r0"]);
  });
});

describe("a scheduled operation", () => {
  test("waits until no task is ready to run", async () => {
    const here = station();
    const log = await here.run(function* (disk) {
      const events: string[] = [];
      const reader = spawn(function* () {
        yield* disk.read(0, filled(0));
        events.push(`read, after ${here.log.join()}`);
      });
      const busy = spawn(function* () {
        for (let i = 0; i < 3; i++) {
          events.push(`busy ${i}, disk idle: ${here.log.length === 0}`);
          yield* yieldNow();
        }
      });
      yield* awaitAll([reader, busy]);
      return events;
    });
    expect(log).toEqual([
      "busy 0, disk idle: true",
      "busy 1, disk idle: true",
      "busy 2, disk idle: true",
      "read, after r0",
    ]);
  });

  test("gets its turn also while some task is always ready: one operation a turn", async () => {
    const here = station();
    const done = await here.run(function* (disk) {
      let over = false;
      const busy = spawn(function* () {
        let steps = 0;
        for (; !over; steps++) yield* yieldNow();
        return steps;
      });
      for (let i = 0; i < 3; i++) yield* disk.read(i * PAGE_SIZE, filled(0));
      over = true;
      return (yield* busy) as number;
    });
    expect(here.log).toEqual(["r0", "r1", "r2"]);
    // A turn has 1,000 steps, and each operation waited for a turn of its own.
    expect(done).toBeGreaterThan(2000);
    expect(done).toBeLessThan(4000);
  });

  test("is done in the order of submission, reads and writes alike, whoever submitted it", async () => {
    const here = station();
    await here.run(function* (disk) {
      const page = filled(1);
      const tasks = [4, 1, 3].flatMap((index) => [
        spawn(() => disk.write(index * PAGE_SIZE, page)),
        spawn(() => disk.read(index * PAGE_SIZE, filled(0))),
      ]);
      yield* awaitAll(tasks);
    });
    expect(here.log).toEqual(["w4", "r4", "w1", "r1", "w3", "r3"]);
  });

  test("costs no time when nobody else wants any", async () => {
    const here = station();
    const time = await here.run(function* (disk) {
      const pages = Array.from({ length: 8 }, (_, i) =>
        spawn(() => disk.write(i * PAGE_SIZE, filled(i))),
      );
      const timer = spawn(() => sleep(1000));
      yield* awaitAll(pages);
      const time = clockMonotonic();
      yield* timer;
      return time;
    });
    expect(time).toBe(0);
    expect(here.log).toHaveLength(8);
  });

  test("cancelled while queued touches neither disk nor page, and leaves the queue to the others", async () => {
    const here = station({ contents: filled(9, 8 * PAGE_SIZE) });
    const page = await here.run(function* (disk) {
      const kept = filled(0xaa);
      const reader = spawn(() => disk.read(0, kept));
      const writer = spawn(() => disk.write(PAGE_SIZE, filled(1)));
      const other = spawn(() => disk.read(2 * PAGE_SIZE, filled(0)));
      yield* yieldNow();
      yield* reader.cancel();
      yield* writer.cancel();
      yield* other;
      return kept;
    });
    expect(here.log).toEqual(["r2"]);
    expect(page).toEqual(filled(0xaa));
    expect(here.page(1)).toEqual(filled(9));
  });

  test("takes the page's bytes when its turn comes; so the page is the device's until then", async () => {
    const here = station();
    await here.run(function* (disk) {
      const page = filled(1);
      const writer = spawn(() => disk.write(0, page));
      yield* yieldNow();
      page.fill(2);
      yield* writer;
    });
    expect(here.page(0)).toEqual(filled(2));
  });

  test("made once serves a loop and many tasks", async () => {
    const here = station();
    const page = filled(0);
    await here.run(function* (disk) {
      const write = disk.write(0, page);
      for (let i = 0; i < 3; i++) yield* write;
      yield* awaitAll([spawn(() => write), spawn(() => write)]);
    });
    expect(here.log).toEqual(["w0", "w0", "w0", "w0", "w0"]);
  });

  test("that the disk fails is thrown at its caller, and at nobody else", async () => {
    const here = station();
    const failure = Object.assign(new Error("EIO"), { code: "ERR_SOLO5_IO", errno: 5 });
    let failing = true;
    const solo5 = {
      ...here.solo5,
      blockRead: (...range: Parameters<typeof here.solo5.blockRead>) => {
        if (range[1] === PAGE_SIZE && failing) throw failure;
        here.solo5.blockRead(...range);
      },
    };
    const found = await here.run(function* (disk) {
      const one = disk.read(PAGE_SIZE, filled(0));
      const outcomes = yield* awaitAll([spawn(() => one), spawn(() => disk.read(0, filled(0)))]);
      failing = false;
      yield* one;
      return outcomes.map((outcome) =>
        outcome.status === "failed" ? outcome.error : outcome.status,
      );
    }, solo5);
    expect(found).toEqual([failure, "succeeded"]);
  });

  test("fails with a code where its page was given away meanwhile, and changes nothing", async () => {
    const here = station({ contents: filled(9, 8 * PAGE_SIZE) });
    const found = await here.run(function* (disk) {
      const page = filled(1);
      const tasks = [spawn(() => disk.write(0, page)), spawn(() => disk.read(0, page))];
      yield* yieldNow();
      structuredClone(page, { transfer: [page.buffer as ArrayBuffer] });
      return (yield* awaitAll(tasks)).map(codeIn);
    });
    expect(found).toEqual(["ERR_SOLO5_BUFFER_TOO_SMALL", "ERR_SOLO5_BUFFER_TOO_SMALL"]);
    expect(here.page(0)).toEqual(filled(9));
  });
});

describe("atomic operations", () => {
  test("give nobody a turn and do not see queued writes; a queued write comes later and wins", async () => {
    const here = station();
    await here.run(function* (disk) {
      const page = filled(0xaa);
      const writer = spawn(() => disk.write(0, filled(1)));
      yield* yieldNow();
      disk.atomicRead(0, page);
      expect(page[0]).toBe(0);
      disk.atomicWrite(0, filled(2));
      yield* writer;
      disk.atomicRead(0, page);
      expect(page[0]).toBe(1);
    });
    expect(here.log).toEqual(["r0", "w0", "w0", "r0"]);
  });

  test("work outside tasks", () => {
    const here = station();
    using disk = connect("disk", here.solo5);
    disk.atomicWrite(0, filled(3));
    expect(here.page(0)).toEqual(filled(3));
  });
});

describe("closing", () => {
  test("finishes queued writes, fails queued reads, and releases the device", async () => {
    const here = station({ contents: filled(9, 8 * PAGE_SIZE) });
    const page = filled(0xaa);
    const found = await here.run(function* (disk) {
      const tasks = [
        spawn(() => disk.write(0, filled(1))),
        spawn(() => disk.read(PAGE_SIZE, page)),
        spawn(() => disk.write(2 * PAGE_SIZE, filled(2))),
      ];
      yield* yieldNow();
      disk.close();
      disk.close();
      const outcomes = yield* awaitAll(tasks);
      connect("disk").close();
      return outcomes.map(codeIn);
    });
    expect(found).toEqual(["succeeded", "ERR_SOLO5_CLOSED", "succeeded"]);
    expect(here.log).toEqual(["w0", "w2"]);
    expect(page).toEqual(filled(0xaa));
  });

  test("refuses an operation that was made before, and everything later", async () => {
    const here = station();
    const codes = await here.run(function* (disk) {
      const made = [disk.read(0, filled(0)), disk.write(0, filled(0)), disk.flush()];
      disk.close();
      const found: string[] = [codeOf(() => disk.flush())];
      for (const operation of made) {
        try {
          yield* operation;
          found.push("done");
        } catch (error) {
          found.push((error as { code: string }).code);
        }
      }
      return found;
    });
    expect(codes).toEqual(new Array(4).fill("ERR_SOLO5_CLOSED"));
    expect(here.log).toEqual([]);
  });

  test("tells each writer whose page could not be written", async () => {
    const here = station();
    const solo5 = {
      ...here.solo5,
      blockWrite: () => {
        throw Object.assign(new Error("ENOSPC"), { code: "ERR_SOLO5_IO" });
      },
    };
    const found = await here.run(function* (disk) {
      const tasks = [spawn(() => disk.write(0, filled(1))), spawn(() => disk.write(0, filled(1)))];
      yield* yieldNow();
      disk.close();
      return (yield* awaitAll(tasks)).map(codeIn);
    }, solo5);
    expect(found).toEqual(["ERR_SOLO5_IO", "ERR_SOLO5_IO"]);
  });
});

describe("a device", () => {
  test.each(["", "a-b", "ä", "x".repeat(68), 7])("is not named %j", (name) => {
    expect(codeOf(() => block(name as string))).toBe("ERR_SOLO5_INVALID_ARGUMENT");
    expect(codeOf(() => connect(name as string, station().solo5))).toBe(
      "ERR_SOLO5_INVALID_ARGUMENT",
    );
  });

  test("says what the world said of it", () => {
    using disk = connect("disk", station({ blockSize: 4096, capacity: 40_960 }).solo5);
    expect(disk).toMatchObject({ name: "disk", pageSize: 4096, capacity: 40_960, readOnly: false });
  });

  test("belongs to one world", async () => {
    const disk = connect("disk", station().solo5);
    for (const operation of [disk.read(0, filled(0)), disk.write(0, filled(0)), disk.flush()]) {
      await expect(station().run(() => operation)).rejects.toMatchObject({
        code: "ERR_SOLO5_WRONG_WORLD",
        device: "disk",
      });
    }
  });

  test("that was connected before serves one run after the other, also blocking ones", async () => {
    const here = station();
    const disk: Block = connect("disk", here.solo5);
    const write = disk.write(0, filled(1));
    for (let i = 0; i < 2; i++) {
      runSync([], () => write, { solo5: here.solo5 });
      const run = (await import("@miou-solo5/scheduler")).run([], () => write, {
        solo5: here.solo5,
      });
      here.world.run();
      await run;
    }
    expect(here.log).toHaveLength(4);
    disk.close();
  });
});
