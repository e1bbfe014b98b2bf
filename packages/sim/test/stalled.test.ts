// A program that always has something left to do keeps the world at one moment. The world says so.
import { block } from "@miou-solo5/block";
import { net } from "@miou-solo5/net";
import {
  clockMonotonic,
  type Operation,
  runSync,
  type Suspended,
  sleep,
  spawn,
  yieldNow,
} from "@miou-solo5/scheduler";
import { expect, test } from "vitest";
import { createWorld, type Machine, type World } from "../src/index.ts";

function stalledWorld(): World {
  return createWorld({ turnCountMax: 50 });
}

function expectStalled(world: World, name: string): void {
  expect(() => world.run()).toThrow(
    expect.objectContaining({
      name: "SimError",
      code: "ERR_SOLO5_STALLED",
      message: expect.stringMatching(new RegExp(`^${name} had 50 turns at \\d+ ns`)),
    }),
  );
}

const loops: [string, (machine: Machine) => Operation<void>][] = [
  [
    "goes to the tail of the queue",
    function* () {
      for (;;) yield* yieldNow();
    },
  ],
  [
    "sleeps no time",
    function* () {
      for (;;) yield* sleep(0);
    },
  ],
  [
    "sleeps into the past",
    function* () {
      for (;;) yield* sleep(-5);
    },
  ],
  [
    "waits for a moment that is now",
    function* (): Generator<Suspended, void, void> {
      yield* sleep(1000);
      const start = clockMonotonic();
      for (;;) {
        const child = spawn(() => sleep(1000 - start));
        yield* child;
      }
    },
  ],
];

test.each(loops)("a program that for ever %s", async (_, main) => {
  const world = stalledWorld();
  const machine = world.machine("spinner");
  const other = world.machine("other").start([], () => sleep(7000));
  const run = machine.start([], () => main(machine));
  expectStalled(world, "spinner");
  // Nothing is lost by the error: again, and then told to stop.
  expectStalled(world, "spinner");
  run.result.catch(() => {});
  machine.stop();
  world.run();
  await expect(run.result).rejects.toMatchObject({ code: "ERR_SOLO5_CANCELLED" });
  await other.result;
  expect(world.now).toBe(7000);
});

test("a program that reads pages for ever", () => {
  const world = stalledWorld();
  const machine = world.machine("reader");
  machine.disk("disk", { capacity: 512 });
  machine.start([block("disk")], function* (disk) {
    const read = disk.read(0, new Uint8Array(512));
    for (;;) yield* read;
  });
  expectStalled(world, "reader");
  world.stop();
});

test("two machines that answer each other over a wire without latency", () => {
  const world = stalledWorld();
  const [a, b] = [world.machine("a"), world.machine("b")];
  world.wire(a.net("n"), b.net("n"));
  for (const machine of [a, b]) {
    machine.start([net("n")], function* (device) {
      if (machine === a) device.write(new Uint8Array(60));
      for (;;) device.write(yield* device.readBytes());
    });
  }
  expectStalled(world, "(a|b)");
  world.stop();
});

test("the same two over a wire with latency go on for as long as they are let", () => {
  const world = stalledWorld();
  const [a, b] = [world.machine("a"), world.machine("b")];
  world.wire(a.net("n"), b.net("n"), { latency: 1 });
  let count = 0;
  for (const machine of [a, b]) {
    machine.start([net("n")], function* (device) {
      if (machine === a) device.write(new Uint8Array(60));
      for (;;) {
        device.write(yield* device.readBytes());
        count++;
      }
    });
  }
  world.run(10_000);
  expect(count).toBe(10_000);
  expect(world.now).toBe(10_000);
  for (const machine of [a, b]) machine.stop();
  world.run(20_000);
});

test("what plans itself for the present, for ever", () => {
  const world = stalledWorld();
  const again = () => world.at(0, again);
  world.at(10, again);
  expectStalled(world, "what was planned with World.at");
});

test("a burst that was planned before, or sent at once, is no stall", async () => {
  const world = stalledWorld();
  const machine = world.machine("reader");
  const port = machine.net("n", { queueCountMax: 10_000 });
  for (let i = 0; i < 5000; i++) world.at(10, () => port.receive(new Uint8Array(60)));
  const run = machine.start([net("n")], function* (device) {
    const next = device.readBytes();
    for (let i = 0; i < 5000; i++) yield* next;
    return clockMonotonic();
  });
  world.run();
  expect(await run.result).toBe(10);
});

test("a blocking run that sleeps no time for ever", () => {
  const { solo5 } = stalledWorld().machine("spinner");
  const main = function* (): Generator<Suspended, void, void> {
    for (;;) yield* sleep(0);
  };
  expect(() => runSync([], main, { solo5 })).toThrow(
    expect.objectContaining({ cause: expect.objectContaining({ code: "ERR_SOLO5_STALLED" }) }),
  );
});

test("a blocking run that waits for a frame that can't come", () => {
  const machine = createWorld().machine("waiter");
  machine.net("n");
  const waiting = () =>
    runSync([net("n")], (device) => device.readBytes(), { solo5: machine.solo5 });
  expect(waiting).toThrow(
    expect.objectContaining({
      cause: expect.objectContaining({
        code: "ERR_SOLO5_STALLED",
        message: "waiter waits for input at 0 ns, and nothing is going to happen any more",
      }),
    }),
  );
});
