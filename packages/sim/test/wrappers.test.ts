// Faults between a program and any world. With none set a wrapped world must still be a world: the conformance suites.
import { type Block, block } from "@miou-solo5/block";
import { blockCases } from "@miou-solo5/block/testing";
import { type Net, net } from "@miou-solo5/net";
import { netCases } from "@miou-solo5/net/testing";
import {
  clockMonotonic,
  type Device,
  type DeviceValues,
  type Operation,
  runSync,
  type Solo5,
  sleep,
  spawn,
  start,
} from "@miou-solo5/scheduler";
import { describe, expect, test } from "vitest";
import {
  createWorld,
  Medium,
  Wire,
  type WireOptions,
  type World,
  withBlockFaults,
  withNetFaults,
} from "../src/index.ts";
import { seed } from "./seed.ts";

/** A world as a host is one: a class with private state, whose methods can't be taken off. */
function asClass(solo5: Solo5): Solo5 {
  return new Proxy(solo5, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== "function") return value;
      return function (this: unknown, ...args: unknown[]) {
        if (this !== proxyOf.get(target)) throw new TypeError("called without its object");
        return (value as (...all: unknown[]) => unknown)(...args);
      };
    },
    ownKeys: () => [],
  });
}
const proxyOf = new WeakMap<Solo5, Solo5>();
function hostLike(solo5: Solo5): Solo5 {
  const proxy = asClass(solo5);
  proxyOf.set(solo5, proxy);
  return proxy;
}

describe.each<[string, Record<string, WireOptions>]>([
  ["perfect wires", { left: {}, right: {} }],
  ["a late wire", { left: { latency: 1000 } }],
  ["late wires with jitter", { left: { latency: 500, jitter: 900 }, right: { jitter: 5000 } }],
])("a wrapped world with %s", (_, devices) => {
  for (const { name, run } of netCases) {
    test(name, () =>
      run(() => {
        const world = createWorld({ seed: 7 });
        const machine = world.machine("both");
        world.wire(machine.net("left"), machine.net("right"));
        return {
          solo5: withNetFaults(hostLike(machine.solo5), devices),
          names: ["left", "right"],
          mtu: 1500,
          pass: (duration) => world.run(world.now + duration),
          close: () => {},
        };
      }),
    );
  }
});

describe("a wrapped world with perfect media", () => {
  for (const { name, run } of blockCases) {
    test(name, () =>
      run({
        blockSize: 512,
        seed,
        make: ({ contents, readOnly }) => {
          const world = createWorld();
          const machine = world.machine("machine");
          machine.disk("disk", { capacity: contents.length, readOnly, contents });
          return {
            solo5: withBlockFaults(hostLike(machine.solo5), { disk: {} }),
            name: "disk",
            pass: (duration) => world.run(world.now + duration),
            close: () => {},
          };
        },
      }),
    );
  }
});

/** Numbers that one machine sends, and what of them another reads through a wrapped device. */
function received(options: WireOptions | Wire, count = 500): number[] {
  const world = createWorld({ seed: 1 });
  const [a, b] = [world.machine("a"), world.machine("b")];
  world.wire(a.net("n"), b.net("n"));
  a.start([net("n")], function* (device) {
    for (let i = 0; i < count; i++) {
      device.write(new Uint8Array(60).fill(i & 255));
      yield* sleep(10);
    }
  });
  const got: number[] = [];
  runSync(
    [net("n")],
    function* (device) {
      const reader = spawn(function* () {
        for (;;) got.push((yield* device.readBytes())[20] ?? -1);
      });
      yield* sleep(count * 10 + 1_000_000);
      yield* reader.cancel();
    },
    { solo5: withNetFaults(b.solo5, { n: options }) },
  );
  return got;
}

test.each<[string, WireOptions, (counters: Wire["counters"]) => number]>([
  ["loses", { loss: 0.2 }, (c) => c.lost],
  ["doubles", { duplication: 0.2 }, (c) => c.duplicated],
  ["reorders", { reordering: 0.2, reorderingDelay: 200 }, (c) => c.reordered],
  ["damages", { corruption: 0.2 }, (c) => c.corrupted],
])("a wrapped device %s what it reads, by the seed", (_, options, count) => {
  const wires = [1, 1, 2].map((wireSeed) => new Wire({ ...options, seed: wireSeed }));
  const stories = wires.map((wire) => received(wire).join());
  expect(count(wires[0]?.back.counters as Wire["counters"])).toBeGreaterThan(50);
  expect(stories[1]).toBe(stories[0]);
  expect(stories[2]).not.toBe(stories[0]);
  expect(wires[0]?.counters).toEqual(wires[1]?.counters);
});

