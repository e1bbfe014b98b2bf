// Rules 13 to 16 and 18: how a task is stopped.
import { expect, test } from "vitest";
import {
  shield,
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
import { sleeper } from "./tasks.ts";
import { codeOf, record, trace, virtualWorld } from "./virtual-world.ts";

test("cancelling an endlessly yielding subtree terminates", () => {
  const { story } = trace(function* () {
    const endless = function* () {
      for (;;) yield* yieldNow();
    };
    const parent = spawn(
      function* () {
        spawn(endless, { name: "child" });
        yield* endless();
      },
      { name: "parent" },
    );
    yield* yieldNow();
    yield* parent.cancel();
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn parent by main",
      "@0 wait main: its next turn",
      "@0 step parent",
      "@0 spawn child by parent",
      "@0 wait parent: its next turn",
      "@0 step main",
      "@0 cancel parent",
      "@0 wait main: the end of cancelled parent",
      "@0 step parent",
      "@0 cancel child",
      "@0 step child",
      "@0 end child: cancelled",
      "@0 end parent: cancelled",
      "@0 step main",
      "@0 end main: ok",
      "run: ok",
    ]
  `);
});

test("a failing task cancels its sleeping child at once; without the failure the clock moves on", () => {
  const program = (fails: boolean) =>
    trace(function* () {
      const parent = spawn(
        function* () {
          const child = spawn(() => sleep(1), { name: "asleep" });
          yield* yieldNow();
          if (fails) throw new Error("failed");
          yield* child;
        },
        { name: "parent" },
      );
      yield* parent.result();
    }).story;
  expect(program(true)).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn parent by main",
      "@0 wait main: the outcome of parent",
      "@0 step parent",
      "@0 spawn asleep by parent",
      "@0 wait parent: its next turn",
      "@0 step asleep",
      "@0 wait asleep: sleep until 1",
      "@0 step parent",
      "@0 cancel asleep",
      "@0 step asleep",
      "@0 end asleep: cancelled",
      "@0 end parent: failed failed",
      "@0 step main",
      "@0 end main: ok",
      "run: ok",
    ]
  `);
  expect(program(false)).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn parent by main",
      "@0 wait main: the outcome of parent",
      "@0 step parent",
      "@0 spawn asleep by parent",
      "@0 wait parent: its next turn",
      "@0 step asleep",
      "@0 wait asleep: sleep until 1",
      "@0 step parent",
      "@0 wait parent: the end of asleep",
      "@1 step asleep",
      "@1 end asleep: ok",
      "@1 step parent",
      "@1 end parent: ok",
      "@1 step main",
      "@1 end main: ok",
      "run: ok",
    ]
  `);
});

test("a sleeping task can be cancelled early", () => {
  const { story } = trace(function* () {
    const sleeper = spawn(() => sleep(1_000_000), { name: "sleeper" });
    yield* sleep(5);
    yield* sleeper.cancel();
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn sleeper by main",
      "@0 wait main: sleep until 5",
      "@0 step sleeper",
      "@0 wait sleeper: sleep until 1000000",
      "@5 step main",
      "@5 cancel sleeper",
      "@5 wait main: the end of cancelled sleeper",
      "@5 step sleeper",
      "@5 end sleeper: cancelled",
      "@5 step main",
      "@5 end main: ok",
      "run: ok",
    ]
  `);
});

test("two sleeps run side by side: five and five take five", () => {
  const { story } = trace(function* () {
    const a = spawn(() => sleep(5), { name: "a" });
    const b = spawn(() => sleep(5), { name: "b" });
    yield* a;
    yield* b;
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn a by main",
      "@0 spawn b by main",
      "@0 wait main: the end of a",
      "@0 step a",
      "@0 wait a: sleep until 5",
      "@0 step b",
      "@0 wait b: sleep until 5",
      "@5 step a",
      "@5 end a: ok",
      "@5 step b",
      "@5 end b: ok",
      "@5 step main",
      "@5 end main: ok",
      "run: ok",
    ]
  `);
});

test("finally has run when cancel returns", () => {
  const { story } = trace(function* (log) {
    const child = spawn(
      function* () {
        try {
          yield* sleep(100);
        } finally {
          log("finally");
        }
      },
      { name: "child" },
    );
    yield* yieldNow();
    yield* child.cancel();
    log("cancel returned");
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn child by main",
      "@0 wait main: its next turn",
      "@0 step child",
      "@0 wait child: sleep until 100",
      "@0 step main",
      "@0 cancel child",
      "@0 wait main: the end of cancelled child",
      "@0 step child",
      "@0 finally",
      "@0 end child: cancelled",
      "@0 step main",
      "@0 cancel returned",
      "@0 end main: ok",
      "run: ok",
    ]
  `);
});

