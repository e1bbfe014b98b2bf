// Rule 26: the bridge from promises.
import { expect, test } from "vitest";
import {
  type Operation,
  type RunOptions,
  run,
  runSync,
  sleep,
  spawn,
  until,
  yieldNow,
} from "../src/index.ts";
import { eventLoopWorld } from "./event-loop-world.ts";
import { codeOf, virtualWorld } from "./virtual-world.ts";

const go = <T>(main: () => Operation<T>, options: RunOptions = {}): Promise<T> =>
  run([], main, { solo5: eventLoopWorld(), ...options });

const later = <T>(value: T, ms = 2): Promise<T> =>
  new Promise((resolve) => setTimeout(() => resolve(value), ms));

test("until gives a promise's value and throws its reason", async () => {
  const reason = new Error("rejected");
  await go(function* () {
    expect(yield* until(later(5))).toBe(5);
    expect(yield* until(Promise.resolve("at once"))).toBe("at once");
    expect(yield* until(async () => "from a function")).toBe("from a function");
    try {
      yield* until(Promise.reject(reason));
    } catch (error) {
      expect(error).toBe(reason);
      return;
    }
    throw new Error("did not throw");
  });
});

test("until suspends, even for a promise that is settled", async () => {
  const log: string[] = [];
  await go(function* () {
    const child = spawn(function* () {
      log.push("child");
    });
    yield* until(Promise.resolve());
    log.push("main");
    yield* child;
  });
  expect(log).toEqual(["child", "main"]);
});

test("cancelling the wait fires the function's signal; a promise that settles later is ignored", async () => {
  const log: string[] = [];
  await go(function* () {
    const child = spawn(function* () {
      try {
        yield* until((signal) => {
          signal.addEventListener("abort", () => log.push("aborted"));
          return later("too late", 20);
        });
      } finally {
        log.push("finally");
      }
    });
    yield* sleep(2e6);
    yield* child.cancel();
    log.push("cancelled");
    yield* until(later(null, 40));
  });
  expect(log).toEqual(["aborted", "finally", "cancelled"]);
});

test("the function is not called before the wait begins, nor for a cancelled task", async () => {
  let calls = 0;
  await go(function* () {
    const operation = until(async () => void calls++);
    expect(calls).toBe(0);
    const child = spawn(() => operation);
    yield* child.cancel();
    expect(calls).toBe(0);
    yield* operation;
    yield* operation;
    expect(calls).toBe(2);
  });
});

test("a task whose promise has settled, cancelled before its step, is cancelled", async () => {
  const log: string[] = [];
  await go(function* () {
    const promise = later("value");
    const child = spawn(function* () {
      try {
        log.push(yield* until(promise));
      } catch (error) {
        log.push(codeOf(error));
        throw error;
      }
    });
    // This task waits first, so it is woken first, in the same round of promises.
    yield* until(promise);
    yield* child.cancel();
    log.push((yield* child.result()).status);
  });
  expect(log).toEqual(["ERR_SOLO5_CANCELLED", "cancelled"]);
});

test("a promise that settles between turns wakes a run that waits for a timer meanwhile", async () => {
  const before = performance.now();
  await go(function* () {
    const long = spawn(() => sleep(60e9));
    yield* until(later(null, 5));
    yield* long.cancel();
  });
  expect(performance.now() - before).toBeLessThan(30_000);
});

test("one until is shared by tasks and done again", async () => {
  const shared = until(later(7));
  const sum = await go(function* () {
    const a = spawn(() => shared);
    const b = spawn(() => shared);
    return (yield* a) + (yield* b) + (yield* shared);
  });
  expect(sum).toBe(21);
});

test("a thenable that settles or throws at once is a promise too", async () => {
  const settles = {
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    then: (resolve: (value: number) => void) => resolve(5),
  };
  const throws = {
    // biome-ignore lint/suspicious/noThenProperty: that is what is tested
    then: () => {
      throw new Error("then failed");
    },
  };
  await go(function* () {
    expect(yield* until(settles as PromiseLike<number>)).toBe(5);
    try {
      yield* until(throws as never);
    } catch (error) {
      expect(codeOf(error)).toBe("then failed");
      return;
    }
    throw new Error("did not throw");
  });
});

test("what is no promise is refused when called, what returns none when done", async () => {
  expect(() => until(5 as never)).toThrow(
    expect.objectContaining({ code: "ERR_SOLO5_INVALID_ARGUMENT" }),
  );
  const none = until((() => 5) as never);
  const throwing = until(() => {
    throw new Error("no promise at all");
  });
  await go(function* () {
    const codes: string[] = [];
    for (const operation of [none, throwing, none]) {
      try {
        yield* operation;
      } catch (error) {
        codes.push(codeOf(error));
      }
    }
    expect(codes).toEqual([
      "ERR_SOLO5_INVALID_ARGUMENT",
      "no promise at all",
      "ERR_SOLO5_INVALID_ARGUMENT",
    ]);
  });
});

test("under runSync and in virtual time until is refused, where it stands", async () => {
  const main = function* () {
    try {
      yield* until(Promise.resolve());
    } catch (error) {
      return codeOf(error);
    }
    return "went on";
  };
  expect(runSync([], main, { solo5: eventLoopWorld() })).toBe("ERR_SOLO5_PROMISE_IN_SYNC");
  expect(runSync([], main, { solo5: virtualWorld() })).toBe("ERR_SOLO5_PROMISE_IN_SYNC");
  expect(await run([], main, { solo5: virtualWorld() })).toBe("ERR_SOLO5_PROMISE_IN_SYNC");
});

test("a promise that settles after its run has ended disturbs nobody", async () => {
  let settle: () => void = () => {};
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const world = eventLoopWorld();
  await expect(
    run(
      [],
      function* () {
        spawn(() => until(promise));
        yield* yieldNow();
      },
      { solo5: world },
    ),
  ).rejects.toMatchObject({ code: "ERR_SOLO5_STILL_HAS_CHILDREN" });
  settle();
  await later(null, 5);
  await run([], function* () {}, { solo5: world });
});

test("a promise of a wait that was cancelled does not end a later wait of the same operation", async () => {
  const settle: ((value: string) => void)[] = [];
  const operation = until(() => new Promise<string>((resolve) => settle.push(resolve)));
  const value = await go(function* () {
    const first = spawn(() => operation);
    yield* yieldNow();
    yield* first.cancel();
    const second = spawn(() => operation);
    yield* yieldNow();
    settle[0]?.("of the first wait");
    yield* sleep(5e6);
    settle[1]?.("of the second wait");
    return yield* second;
  });
  expect(value).toBe("of the second wait");
});
