// Rules 1 to 4: who runs when.
import { expect, test } from "vitest";
import {
  type Operation,
  signal,
  sleep,
  spawn,
  suspend,
  syscall,
  type Task,
  withTimeout,
  yieldNow,
} from "../src/index.ts";
import { FakeJob, FakeNet } from "./fake-devices.ts";
import { record, trace, virtualWorld } from "./virtual-world.ts";

test("a run tells its events in order, with virtual time", () => {
  const { lines } = trace(function* () {
    const seven = function* () {
      yield* sleep(5);
      return 7;
    };
    const a = spawn(seven, { name: "a" });
    const b = spawn(() => sleep(100), { name: "b" });
    const value = yield* a;
    yield* b.cancel();
    return value;
  });
  expect(lines).toMatchInlineSnapshot(`
    [
      "@0 step root",
      "@0 spawn main by root",
      "@0 wait root: the outcome of main",
      "@0 step main",
      "@0 spawn a by main",
      "@0 spawn b by main",
      "@0 wait main: the end of a",
      "@0 step a",
      "@0 wait a: sleep until 5",
      "@0 step b",
      "@0 wait b: sleep until 100",
      "@5 step a",
      "@5 end a: ok 7",
      "@5 step main",
      "@5 cancel b",
      "@5 wait main: the end of cancelled b",
      "@5 step b",
      "@5 end b: cancelled",
      "@5 step main",
      "@5 end main: ok 7",
      "@5 step root",
      "@5 end root: ok",
      "run: ok",
    ]
  `);
});

test("a child starts after its parent's next suspension, not before the parent's next line", () => {
  const { story } = trace(function* (log) {
    const child = spawn(
      function* () {
        log("child prints");
      },
      { name: "child" },
    );
    log("parent prints");
    yield* child;
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn child by main",
      "@0 parent prints",
      "@0 wait main: the end of child",
      "@0 step child",
      "@0 child prints",
      "@0 end child: ok",
      "@0 step main",
      "@0 end main: ok",
      "run: ok",
    ]
  `);
});

test("after spawn and yieldNow the child has printed first", () => {
  const { story } = trace(function* (log) {
    const child = spawn(
      function* () {
        log("child prints");
      },
      { name: "child" },
    );
    yield* yieldNow();
    log("parent prints");
    yield* child;
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn child by main",
      "@0 wait main: its next turn",
      "@0 step child",
      "@0 child prints",
      "@0 end child: ok",
      "@0 step main",
      "@0 parent prints",
      "@0 end main: ok",
      "run: ok",
    ]
  `);
});

test("yieldNow goes to the tail: tasks take turns in the order of their spawn", () => {
  const entries = record(function* (log) {
    const turns = (name: string) =>
      spawn(function* () {
        for (let i = 1; i <= 3; i++) {
          log(`${name}${i}`);
          yield* yieldNow();
        }
      });
    const tasks = [turns("a"), turns("b"), turns("c")];
    for (const task of tasks) yield* task;
  });
  expect(entries).toEqual(["a1", "b1", "c1", "a2", "b2", "c2", "a3", "b3", "c3", "end"]);
});

test("waking a task puts it at the tail, behind who was queued before", () => {
  const entries = record(function* (log) {
    const ticket = syscall<string>();
    const sleeper = spawn(function* () {
      log(yield* suspend(ticket));
    });
    yield* yieldNow();
    const early = spawn(function* () {
      log("queued before the signal");
    });
    signal(ticket, "woken");
    const late = spawn(function* () {
      log("queued after the signal");
    });
    log("nothing ran inline");
    yield* sleeper;
    yield* early;
    yield* late;
  });
  expect(entries).toEqual([
    "nothing ran inline",
    "queued before the signal",
    "woken",
    "queued after the signal",
    "end",
  ]);
});

test("cancellations go before everything else", () => {
  const entries = record(function* (log) {
    const victim = spawn(function* () {
      try {
        yield* sleep(100);
      } finally {
        log("victim");
      }
    });
    yield* yieldNow();
    const others = [1, 2, 3].map((n) =>
      spawn(function* () {
        log(`other ${n}`);
      }),
    );
    yield* victim.cancel();
    log("cancel returned");
    for (const other of others) yield* other;
  });
  expect(entries).toEqual(["victim", "other 1", "other 2", "other 3", "cancel returned", "end"]);
});

