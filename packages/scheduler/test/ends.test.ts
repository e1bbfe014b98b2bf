// Rules 19 to 21: how a run ends before its time.
import { expect, test } from "vitest";
import {
  closeAtEnd,
  type Operation,
  own,
  runSync,
  SchedulerError,
  type Suspended,
  shield,
  sleep,
  spawn,
  suspend,
  syscall,
  withTimeout,
  yieldNow,
} from "../src/index.ts";
import { FakeNet } from "./fake-devices.ts";
import { sleeper } from "./tasks.ts";
import { codeOf, record, trace, virtualWorld } from "./virtual-world.ts";

test("a deadlock is found and reported: who waits, and for what", () => {
  const { story, error } = trace(function* () {
    const a = spawn(
      function* () {
        const b = spawn(() => suspend(syscall(), { what: "a reply" }), { name: "b" });
        yield* sleep(5);
        yield* b;
      },
      { name: "a" },
    );
    yield* a;
  });
  expect(story.at(-1)).toBe("run: ERR_SOLO5_DEADLOCK");
  expect((error as Error).message).toMatchInlineSnapshot(`
    "deadlock: every task waits and nothing can wake one
      root (#0) waits for the outcome of main
        main (#1) waits for the end of a
          a (#2) waits for the end of b
            b (#3) waits for a reply"
  `);
});

test("the report on a deadlock of many tasks, or of a deep tree, stays readable", () => {
  const many = trace(function* () {
    for (let i = 0; i < 5000; i++) spawn(() => suspend(syscall(), { what: "nothing" }));
    yield* suspend(syscall());
  });
  expect((many.error as Error).message.split("\n").length).toBe(102);
  expect((many.error as Error).message).toContain("and 4902 more");
  const descend = (depth: number): (() => Operation<void>) =>
    function* () {
      yield* depth === 0 ? suspend(syscall()) : spawn(descend(depth - 1));
    };
  const deep = trace(descend(5000));
  expect(codeOf(deep.error)).toBe("ERR_SOLO5_DEADLOCK");
  expect((deep.error as Error).message.length).toBeLessThan(10_000);
});

test("a sleeper, a reader or a block operation is no deadlock, whatever else waits", () => {
  const world = virtualWorld();
  const net = new FakeNet(world, 1);
  world.deliver(1, 50, 65);
  const entries = record(
    function* (log) {
      const stuck = spawn(() => suspend(syscall()));
      yield* sleep(10);
      log("slept");
      log(`read ${yield* net.read()}`);
      yield* stuck.cancel();
    },
    { solo5: world },
  );
  expect(entries).toEqual(["slept", "read 65", "end"]);
});

test("a signal that only the outside could give is refused where nothing outside goes on", () => {
  const { error } = trace(function* () {
    yield* suspend(syscall(), { external: true });
  });
  expect(codeOf(error)).toBe("ERR_SOLO5_PROMISE_IN_SYNC");
});