test("what a wrapped program sends is late, lost and doubled; what it sent before its end arrives", () => {
  const world = createWorld();
  const machine = world.machine("m");
  const port = machine.net("n");
  const sent: [number, number][] = [];
  port.send = (frame, time) => void sent.push([frame[0] ?? -1, time ?? 0]);
  const wire = new Wire({ latency: 100 });
  runSync(
    [net("n")],
    function* (device) {
      device.write(new Uint8Array(60).fill(1));
      yield* sleep(500);
      wire.set({ loss: 1 });
      device.write(new Uint8Array(60).fill(2));
      wire.set({ loss: 0, duplication: 1 });
      device.write(new Uint8Array(60).fill(3));
    },
    { solo5: withNetFaults(machine.solo5, { n: wire }) },
  );
  expect(sent).toEqual([
    [1, 100],
    [3, 500],
    [3, 500],
  ]);
});

test("a device that is removed says so through the wrapper, to readers and writers", () => {
  const world = createWorld();
  const machine = world.machine("m");
  const port = machine.net("n");
  const solo5 = withNetFaults(machine.solo5, { n: { loss: 1 } });
  const { handle } = solo5.netAcquire("n");
  world.at(50, () => port.remove());
  const ready = new Uint32Array(2);
  solo5.yield(100, ready);
  expect([...ready]).toEqual([1 << handle, 0]);
  const gone = expect.objectContaining({ code: "ERR_SOLO5_DEVICE_GONE" });
  const bytes = new Uint8Array(1514);
  expect(() => solo5.netRead(handle, bytes, 0, 1514)).toThrow(gone);
  expect(() => solo5.netWrite(handle, bytes, 0, 60)).toThrow(gone);
});

test("wrappers compose, each with its own devices", () => {
  const world = createWorld();
  const machine = world.machine("m");
  machine.net("a");
  machine.disk("disk", { capacity: 1024 });
  const wire = new Wire({ loss: 1 });
  const medium = new Medium({ writeError: 1, latency: 30 });
  const solo5 = withBlockFaults(withNetFaults(machine.solo5, { a: wire }), { disk: medium });
  const caught = runSync(
    [net("a"), block("disk")],
    function* (a, disk) {
      a.write(new Uint8Array(60));
      try {
        yield* disk.write(0, new Uint8Array(512));
      } catch (error) {
        return [(error as { code: string }).code, clockMonotonic()];
      }
      return null;
    },
    { solo5 },
  );
  expect(caught).toEqual(["ERR_SOLO5_IO", 30]);
  expect(wire.forth.counters.lost).toBe(1);
  expect(medium.counters.writeErrors).toBe(1);
});

test("a medium before a device crashes after the program's end: flushed pages stay", () => {
  const outcomes = new Set<number>();
  for (let i = 0; i < 40; i++) {
    const machine = createWorld().machine("m");
    const disk = machine.disk("disk", { capacity: 1024 });
    const medium = new Medium({ seed: i });
    runSync(
      [block("disk")],
      function* (device) {
        yield* device.write(0, new Uint8Array(512).fill(1));
        yield* device.flush();
        yield* device.write(512, new Uint8Array(512).fill(2));
      },
      { solo5: withBlockFaults(machine.solo5, { disk: medium }) },
    );
    medium.crash();
    const page = new Uint8Array(512);
    disk.read(0, page);
    expect(page[0]).toBe(1);
    disk.read(512, page);
    outcomes.add(page[0] ?? -1);
  }
  expect(outcomes).toEqual(new Set([0, 2]));
});

