// Rule 5: in which order what happened outside reaches the tasks.
import { expect, test } from "vitest";
import { sleep, spawn, yieldNow } from "../src/index.ts";
import { FakeJob, FakeNet } from "./fake-devices.ts";
import { record, trace, virtualWorld } from "./virtual-world.ts";

test("one poll wakes readers in the order in which they came, then sleepers by deadline, then the block operation's task", () => {
  const world = virtualWorld();
  const late = new FakeNet(world, 2);
  const early = new FakeNet(world, 40);
  world.deliver(2, 0, 1);
  world.deliver(40, 0, 2);
  const entries = record(
    function* (log) {
      const task = (name: string, ns: number) =>
        spawn(function* () {
          yield* sleep(ns);
          log(name);
        });
      const job = spawn(function* () {
        yield* new FakeJob("j", () => log("block operation done"));
        log("block operation");
      });
      const sleepers = [task("sleeper b", -1), task("sleeper c", 0), task("sleeper a", -5)];
      const readers = [early, late].map((net) =>
        spawn(function* () {
          const byte = yield* net.read();
          log(`reader of ${net.input.handle}: ${byte}`);
        }),
      );
      for (const child of [job, ...sleepers, ...readers]) yield* child;
    },
    { solo5: world },
  );
  // Input that waits already is read at once, without a poll.
  expect(entries).toEqual([
    "reader of 40: 2",
    "reader of 2: 1",
    "block operation done",
    "sleeper b",
    "sleeper c",
    "sleeper a",
    "block operation",
    "end",
  ]);
});

test("readers of several devices that become ready together are served in the order in which they came", () => {
  const world = virtualWorld();
  const nets = [50, 3, 33].map((handle) => new FakeNet(world, handle));
  for (const net of nets) world.deliver(net.input.handle, 7, net.input.handle);
  const { story } = trace(
    function* (log) {
      const readers = nets.map((net) =>
        spawn(
          function* () {
            log(`got ${yield* net.read()}`);
          },
          { name: `reader of ${net.input.handle}` },
        ),
      );
      const sleeper = spawn(
        function* () {
          yield* sleep(7);
          log("slept");
        },
        { name: "sleeper" },
      );
      for (const task of [...readers, sleeper]) yield* task;
    },
    { solo5: world },
  );
  expect(story.filter((line) => /got|slept/.test(line))).toEqual([
    "@7 got 50",
    "@7 got 3",
    "@7 got 33",
    "@7 slept",
  ]);
});

test("frames go to the readers of one device in the order in which they came, one each", () => {
  const world = virtualWorld();
  const net = new FakeNet(world, 1);
  for (const at of [5, 5, 6]) world.deliver(1, at, at);
  const entries = record(
    function* (log) {
      const readers = ["a", "b", "c"].map((name) =>
        spawn(function* () {
          log(`${name} got ${yield* net.read()}`);
        }),
      );
      for (const reader of readers) yield* reader;
    },
    { solo5: world },
  );
  expect(entries).toEqual(["a got 5", "b got 5", "c got 6", "end"]);
});

test("block operations are done one a turn while tasks run, in order, and all when none does", () => {
  const entries = record(function* (log) {
    const jobs = [1, 2, 3].map((n) => spawn(() => new FakeJob(`${n}`, () => log(`job ${n}`))));
    yield* yieldNow();
    // Three turns of 1,000 steps.
    for (let step = 1; step <= 2500; step++) {
      yield* yieldNow();
      if (step % 1000 === 0) log(`step ${step}`);
    }
    for (const job of jobs) yield* job;
  });
  expect(entries).toEqual(["job 1", "step 1000", "job 2", "step 2000", "job 3", "end"]);
});

test("a block operation that fails throws in its task, and can be done again", () => {
  let attempts = 0;
  const flaky = new FakeJob("flaky", () => {
    if (++attempts < 3) throw new Error(`attempt ${attempts}`);
  });
  const entries = record(function* (log) {
    for (;;) {
      try {
        yield* flaky;
        log("done");
        return;
      } catch (error) {
        log((error as Error).message);
      }
    }
  });
  expect(entries).toEqual(["attempt 1", "attempt 2", "done", "end"]);
});

test("a device is polled only while somebody waits for it, and input for nobody ends no wait", () => {
  const world = virtualWorld();
  const net = new FakeNet(world, 1);
  world.deliver(1, 3, 65);
  const entries = record(
    function* (log) {
      // A frame lies there from 3 on, and nobody reads.
      yield* sleep(1000);
      log(`yields while asleep: ${world.yieldCount}`);
      log(`read ${yield* net.read()}`);
    },
    { solo5: world },
  );
  expect(entries).toEqual(["yields while asleep: 1", "read 65", "end"]);
});
