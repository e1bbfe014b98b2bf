// Each fault of a disk, alone; and what a crash leaves.
import { block } from "@miou-solo5/block";
import { clockMonotonic, ms } from "@miou-solo5/scheduler";
import { expect, test } from "vitest";
import {
  type BlockFaults,
  createWorld,
  type Disk,
  type Machine,
  type World,
} from "../src/index.ts";
import { seed } from "./seed.ts";

const PAGE = 512;

interface Stand {
  readonly world: World;
  readonly machine: Machine;
  readonly disk: Disk;
}

function stand(faults: BlockFaults = {}, { worldSeed = seed, pages = 64 } = {}): Stand {
  const world = createWorld({ seed: worldSeed });
  const machine = world.machine("m");
  return { world, machine, disk: machine.disk("disk", { capacity: pages * PAGE, faults }) };
}

/** The device, straight: every fault is at the call. */
function raw({ machine }: Stand) {
  const { solo5 } = machine;
  const { handle } = solo5.blockAcquire("disk");
  return {
    write: (index: number, value: number) =>
      solo5.blockWrite(handle, index * PAGE, new Uint8Array(PAGE).fill(value), 0),
    read: (index: number) => {
      const page = new Uint8Array(PAGE);
      solo5.blockRead(handle, index * PAGE, page, 0);
      return page;
    },
    flush: () => solo5.blockFlushNow?.(handle),
  };
}

const ioError = (syscall: string) =>
  expect.objectContaining({ code: "ERR_SOLO5_IO", errno: 5, syscall, device: "m.disk" });

function tries(count: number, act: (i: number) => void): unknown[] {
  const errors: unknown[] = [];
  for (let i = 0; i < count; i++) {
    try {
      act(i);
    } catch (error) {
      errors.push(error);
    }
  }
  return errors;
}

/** What the disk holds, a number a page; -1 where a page is not all of one value. */
function held({ disk }: Stand): number[] {
  const page = new Uint8Array(PAGE);
  return Array.from({ length: disk.capacity / PAGE }, (_, i) => {
    disk.read(i * PAGE, page);
    return page.every((byte) => byte === page[0]) ? (page[0] ?? -1) : -1;
  });
}

test("reads fail with errno 5, now and then, and the page is there all the same", () => {
  const s = stand({ readError: 0.3 });
  const { read, write } = raw(s);
  write(0, 7);
  const errors = tries(500, () => expect(read(0)).toEqual(new Uint8Array(PAGE).fill(7)));
  expect(errors.length).toBeGreaterThan(80);
  expect(errors.length).toBeLessThan(220);
  for (const error of errors) expect(error).toEqual(ioError("pread"));
  expect(s.disk.counters).toMatchObject({ reads: 500, readErrors: errors.length, writes: 1 });
});

test("writes fail with errno 5, and then leave what was there", () => {
  const s = stand({ writeError: 0.3 });
  const { write } = raw(s);
  let expected = 0;
  const errors = tries(200, (i) => {
    write(0, i);
    expected = i;
  });
  expect(errors.length).toBeGreaterThan(20);
  for (const error of errors) expect(error).toEqual(ioError("pwrite"));
  expect(held(s)[0]).toBe(expected);
  expect(s.disk.counters).toMatchObject({
    writes: 200 - errors.length,
    writeErrors: errors.length,
  });
});

test("a flush that fails makes nothing durable", () => {
  const s = stand({ flushError: 1 });
  const { write, flush } = raw(s);
  for (let i = 0; i < 64; i++) write(i, 9);
  expect(flush).toThrow(ioError("fdatasync"));
  s.machine.crash();
  const { lost, crashes, flushErrors } = s.disk.counters;
  expect({ crashes, flushErrors }).toEqual({ crashes: 1, flushErrors: 1 });
  expect(held(s).filter((value) => value === 0).length).toBe(lost);
});

test("a failed flush is the program's error, later", async () => {
  const s = stand({ flushError: 1, flushLatency: 40 });
  const run = s.machine.start([block("disk")], function* (disk) {
    try {
      yield* disk.flush();
      return "flushed";
    } catch (error) {
      return [(error as { errno: number }).errno, clockMonotonic()];
    }
  });
  s.world.run();
  expect(await run.result).toEqual([5, 40]);
});

test("a read that fails leaves the buffer with neither the page nor what was there", () => {
  const s = stand({ readError: 1 });
  const { solo5 } = s.machine;
  const { handle } = solo5.blockAcquire("disk");
  const page = new Uint8Array(3 * PAGE).fill(7);
  expect(() => solo5.blockRead(handle, 0, page, PAGE)).toThrow(ioError("pread"));
  expect(new Set(page.subarray(PAGE, 2 * PAGE)).size).toBeGreaterThan(100);
  expect(new Set(page.subarray(0, PAGE))).toEqual(new Set([7]));
  expect(new Set(page.subarray(2 * PAGE))).toEqual(new Set([7]));
});

