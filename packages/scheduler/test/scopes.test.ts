// Rule 17: shield and withTimeout, alone and inside each other.
import { expect, test } from "vitest";
import {
  type Operation,
  type Suspended,
  shield,
  sleep,
  spawn,
  suspend,
  syscall,
  withTimeout,
  yieldNow,
} from "../src/index.ts";
import { sleeper } from "./tasks.ts";
import { codeOf, record, trace, virtualWorld } from "./virtual-world.ts";

function* attempt(
  log: (entry: string) => void,
  what: string,
  operation: Operation<unknown>,
): Generator<Suspended, void, void> {
  try {
    yield* operation;
    log(`${what}: went on`);
  } catch (error) {
    log(`${what}: ${codeOf(error)}`);
  }
}

test("withTimeout gives the value of an operation that ends in time, and leaves no timer", () => {
  const { story } = trace(function* () {
    const value = yield* withTimeout(
      10,
      (function* () {
        yield* sleep(5);
        return "in time";
      })(),
    );
    yield* sleep(100);
    return value;
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 wait main: sleep until 5",
      "@5 step main",
      "@5 wait main: sleep until 105",
      "@105 step main",
      "@105 end main: ok in time",
      "run: ok",
    ]
  `);
});

test("withTimeout fails when the time is over, whatever the operation makes of it", () => {
  const entries = record(function* (log) {
    yield* attempt(log, "sleeping", withTimeout(5, sleep(10)));
    yield* attempt(log, "exactly", withTimeout(5, sleep(5)));
    function* swallows() {
      try {
        yield* sleep(10);
      } catch {
        return "swallowed";
      }
      return "unreachable";
    }
    yield* attempt(log, "swallowing", withTimeout(5, swallows()));
    function* fails() {
      try {
        yield* sleep(10);
      } finally {
        yield* attempt(log, "later suspension", yieldNow());
      }
    }
    yield* attempt(log, "cleaning up", withTimeout(5, fails()));
    function* throwsItsOwn() {
      try {
        yield* sleep(10);
      } catch {
        throw new Error("its own");
      }
    }
    yield* attempt(log, "throwing", withTimeout(5, throwsItsOwn()));
    yield* attempt(log, "zero", withTimeout(0, sleep(0)));
    yield* attempt(log, "negative", withTimeout(-5, sleep(1)));
    yield* attempt(log, "for ever", withTimeout(Infinity, sleep(1)));
  });
  expect(entries).toEqual([
    "sleeping: ERR_SOLO5_TIMEOUT",
    // The limit's timer is the older of the two.
    "exactly: ERR_SOLO5_TIMEOUT",
    "swallowing: ERR_SOLO5_TIMEOUT",
    "later suspension: ERR_SOLO5_TIMEOUT",
    "cleaning up: ERR_SOLO5_TIMEOUT",
    "throwing: its own",
    "zero: ERR_SOLO5_TIMEOUT",
    "negative: ERR_SOLO5_TIMEOUT",
    "for ever: went on",
    "end",
  ]);
});

test("an operation that comes to no suspension point after its time is over gives its value", () => {
  const { value } = trace(function* () {
    const ticket = syscall<string>();
    const child = spawn(function* () {
      yield* sleep(4);
    });
    function* unhurried() {
      yield* shield(sleep(20));
      return "late, but done";
    }
    const value = yield* withTimeout(5, unhurried());
    yield* child;
    expect(ticket.uid).toBeGreaterThan(0);
    return value;
  });
  expect(value).toBe("late, but done");
});

test("withTimeout runs in the calling task: it may await that task's child", () => {
  const { story } = trace(function* (log) {
    const child = spawn(() => sleep(100), { name: "child" });
    try {
      yield* withTimeout(5, child);
    } catch (error) {
      log(codeOf(error));
    }
    yield* child.cancel();
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn child by main",
      "@0 wait main: the end of child",
      "@0 step child",
      "@0 wait child: sleep until 100",
      "@5 step main",
      "@5 ERR_SOLO5_TIMEOUT",
      "@5 cancel child",
      "@5 wait main: the end of cancelled child",
      "@5 step child",
      "@5 end child: cancelled",
      "@5 step main",
      "@5 end main: ok",
      "run: ok",
    ]
  `);
});