test("finally may suspend when shielded; an unshielded suspension throws again", () => {
  const { story } = trace(function* (log) {
    const child = sleeper("child", function* () {
      yield* shield(sleep(7));
      log("shielded cleanup done");
      try {
        yield* sleep(7);
      } catch (error) {
        log(`unshielded: ${codeOf(error)}`);
      }
    });
    yield* yieldNow();
    yield* child.cancel();
    log("cancel returned");
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn child by main",
      "@0 wait main: its next turn",
      "@0 step child",
      "@0 wait child: sleep until 100",
      "@0 step main",
      "@0 cancel child",
      "@0 wait main: the end of cancelled child",
      "@0 step child",
      "@0 wait child: sleep until 7",
      "@7 step child",
      "@7 shielded cleanup done",
      "@7 unshielded: ERR_SOLO5_CANCELLED",
      "@7 end child: cancelled",
      "@7 step main",
      "@7 cancel returned",
      "@7 end main: ok",
      "run: ok",
    ]
  `);
});

test("a task cancelled before its first step never starts", () => {
  const { story } = trace(function* (log) {
    const child = spawn(
      function* () {
        log("unreachable");
      },
      { name: "child" },
    );
    yield* child.cancel();
    log((yield* child.result()).status);
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn child by main",
      "@0 cancel child",
      "@0 wait main: the end of cancelled child",
      "@0 step child",
      "@0 end child: cancelled",
      "@0 step main",
      "@0 cancelled",
      "@0 end main: ok",
      "run: ok",
    ]
  `);
});

test("the flag decides the outcome: what a cancelled task returns or throws is not its outcome", () => {
  const { story } = trace(function* (log) {
    const returns = spawn(
      function* () {
        try {
          yield* sleep(100);
        } catch {
          return "a value";
        }
        return "another";
      },
      { name: "returns" },
    );
    const fails = sleeper("fails", function* () {
      const cleanupFailed = new Error("cleanup failed");
      log("cleaning up");
      throw cleanupFailed;
    });
    yield* yieldNow();
    for (const task of [returns, fails]) {
      yield* task.cancel();
      const outcome = yield* task.result();
      log(
        outcome.status === "cancelled" && "suppressed" in outcome
          ? `cancelled, suppressed: ${codeOf(outcome.suppressed)}`
          : outcome.status,
      );
    }
    try {
      yield* returns;
    } catch (error) {
      log(codeOf(error));
    }
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn returns by main",
      "@0 spawn fails by main",
      "@0 wait main: its next turn",
      "@0 step returns",
      "@0 wait returns: sleep until 100",
      "@0 step fails",
      "@0 wait fails: sleep until 100",
      "@0 step main",
      "@0 cancel returns",
      "@0 wait main: the end of cancelled returns",
      "@0 step returns",
      "@0 end returns: cancelled",
      "@0 step main",
      "@0 cancelled",
      "@0 cancel fails",
      "@0 wait main: the end of cancelled fails",
      "@0 step fails",
      "@0 cleaning up",
      "@0 end fails: cancelled, suppressed cleanup failed",
      "@0 step main",
      "@0 cancelled, suppressed: cleanup failed",
      "@0 ERR_SOLO5_CANCELLED",
      "@0 end main: ok",
      "run: ok",
    ]
  `);
});

test("cleanup starts at the top and may still use its children; completion is bottom-up, newest first", () => {
  const { story } = trace(function* (log) {
    const parent = spawn(
      function* () {
        const served: number[] = [];
        const service = syscall<number>();
        const helper = spawn(
          function* () {
            served.push(yield* suspend(service, { what: "a request" }));
          },
          { name: "helper" },
        );
        for (const name of ["older", "newer"]) {
          sleeper(name, function* () {
            log(`${name} cleans up`);
          });
        }
        try {
          yield* sleep(100);
        } finally {
          signal(service, 1);
          yield* shield(helper);
          log(`parent used its helper ${served.length} time`);
        }
      },
      { name: "parent" },
    );
    yield* sleep(1);
    yield* parent.cancel();
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn parent by main",
      "@0 wait main: sleep until 1",
      "@0 step parent",
      "@0 spawn helper by parent",
      "@0 spawn older by parent",
      "@0 spawn newer by parent",
      "@0 wait parent: sleep until 100",
      "@0 step helper",
      "@0 wait helper: a request",
      "@0 step older",
      "@0 wait older: sleep until 100",
      "@0 step newer",
      "@0 wait newer: sleep until 100",
      "@1 step main",
      "@1 cancel parent",
      "@1 wait main: the end of cancelled parent",
      "@1 step parent",
      "@1 wait parent: the end of helper",
      "@1 step helper",
      "@1 end helper: ok",
      "@1 step parent",
      "@1 parent used its helper 1 time",
      "@1 cancel newer",
      "@1 cancel older",
      "@1 step newer",
      "@1 newer cleans up",
      "@1 end newer: cancelled",
      "@1 step older",
      "@1 older cleans up",
      "@1 end older: cancelled",
      "@1 end parent: cancelled",
      "@1 step main",
      "@1 end main: ok",
      "run: ok",
    ]
  `);
});