test("a page that is misread is right the next time", () => {
  const s = stand({ misreading: 0.5 });
  const { read, write } = raw(s);
  write(3, 0);
  const wrong = Array.from({ length: 100 }, () => read(3)).filter((page) => page.some((b) => b));
  expect(wrong.length).toBe(s.disk.counters.misread);
  expect(wrong.length).toBeGreaterThan(20);
  expect(wrong.length).toBeLessThan(80);
  for (const page of wrong) {
    const bits = page.filter((byte) => byte !== 0);
    expect(bits.length).toBe(1);
    expect(Math.log2(bits[0] ?? 0) % 1).toBe(0);
  }
  expect(held(s)[3]).toBe(0);
});

test("a page that is miswritten stays wrong, and the program's buffer right", () => {
  const s = stand({ miswriting: 1 });
  const { solo5 } = s.machine;
  const { handle } = solo5.blockAcquire("disk");
  const page = new Uint8Array(PAGE);
  solo5.blockWrite(handle, 0, page, 0);
  expect(page).toEqual(new Uint8Array(PAGE));
  const got = new Uint8Array(PAGE);
  for (let i = 0; i < 3; i++) {
    solo5.blockRead(handle, 0, got, 0);
    expect(got.filter((byte) => byte !== 0).length).toBe(1);
  }
  expect(s.disk.counters.miswritten).toBe(1);
});

test("pages take time, of the machine's own clock and of what it does next", async () => {
  const { world, machine } = stand({ latency: 100, flushLatency: 1000 });
  const other = world.machine("other");
  const sent: number[] = [];
  const port = machine.net("n");
  port.send = (_, time) => void sent.push(time);
  const run = machine.start([block("disk")], function* (disk) {
    const times: number[] = [];
    const page = new Uint8Array(PAGE);
    for (let i = 0; i < 3; i++) {
      yield* disk.read(0, page);
      times.push(clockMonotonic());
    }
    disk.atomicWrite(0, page);
    times.push(clockMonotonic());
    yield* disk.flush();
    times.push(clockMonotonic());
    return times;
  });
  const meanwhile = other.start([], function* () {
    return clockMonotonic();
  });
  world.run();
  expect(await run.result).toEqual([100, 200, 300, 400, 1400]);
  expect(await meanwhile.result).toBe(0);
});

test("jitter of a disk spreads its times", async () => {
  const { world, machine } = stand({ latency: 100, jitter: 20 });
  const run = machine.start([block("disk")], function* (disk) {
    const times = new Set<number>();
    for (let i = 0; i < 1000; i++) {
      const before = clockMonotonic();
      yield* disk.read(0, new Uint8Array(PAGE));
      times.add(clockMonotonic() - before);
    }
    return [...times].sort((x, y) => x - y);
  });
  world.run();
  expect(await run.result).toEqual(Array.from({ length: 21 }, (_, i) => 100 + i));
});

test("faults switch on and off at a moment", async () => {
  const { world, machine, disk } = stand();
  world.at(ms(2.5), () => disk.set({ readError: 1 }));
  world.at(ms(4.5), () => disk.set({ readError: 0 }));
  const { read } = raw({ world, machine, disk });
  const failed: number[] = [];
  for (let i = 0; i < 7; i++) {
    world.at(ms(i), () => tries(1, () => read(0)).length > 0 && failed.push(i));
  }
  world.run();
  expect(failed).toEqual([3, 4]);
  expect(() => disk.set({ readError: 2 })).toThrow("probability");
  expect(() => machine.disk("other", { capacity: PAGE, faults: { slow: 1 } as object })).toThrow(
    "no setting",
  );
});

test("what was flushed survives every crash, what was not in every kind of subset", () => {
  const outcomes = { none: 0, all: 0, some: 0 };
  for (let i = 0; i < 120; i++) {
    const s = stand({}, { worldSeed: i });
    const { write, flush } = raw(s);
    for (let page = 0; page < 32; page++) write(page, 1);
    flush();
    for (let page = 16; page < 64; page++) write(page, 2);
    s.machine.crash();
    const now = held(s);
    expect(now.slice(0, 16)).toEqual(new Array(16).fill(1));
    for (const value of now.slice(16, 32)) expect([1, 2]).toContain(value);
    for (const value of now.slice(32)) expect([0, 2]).toContain(value);
    const survived = now.slice(16).filter((value) => value === 2).length;
    expect(s.disk.counters.lost).toBe(48 - survived);
    outcomes[survived === 0 ? "none" : survived === 48 ? "all" : "some"]++;
  }
  for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(15);
});