test("an unawaited child stuck in a suspension does not hold up the end of the run", () => {
  const { story } = trace(function* (log) {
    spawn(
      function* () {
        try {
          yield* suspend(syscall(), { what: "for ever" });
        } finally {
          log("unwound");
        }
      },
      { name: "stuck" },
    );
    yield* yieldNow();
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn stuck by main",
      "@0 wait main: its next turn",
      "@0 step stuck",
      "@0 wait stuck: for ever",
      "@0 step main",
      "@0 unwound",
      "run: ERR_SOLO5_STILL_HAS_CHILDREN",
    ]
  `);
});

test("an aborted run unwinds top down, newest child first; nothing can wait; then finalisers, then devices", () => {
  const { story } = trace(function* (log) {
    closeAtEnd(() => log("first device closed"));
    closeAtEnd(() => log("second device closed"));
    function* stubborn(name: string): Generator<Suspended, void, void> {
      own({}, () => log(`${name} finalised`));
      try {
        yield* sleep(100);
      } catch (error) {
        log(`${name} caught ${codeOf(error)}`);
        for (const [what, wait] of Object.entries({
          plain: sleep(1),
          shielded: shield(sleep(1)),
          limited: withTimeout(5, sleep(1)),
          "a child": spawn(() => sleep(1)),
          "its cancel": spawn(() => sleep(1)).cancel(),
        })) {
          try {
            yield* wait;
            log(`${name} waited`);
          } catch (again) {
            log(`${name} ${what}: ${codeOf(again)}`);
          }
        }
        throw new Error(`${name} threw`);
      } finally {
        log(`${name} finally`);
      }
    }
    const family = (name: string) =>
      spawn(
        function* () {
          spawn(() => stubborn(`${name}'s older`), { name: `${name}'s older` });
          spawn(() => stubborn(`${name}'s newer`), { name: `${name}'s newer` });
          yield* stubborn(name);
        },
        { name },
      );
    family("a");
    family("b");
    yield* sleep(1);
  });
  expect(story.slice(story.indexOf("@1 step main"))).toMatchInlineSnapshot(`
    [
      "@1 step main",
      "@1 b caught ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 spawn #8 by b",
      "@1 spawn #9 by b",
      "@1 b plain: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b shielded: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b limited: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b a child: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b its cancel: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b finally",
      "@1 suppressed in b: b threw",
      "@1 b's newer caught ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 spawn #10 by b's newer",
      "@1 spawn #11 by b's newer",
      "@1 b's newer plain: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b's newer shielded: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b's newer limited: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b's newer a child: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b's newer its cancel: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b's newer finally",
      "@1 suppressed in b's newer: b's newer threw",
      "@1 b's older caught ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 spawn #12 by b's older",
      "@1 spawn #13 by b's older",
      "@1 b's older plain: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b's older shielded: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b's older limited: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b's older a child: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b's older its cancel: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 b's older finally",
      "@1 suppressed in b's older: b's older threw",
      "@1 a caught ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 spawn #14 by a",
      "@1 spawn #15 by a",
      "@1 a plain: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a shielded: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a limited: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a a child: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a its cancel: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a finally",
      "@1 suppressed in a: a threw",
      "@1 a's newer caught ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 spawn #16 by a's newer",
      "@1 spawn #17 by a's newer",
      "@1 a's newer plain: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a's newer shielded: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a's newer limited: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a's newer a child: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a's newer its cancel: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a's newer finally",
      "@1 suppressed in a's newer: a's newer threw",
      "@1 a's older caught ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 spawn #18 by a's older",
      "@1 spawn #19 by a's older",
      "@1 a's older plain: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a's older shielded: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a's older limited: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a's older a child: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a's older its cancel: ERR_SOLO5_STILL_HAS_CHILDREN",
      "@1 a's older finally",
      "@1 suppressed in a's older: a's older threw",
      "@1 b finalised",
      "@1 b's newer finalised",
      "@1 b's older finalised",
      "@1 a finalised",
      "@1 a's newer finalised",
      "@1 a's older finalised",
      "@1 second device closed",
      "@1 first device closed",
      "run: ERR_SOLO5_STILL_HAS_CHILDREN",
    ]
  `);
});

test("a task that swallows even the fatal error for ever is left where it stands", () => {
  const { error } = trace(function* () {
    spawn(function* () {
      for (;;) {
        try {
          yield* sleep(1);
        } catch {
          // Goes on for ever.
        }
      }
    });
    yield* yieldNow();
  });
  expect(codeOf(error)).toBe("ERR_SOLO5_STILL_HAS_CHILDREN");
});

test("a fatal end while a canceller waits reaches the canceller too", () => {
  const { story } = trace(function* (log) {
    const slow = sleeper("slow", function* () {
      yield* shield(sleep(10));
      log("unreachable");
    });
    spawn(
      function* () {
        yield* sleep(3);
        spawn(() => sleep(1), { name: "forgotten" });
      },
      { name: "forgetful" },
    );
    yield* sleep(1);
    try {
      yield* slow.cancel();
    } catch (error) {
      log(`canceller: ${codeOf(error)}`);
      yield* slow.cancel();
    }
  });
  expect(story.slice(-4)).toMatchInlineSnapshot(`
    [
      "@3 step forgetful",
      "@3 spawn forgotten by forgetful",
      "@3 canceller: ERR_SOLO5_STILL_HAS_CHILDREN",
      "run: ERR_SOLO5_STILL_HAS_CHILDREN",
    ]
  `);
});

test("when main throws, its children are cancelled, shielded cleanup is awaited, and the run rejects with that error", () => {
  const { story } = trace(function* (log) {
    sleeper("child", function* () {
      yield* shield(sleep(7));
      log("cleaned up");
    });
    yield* sleep(1);
    throw new Error("main failed");
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn child by main",
      "@0 wait main: sleep until 1",
      "@0 step child",
      "@0 wait child: sleep until 100",
      "@1 step main",
      "@1 cancel child",
      "@1 step child",
      "@1 wait child: sleep until 8",
      "@8 step child",
      "@8 cleaned up",
      "@8 end child: cancelled",
      "@8 end main: failed main failed",
      "run: main failed",
    ]
  `);
});

test("a tree 5,000 tasks deep is unwound without running out of stack, every finally once", () => {
  let finallyCount = 0;
  const descend = (depth: number): (() => Operation<void>) =>
    function* () {
      try {
        if (depth === 0) spawn(() => sleep(1));
        else yield* spawn(descend(depth - 1));
      } finally {
        finallyCount++;
      }
    };
  expect(codeOf(trace(descend(5000)).error)).toBe("ERR_SOLO5_STILL_HAS_CHILDREN");
  expect(finallyCount).toBe(5001);
});

test("a broken invariant ends the run, though a task catches it", () => {
  const main = function* (): Generator<Suspended, string, void> {
    const child = spawn(function* () {
      throw new SchedulerError("ERR_SOLO5_INVARIANT", "as devices throw it");
    });
    yield* child.result();
    return "unreachable";
  };
  expect(() => runSync([], main, { solo5: virtualWorld() })).toThrow("as devices throw it");
});