test("cancellation is a state: every suspension point throws, ready or not", () => {
  const entries = record(function* (log) {
    const served = syscall();
    signal(served);
    const child = spawn(function* () {
      const done = spawn(function* () {});
      yield* yieldNow();
      const points = {
        sleep: () => sleep(0),
        yieldNow,
        await: () => done,
        result: () => done.result(),
        suspend: () => suspend(served),
        "block operation": () => new FakeJob("j", () => log("performed!")),
      };
      try {
        yield* sleep(100);
      } catch {
        for (const [name, point] of Object.entries(points)) {
          try {
            yield* point();
            log(`${name} went on`);
          } catch (error) {
            log(`${name}: ${codeOf(error)}`);
          }
        }
      }
    });
    yield* sleep(1);
    yield* child.cancel();
  });
  expect(entries).toEqual([
    "sleep: ERR_SOLO5_CANCELLED",
    "yieldNow: ERR_SOLO5_CANCELLED",
    "await: ERR_SOLO5_CANCELLED",
    "result: ERR_SOLO5_CANCELLED",
    "suspend: ERR_SOLO5_CANCELLED",
    "block operation: ERR_SOLO5_CANCELLED",
    "end",
  ]);
});

test("a swallowed cancellation is free 16 times, then costs a round each, then ends the run", () => {
  let swallowed = 0;
  let turnsOfOthers = 0;
  const { error } = trace(function* () {
    const other = spawn(function* () {
      for (;;) {
        turnsOfOthers++;
        yield* yieldNow();
      }
    });
    const stubborn = spawn(
      function* () {
        for (;;) {
          try {
            yield* sleep(1);
          } catch {
            swallowed++;
          }
        }
      },
      { name: "stubborn" },
    );
    yield* yieldNow();
    const before = turnsOfOthers;
    try {
      yield* stubborn.cancel();
    } finally {
      turnsOfOthers -= before;
    }
    yield* other.cancel();
  });
  expect(codeOf(error)).toBe("ERR_SOLO5_CANCELLATION_IGNORED");
  expect((error as Error).message).toContain("stubborn");
  // 1,000 Cancelled; then the fatal error: when the run ends, in the rest of this step, and in unwinding.
  expect(swallowed).toBe(1000 + 1 + 1000 + 1000);
  expect(turnsOfOthers).toBe(1000 - 16);
});

test("a shield between swallowed cancellations does not hide that they are ignored", () => {
  for (const between of [() => shield(sleep(0)), () => shield(yieldNow())]) {
    expect(
      record(function* () {
        const stubborn = spawn(function* () {
          for (;;) {
            try {
              yield* sleep(1);
            } catch {
              yield* between();
            }
          }
        });
        yield* yieldNow();
        yield* stubborn.cancel();
      }),
    ).toEqual(["error: ERR_SOLO5_CANCELLATION_IGNORED"]);
  }
});