test("what survived a crash survives the next one", () => {
  for (let i = 0; i < 30; i++) {
    const s = stand({}, { worldSeed: i });
    const { write } = raw(s);
    for (let page = 0; page < 64; page++) write(page, 1);
    s.machine.crash();
    const survived = held(s);
    s.machine.crash();
    expect(held(s)).toEqual(survived);
  }
});

test("a page written several times may hold any of what it held since the flush", () => {
  const seen = new Set<number>();
  for (let i = 0; i < 200; i++) {
    const s = stand({}, { worldSeed: i, pages: 4 });
    const { write, flush } = raw(s);
    write(0, 1);
    flush();
    write(0, 2);
    write(0, 3);
    s.machine.crash();
    seen.add(held(s)[0] ?? -1);
  }
  expect([...seen].sort()).toEqual([1, 2, 3]);
});

test("a page is whole, unless it may be torn", () => {
  let torn = 0;
  for (let i = 0; i < 100; i++) {
    for (const tearing of [0, 1]) {
      const s = stand({ tearing }, { worldSeed: i, pages: 4 });
      const { write } = raw(s);
      write(0, 5);
      s.machine.crash();
      const page = new Uint8Array(PAGE);
      s.disk.read(0, page);
      const size = page.lastIndexOf(5) + 1;
      expect(page).toEqual(new Uint8Array(PAGE).fill(5, 0, size));
      if (tearing === 0) expect([0, PAGE]).toContain(size);
      else {
        expect(size).toBeGreaterThan(0);
        expect(size).toBeLessThan(PAGE);
        torn += s.disk.counters.torn;
      }
    }
  }
  expect(torn).toBe(100);
});

test("a crash during a flush: it never ends, and what was written may be lost", () => {
  let lostCount = 0;
  for (let i = 0; i < 40; i++) {
    const s = stand({ flushLatency: 100 }, { worldSeed: i });
    let flushed = false;
    s.machine.start([block("disk")], function* (disk) {
      yield* disk.write(0, new Uint8Array(PAGE).fill(1));
      yield* disk.flush();
      flushed = true;
    });
    s.world.at(50, () => s.machine.crash());
    s.world.run();
    expect(flushed).toBe(false);
    if (held(s)[0] === 0) lostCount++;
  }
  expect(lostCount).toBeGreaterThan(5);
  expect(lostCount).toBeLessThan(35);
});

test("a flush that a crash ends tells nobody, and is none", () => {
  const s = stand({ flushLatency: 100, flushError: 1 });
  const { solo5 } = s.machine;
  const { handle } = solo5.blockAcquire("disk");
  const told: unknown[] = [];
  solo5.blockFlush?.(handle, (error) => told.push(error));
  s.world.at(50, () => s.machine.crash());
  s.world.run();
  expect(told).toEqual([]);
  expect(s.disk.counters).toMatchObject({ flushes: 0, flushErrors: 0, crashes: 1 });
});

test("what is written while a flush is under way is not made durable by it", () => {
  let lostCount = 0;
  for (let i = 0; i < 40; i++) {
    const s = stand({ flushLatency: 100 }, { worldSeed: i });
    const { solo5 } = s.machine;
    const { write } = raw(s);
    write(0, 1);
    solo5.blockFlush?.(1, () => {});
    write(0, 2);
    write(1, 2);
    s.world.run();
    s.machine.crash();
    const [first, second] = held(s);
    expect([1, 2]).toContain(first);
    if (second === 0) lostCount++;
  }
  expect(lostCount).toBeGreaterThan(5);
});

test("a program that never flushes keeps few versions of a page", () => {
  const s = stand({}, { worldSeed: 1, pages: 4 });
  const { write } = raw(s);
  for (let i = 0; i < 200; i++) write(0, i);
  s.machine.crash();
  expect(held(s)[0]).toBeGreaterThanOrEqual(196);
});

test("what a test puts on the disk is durable", () => {
  for (let i = 0; i < 20; i++) {
    const s = stand({}, { worldSeed: i });
    raw(s).write(0, 1);
    s.disk.write(0, new Uint8Array(PAGE).fill(7));
    s.machine.crash();
    expect(held(s)[0]).toBe(7);
  }
});

test("the same seed gives the same faults and the same losses, another seed others", () => {
  const story = (worldSeed: number) => {
    const s = stand(
      { readError: 0.2, writeError: 0.2, misreading: 0.2, miswriting: 0.1, tearing: 0.2 },
      { worldSeed },
    );
    const { write, read } = raw(s);
    tries(200, (i) => write(i % 64, i));
    const reads: number[] = [];
    tries(100, (i) => reads.push(...read(i % 64)));
    s.machine.crash();
    return JSON.stringify([reads, held(s), s.disk.counters]);
  };
  expect(story(5)).toBe(story(5));
  expect(new Set([1, 2, 3, 4].map(story)).size).toBe(4);
});