/** Runs a program either so that it blocks the thread, or as the world's events. */
async function played<const D extends readonly Device<unknown>[], T>(
  how: string,
  devices: D,
  main: (...values: DeviceValues<D>) => Operation<T>,
  { world, solo5 }: { world: World; solo5: Solo5 },
): Promise<T> {
  if (how === "blocking") return runSync(devices, main, { solo5 });
  const run = start(devices, main, { solo5 });
  world.run();
  return await run.result;
}

test("a frame that is not late is sent within the call", () => {
  const machine = createWorld().machine("m");
  const sent: number[] = [];
  machine.net("n").send = (frame) => sent.push(frame.length);
  const solo5 = withNetFaults(machine.solo5, { n: {} });
  const { handle } = solo5.netAcquire("n");
  solo5.netWrite(handle, new Uint8Array(60), 0, 60);
  expect(sent).toEqual([60]);
});

describe.each(["blocking", "waiting"])("a wrapped program that runs %s", (how) => {
  test("leaves in the world's own queue more late frames than it takes in", async () => {
    const count = 2000;
    const world = createWorld();
    const machine = world.machine("m");
    const port = machine.net("n", { queueCountMax: count });
    for (let i = 0; i < count; i++) {
      world.at(5, () => port.receive(new Uint8Array(60).fill(i & 255)));
    }
    const solo5 = withNetFaults(machine.solo5, { n: { latency: 1000 } });
    const main = function* (device: Net) {
      const got: number[] = [];
      while (got.length < count) got.push((yield* device.readBytes())[20] ?? -1);
      return { got, ended: clockMonotonic() };
    };
    const { got, ended } = await played(how, [net("n")], main, { world, solo5 });
    expect(got).toEqual(Array.from({ length: count }, (_, i) => i & 255));
    // Those that had to wait for room are late from then on.
    expect(ended).toBe(2005);
    expect(port.counters.receiveDropped).toBe(0);
  });

  test("waits for pages and flushes as long as they take", async () => {
    const world = createWorld();
    const machine = world.machine("m");
    machine.disk("disk", { capacity: 512 });
    const medium = new Medium({ latency: 30, flushLatency: 70 });
    const solo5 = withBlockFaults(machine.solo5, { disk: medium });
    const main = function* (disk: Block) {
      const page = new Uint8Array(512);
      const times: number[] = [];
      for (const operation of [disk.read(0, page), disk.write(0, page), disk.flush()]) {
        yield* operation;
        times.push(clockMonotonic());
      }
      return times;
    };
    const times = await played(how, [block("disk")], main, { world, solo5 });
    expect(times).toEqual([30, 60, 130]);
  });

  test("hears of a flush that fails, which makes nothing durable", async () => {
    const world = createWorld();
    const machine = world.machine("m");
    const disk = machine.disk("disk", { capacity: 64 * 512 });
    const medium = new Medium({ flushError: 1 });
    const solo5 = withBlockFaults(machine.solo5, { disk: medium });
    const main = function* (device: Block) {
      for (let i = 0; i < 64; i++) yield* device.write(512 * i, new Uint8Array(512).fill(1));
      try {
        yield* device.flush();
        return "flushed";
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(await played(how, [block("disk")], main, { world, solo5 })).toBe("ERR_SOLO5_IO");
    medium.crash();
    const { lost, flushErrors } = medium.counters;
    expect(flushErrors).toBe(1);
    const page = new Uint8Array(512);
    const blank = Array.from({ length: 64 }, (_, i) => {
      disk.read(512 * i, page);
      return page[0] === 0;
    });
    expect(blank.filter(Boolean).length).toBe(lost);
  });
});

test("a medium may crash while a program has its device", () => {
  let lost = 0;
  for (let i = 0; i < 20; i++) {
    const machine = createWorld().machine("m");
    machine.disk("disk", { capacity: 512 });
    const medium = new Medium({ seed: i });
    const solo5 = withBlockFaults(machine.solo5, { disk: medium });
    const { handle } = solo5.blockAcquire("disk");
    const page = new Uint8Array(512).fill(1);
    solo5.blockWrite(handle, 0, page, 0);
    medium.crash();
    solo5.blockRead(handle, 0, page, 0);
    expect(page[0] === 0).toBe(medium.counters.lost === 1);
    lost += medium.counters.lost;
  }
  expect(lost).toBeGreaterThan(0);
  expect(lost).toBeLessThan(20);
});