test("a canceller waits for all that it stops, even when it is cancelled itself meanwhile", () => {
  const { story } = trace(function* (log) {
    const canceller = spawn(
      function* () {
        const slow = sleeper("slow", function* () {
          yield* shield(sleep(10));
          log("slow stopped");
        });
        yield* yieldNow();
        yield* slow.cancel();
        log("canceller goes on to its next suspension");
        yield* yieldNow();
        log("unreachable");
      },
      { name: "canceller" },
    );
    yield* sleep(5);
    yield* canceller.cancel();
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn canceller by main",
      "@0 wait main: sleep until 5",
      "@0 step canceller",
      "@0 spawn slow by canceller",
      "@0 wait canceller: its next turn",
      "@0 step slow",
      "@0 wait slow: sleep until 100",
      "@0 step canceller",
      "@0 cancel slow",
      "@0 wait canceller: the end of cancelled slow",
      "@0 step slow",
      "@0 wait slow: sleep until 10",
      "@5 step main",
      "@5 cancel canceller",
      "@5 wait main: the end of cancelled canceller",
      "@10 step slow",
      "@10 slow stopped",
      "@10 end slow: cancelled",
      "@10 step canceller",
      "@10 canceller goes on to its next suspension",
      "@10 end canceller: cancelled",
      "@10 step main",
      "@10 end main: ok",
      "run: ok",
    ]
  `);
});

test("a task that was woken and cancelled before its step is stepped once, and throws", () => {
  const { story } = trace(function* (log) {
    const ticket = syscall<string>();
    const child = spawn(
      function* () {
        try {
          log(yield* suspend(ticket, { what: "the ticket" }));
        } catch (error) {
          log(codeOf(error));
          throw error;
        }
      },
      { name: "child" },
    );
    yield* yieldNow();
    signal(ticket, "unheard");
    yield* child.cancel();
    yield* sleep(1);
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn child by main",
      "@0 wait main: its next turn",
      "@0 step child",
      "@0 wait child: the ticket",
      "@0 step main",
      "@0 cancel child",
      "@0 wait main: the end of cancelled child",
      "@0 step child",
      "@0 ERR_SOLO5_CANCELLED",
      "@0 end child: cancelled",
      "@0 step main",
      "@0 wait main: sleep until 1",
      "@1 step main",
      "@1 end main: ok",
      "run: ok",
    ]
  `);
});

test("entries of the run queue that no longer count are skipped, however many there are", () => {
  const entries = record(function* (log) {
    const children: Task<void>[] = [];
    for (let i = 0; i < 500; i++) {
      children.push(
        spawn(function* () {
          for (;;) yield* yieldNow();
        }),
      );
    }
    yield* yieldNow();
    // All are queued. Each cancellation moves one to the front and leaves an entry behind.
    for (const child of children) yield* child.cancel();
    const late = spawn(function* () {
      log("late");
    });
    yield* late;
  });
  expect(entries).toEqual(["late", "end"]);
});

test("a cancelled suspension leaves nothing behind: no reader, sleeper, ticket or block operation", () => {
  const world = virtualWorld();
  const net = new FakeNet(world, 1);
  const performed: string[] = [];
  const entries = record(
    function* (log) {
      const ticket = syscall<number>();
      const undone: string[] = [];
      const waits = [
        () => net.read(),
        () => sleep(1000),
        () => suspend(ticket, { register: () => () => void undone.push("undone") }),
      ];
      const tasks = waits.map((wait) =>
        spawn(function* () {
          yield* wait();
        }),
      );
      yield* yieldNow();
      const writer = spawn(() => new FakeJob("w", () => performed.push("w")));
      for (const task of tasks) yield* task.cancel();
      yield* writer.cancel();
      log(`reader left: ${!net.input.isFree}`);
      log(`signal arrived: ${signal(ticket, 1)}, ${undone}`);
      log(`performed: ${performed.length}`);
      // Nothing is left that anyone could wait for.
      yield* suspend(syscall(), { what: "for ever" });
    },
    { solo5: world },
  );
  expect(entries).toEqual([
    "reader left: false",
    "signal arrived: false, undone",
    "performed: 0",
    "error: ERR_SOLO5_DEADLOCK",
  ]);
});