test("64 ready operations are done in one step; the next goes to the tail first", () => {
  const { story } = trace(function* (log) {
    const done = spawn(function* () {}, { name: "done" });
    const other = spawn(
      function* () {
        log("other");
      },
      { name: "other" },
    );
    yield* done;
    for (let i = 1; i <= 130; i++) {
      yield* done;
      if (i % 64 <= 2) log(`awaited ${i} times`);
    }
    yield* other;
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn done by main",
      "@0 spawn other by main",
      "@0 wait main: the end of done",
      "@0 step done",
      "@0 end done: ok",
      "@0 step other",
      "@0 other",
      "@0 end other: ok",
      "@0 step main",
      "@0 awaited 1 times",
      "@0 awaited 2 times",
      "@0 awaited 64 times",
      "@0 wait main: its next turn",
      "@0 step main",
      "@0 awaited 65 times",
      "@0 awaited 66 times",
      "@0 awaited 128 times",
      "@0 wait main: its next turn",
      "@0 step main",
      "@0 awaited 129 times",
      "@0 awaited 130 times",
      "@0 end main: ok",
      "run: ok",
    ]
  `);
});

test("every kind of ready operation counts among the 64", () => {
  const served = syscall();
  signal(served);
  const world = virtualWorld();
  const net = new FakeNet(world, 2);
  world.flood(2);
  const kinds: Record<string, () => Operation<unknown>> = {
    await: () => readyTask,
    result: () => readyTask.result(),
    cancel: () => cancelledTask.cancel(),
    suspend: () => suspend(served),
    read: () => net.read(),
  };
  let readyTask: Task<unknown>;
  let cancelledTask: Task<unknown>;
  const entries = record(
    function* (log) {
      readyTask = spawn(function* () {});
      cancelledTask = spawn(function* () {});
      yield* yieldNow();
      for (const [kind, operation] of Object.entries(kinds)) {
        let other = 0;
        const counter = spawn(function* () {
          for (;;) {
            other++;
            yield* yieldNow();
          }
        });
        for (let i = 0; i < 640; i++) yield* operation();
        log(`${kind}: others had ${other} turns`);
        yield* counter.cancel();
      }
      yield* readyTask;
    },
    { solo5: world },
  );
  expect(entries).toEqual([
    "await: others had 9 turns",
    "result: others had 9 turns",
    "cancel: others had 9 turns",
    "suspend: others had 9 turns",
    "read: others had 9 turns",
    "end",
  ]);
});

test("a turn ends after 1,000 steps, so an endlessly yielding task starves neither reader nor sleeper nor block device", () => {
  const world = virtualWorld({ tick: 1 });
  const net = new FakeNet(world, 1);
  world.deliver(1, 3, 65);
  const entries = record(
    function* (log) {
      let steps = 0;
      const busy = spawn(function* () {
        for (;;) {
          steps++;
          yield* yieldNow();
        }
      });
      const reader = spawn(function* () {
        yield* net.read();
        log(`read before step 3,000: ${steps < 3000}`);
      });
      const worker = spawn(function* () {
        yield* new FakeJob("w", () => {});
        log(`block operation before step 3,000: ${steps < 3000}`);
      });
      yield* sleep(3);
      log(`slept before step 10,000: ${steps < 10_000}`);
      yield* reader;
      yield* worker;
      yield* busy.cancel();
    },
    { solo5: world },
  );
  expect(entries).toEqual([
    "block operation before step 3,000: true",
    "read before step 3,000: true",
    "slept before step 10,000: true",
    "end",
  ]);
});

test("a reader that always finds data does not starve the rest", () => {
  const world = virtualWorld({ tick: 1 });
  const net = new FakeNet(world, 1);
  world.flood(1);
  const entries = record(
    function* (log) {
      let count = 0;
      const next = net.read();
      const reader = spawn(function* () {
        for (;;) {
          yield* next;
          count++;
        }
      });
      const yielder = spawn(function* () {
        for (let i = 0; i < 10; i++) yield* yieldNow();
        log(`yielded 10 times while at most 704 frames were read: ${count <= 704}`);
      });
      yield* withTimeout(1000, sleep(4));
      log(`slept while at most 512,000 frames were read: ${count <= 512_000}`);
      yield* yielder;
      yield* reader.cancel();
    },
    { solo5: world },
  );
  expect(entries).toEqual([
    "yielded 10 times while at most 704 frames were read: true",
    "slept while at most 512,000 frames were read: true",
    "end",
  ]);
});

test("randomness orders nothing but ties: other seeds, the same trace", () => {
  const traces = [1, 2, 3, 4].map((random) => {
    const { lines } = trace(
      function* () {
        const tasks = [3, 1, 2].map((n) => spawn(() => sleep(n), { name: `s${n}` }));
        for (const task of tasks) yield* task;
      },
      { random },
    );
    return lines;
  });
  for (const lines of traces) expect(lines).toEqual(traces[0]);
});