test("of nested limits that are over, the outermost is thrown", () => {
  const entries = record(function* (log) {
    function* inner() {
      try {
        yield* withTimeout(5, sleep(100));
      } catch (error) {
        log(`inner: ${codeOf(error)}, ${(error as Error).message.includes("5 ns")}`);
      }
      yield* sleep(100);
    }
    try {
      yield* withTimeout(50, inner());
    } catch (error) {
      log(`outer: ${(error as Error).message.includes("50 ns")}`);
    }
    function* bothOver() {
      yield* shield(sleep(20));
      yield* yieldNow();
    }
    function* both() {
      try {
        yield* withTimeout(7, withTimeout(3, bothOver()));
      } catch (error) {
        log(`both: ${(error as Error).message.includes(" 7 ns")}`);
      }
    }
    yield* both();
    yield* sleep(1);
  });
  expect(entries).toEqual(["inner: ERR_SOLO5_TIMEOUT, true", "outer: true", "both: true", "end"]);
});

test("a cancelled task inside withTimeout is cancelled, not timed out", () => {
  const entries = record(function* (log) {
    const child = spawn(function* () {
      try {
        yield* attempt(log, "inside", withTimeout(5, sleep(100)));
      } finally {
        yield* attempt(log, "after", yieldNow());
      }
    });
    yield* sleep(1);
    yield* child.cancel();
  });
  expect(entries).toEqual(["inside: ERR_SOLO5_CANCELLED", "after: ERR_SOLO5_CANCELLED", "end"]);
});

test("a limit inside the shield of a cancelled task works; the cancellation waits outside", () => {
  const { story } = trace(function* (log) {
    const child = sleeper("child", function* () {
      yield* attempt(log, "cleanup", shield(withTimeout(5, sleep(50))));
      yield* attempt(log, "quick cleanup", shield(withTimeout(50, sleep(5))));
      yield* attempt(log, "unshielded", sleep(1));
    });
    yield* sleep(1);
    yield* child.cancel();
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
      "@1 wait main: the end of cancelled child",
      "@1 step child",
      "@1 wait child: sleep until 51",
      "@6 step child",
      "@6 cleanup: ERR_SOLO5_TIMEOUT",
      "@6 wait child: sleep until 11",
      "@11 step child",
      "@11 quick cleanup: went on",
      "@11 unshielded: ERR_SOLO5_CANCELLED",
      "@11 end child: cancelled",
      "@11 step main",
      "@11 end main: ok",
      "run: ok",
    ]
  `);
});

test("a shield inside a limit holds the limit back, one outside does not", () => {
  const entries = record(function* (log) {
    function* shielded() {
      yield* shield(sleep(20));
      log("shielded part done");
      yield* yieldNow();
      log("unreachable");
    }
    yield* attempt(log, "shield inside", withTimeout(5, shielded()));
    yield* attempt(log, "shield outside", shield(withTimeout(5, sleep(20))));
  });
  expect(entries).toEqual([
    "shielded part done",
    "shield inside: ERR_SOLO5_TIMEOUT",
    "shield outside: ERR_SOLO5_TIMEOUT",
    "end",
  ]);
});

test("a limit that is over is over once: the task goes on afterwards", () => {
  const { story } = trace(function* (log) {
    for (let i = 0; i < 3; i++) yield* attempt(log, `try ${i}`, withTimeout(5, sleep(100)));
    yield* sleep(1);
  });
  expect(story.filter((line) => !line.includes("step"))).toEqual([
    "@0 wait main: sleep until 100",
    "@5 try 0: ERR_SOLO5_TIMEOUT",
    "@5 wait main: sleep until 105",
    "@10 try 1: ERR_SOLO5_TIMEOUT",
    "@10 wait main: sleep until 110",
    "@15 try 2: ERR_SOLO5_TIMEOUT",
    "@15 wait main: sleep until 16",
    "@16 end main: ok",
    "run: ok",
  ]);
});

test("an endless limit hides no deadlock", () => {
  expect(
    record(function* () {
      yield* withTimeout(Infinity, suspend(syscall()));
    }),
  ).toEqual(["error: ERR_SOLO5_DEADLOCK"]);
});

test("durations are checked when the operation is made", () => {
  for (const wrong of [Number.NaN, "5", undefined, 5n]) {
    for (const make of [() => withTimeout(wrong as never, sleep(1)), () => sleep(wrong as never)]) {
      expect(make).toThrow(expect.objectContaining({ code: "ERR_SOLO5_INVALID_ARGUMENT" }));
    }
  }
});

test("a limit that was not reached is no reason to wait: a deadlock after it is found at once", () => {
  const solo5 = virtualWorld();
  const { error } = trace(
    function* () {
      yield* withTimeout(1000, sleep(5));
      yield* suspend(syscall());
    },
    { solo5 },
  );
  expect(codeOf(error)).toBe("ERR_SOLO5_DEADLOCK");
  expect(solo5.clockMonotonic()).toBe(5);
});