test("a block operation cancelled while queued is not done; done already, it can't be taken back", () => {
  const { story } = trace(function* (log) {
    const job = (name: string) =>
      spawn(
        function* () {
          yield* new FakeJob(name, () => log(`${name} done`));
          log(`${name} went on`);
          yield* yieldNow();
        },
        { name },
      );
    const a = job("a");
    const b = job("b");
    yield* yieldNow();
    // Ends the turn's steps, so that one block operation, the first, is done.
    yield* sleep(0);
    yield* a.cancel();
    yield* b.cancel();
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn a by main",
      "@0 spawn b by main",
      "@0 wait main: its next turn",
      "@0 step a",
      "@0 wait a: block operation a",
      "@0 step b",
      "@0 wait b: block operation b",
      "@0 step main",
      "@0 wait main: sleep until 0",
      "@0 a done",
      "@0 step main",
      "@0 cancel a",
      "@0 wait main: the end of cancelled a",
      "@0 step a",
      "@0 a went on",
      "@0 end a: cancelled",
      "@0 step main",
      "@0 cancel b",
      "@0 wait main: the end of cancelled b",
      "@0 step b",
      "@0 end b: cancelled",
      "@0 step main",
      "@0 end main: ok",
      "run: ok",
    ]
  `);
});

test("input that an interrupted reader was woken for goes to the next in line", () => {
  const world = virtualWorld();
  const net = new FakeNet(world, 1);
  world.deliver(1, 5, 65);
  const { story } = trace(
    function* (log) {
      // The poll at 5 wakes the reader, then its limit passes, before it has come back.
      const first = spawn(() => withTimeout(5, net.read()), { name: "first" });
      const second = spawn(() => net.read(), { name: "second" });
      const outcome = yield* first.result();
      log(outcome.status === "failed" ? codeOf(outcome.error) : outcome.status);
      log(`second got ${yield* second}`);
    },
    { solo5: world },
  );
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn first by main",
      "@0 spawn second by main",
      "@0 wait main: the outcome of first",
      "@0 step first",
      "@0 wait first: input of device 1",
      "@0 step second",
      "@0 wait second: input of device 1",
      "@5 step first",
      "@5 end first: failed ERR_SOLO5_TIMEOUT",
      "@5 step second",
      "@5 end second: ok 65",
      "@5 step main",
      "@5 ERR_SOLO5_TIMEOUT",
      "@5 second got 65",
      "@5 end main: ok",
      "run: ok",
    ]
  `);
});

test("a reader that comes while another was woken does not take what that one will find", () => {
  const world = virtualWorld();
  const net = new FakeNet(world, 1);
  world.deliver(1, 5, 65);
  world.deliver(1, 6, 66);
  const { story } = trace(
    function* (log) {
      const keen = spawn(
        function* () {
          try {
            yield* withTimeout(5, sleep(100));
          } catch {
            // The limit passes in the poll that wakes `patient`, and this task then runs before it.
            log("keen begins to read");
            log(`keen got ${yield* net.read()}`);
          }
        },
        { name: "keen" },
      );
      const patient = spawn(
        function* () {
          log(`patient got ${yield* net.read()}`);
        },
        { name: "patient" },
      );
      yield* patient;
      yield* keen;
    },
    { solo5: world },
  );
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn keen by main",
      "@0 spawn patient by main",
      "@0 wait main: the end of patient",
      "@0 step keen",
      "@0 wait keen: sleep until 100",
      "@0 step patient",
      "@0 wait patient: input of device 1",
      "@5 step keen",
      "@5 keen begins to read",
      "@5 wait keen: input of device 1",
      "@5 step patient",
      "@5 patient got 65",
      "@5 end patient: ok",
      "@5 step keen",
      "@5 wait keen: input of device 1",
      "@5 step main",
      "@5 wait main: the end of keen",
      "@6 step keen",
      "@6 keen got 66",
      "@6 end keen: ok",
      "@6 step main",
      "@6 end main: ok",
      "run: ok",
    ]
  `);
});

test("a reader that was woken in vain keeps its place in line", () => {
  const world = virtualWorld();
  const net = new FakeNet(world, 1);
  world.deliver(1, 5, 65);
  world.deliver(1, 6, 66);
  const entries = record(
    function* (log) {
      const tasks = ["first", "second"].map((name) =>
        spawn(function* () {
          log(`${name} got ${yield* net.read()}`);
        }),
      );
      yield* yieldNow();
      net.input.wakeFirst();
      for (const task of tasks) yield* task;
    },
    { solo5: world },
  );
  expect(entries).toEqual(["first got 65", "second got 66", "end"]);
});
