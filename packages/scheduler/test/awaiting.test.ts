// Rule 10: several tasks at once.
import { expect, test } from "vitest";
import {
  awaitAll,
  awaitOne,
  type Operation,
  race,
  shield,
  sleep,
  spawn,
  type Task,
  yieldNow,
} from "../src/index.ts";
import { after, failsAfter, sleeper } from "./tasks.ts";
import { codeOf, record, trace } from "./virtual-world.ts";

test("awaitAll gives all outcomes in the order of the list", () => {
  const { story } = trace(function* (log) {
    const outcomes = yield* awaitAll([
      after("slow", 9, "x"),
      failsAfter("bad", 3),
      after("b", 5, 7),
    ]);
    log(outcomes.map((outcome) => outcome.status).join());
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn slow by main",
      "@0 spawn bad by main",
      "@0 spawn b by main",
      "@0 wait main: the outcome of slow",
      "@0 step slow",
      "@0 wait slow: sleep until 9",
      "@0 step bad",
      "@0 wait bad: sleep until 3",
      "@0 step b",
      "@0 wait b: sleep until 5",
      "@3 step bad",
      "@3 end bad: failed bad failed",
      "@5 step b",
      "@5 end b: ok 7",
      "@9 step slow",
      "@9 end slow: ok x",
      "@9 step main",
      "@9 succeeded,failed,succeeded",
      "@9 end main: ok",
      "run: ok",
    ]
  `);
});

test("awaitAll of the same task twice gives its outcome at both places", () => {
  const entries = record(function* (log) {
    const task = after("t", 1, 5);
    const outcomes = yield* awaitAll([task, task]);
    log(JSON.stringify(outcomes));
  });
  expect(entries).toEqual([
    '[{"status":"succeeded","value":5},{"status":"succeeded","value":5}]',
    "end",
  ]);
});

test("awaitOne leaves the others awaitable, a hundred and one times", () => {
  const entries = record(function* (log) {
    let winners = "";
    for (let i = 0; i < 101; i++) {
      const quick = after("quick", i % 2 === 0 ? 1 : 2, "q");
      const slow = after("slow", i % 2 === 0 ? 2 : 1, "s");
      winners += yield* awaitOne([quick, slow]);
      yield* quick;
      yield* slow;
    }
    log(winners);
  });
  expect(entries).toEqual([`${"qs".repeat(50)}q`, "end"]);
});

test("the others of awaitOne must still be awaited", () => {
  expect(
    record(function* () {
      yield* awaitOne([after("a", 1, 1), after("b", 2, 2)]);
    }),
  ).toEqual(["error: ERR_SOLO5_STILL_HAS_CHILDREN"]);
});

test("race over two finished tasks returns either, by seed", () => {
  const winners = new Set<string>();
  const bySeed = (random: number) =>
    record(
      function* () {
        const a = spawn(function* () {
          return "a";
        });
        const b = spawn(function* () {
          return "b";
        });
        yield* yieldNow();
        return yield* race([a, b]);
      },
      { random },
    )[0] as string;
  for (let seed = 0; seed < 20; seed++) {
    winners.add(bySeed(seed));
    expect(bySeed(seed)).toBe(bySeed(seed));
  }
  expect([...winners].sort()).toEqual(["end: a", "end: b"]);
});

test("among tasks that have ended success goes before failure, failure before cancelled", () => {
  for (let random = 0; random < 10; random++) {
    const entries = record(
      function* (log) {
        const cancelled = after("cancelled", 1, "cancelled");
        const bad = failsAfter("bad", 0);
        const good = after("good", 0, "good");
        yield* cancelled.cancel();
        yield* sleep(1);
        log(yield* awaitOne([cancelled, bad, good]));
        for (const list of [[cancelled, bad], [cancelled]] as const) {
          try {
            yield* awaitOne(list);
          } catch (error) {
            log(codeOf(error));
          }
        }
      },
      { random },
    );
    expect(entries).toEqual(["good", "bad failed", "ERR_SOLO5_CANCELLED", "end"]);
  }
});

test("the first to end wins, also when a success comes in the same turn", () => {
  const { story } = trace(function* () {
    return yield* race([
      after("late", 6, "late"),
      failsAfter("first", 5),
      after("same", 5, "same"),
    ]);
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn late by main",
      "@0 spawn first by main",
      "@0 spawn same by main",
      "@0 wait main: the end of one of late, first, same",
      "@0 step late",
      "@0 wait late: sleep until 6",
      "@0 step first",
      "@0 wait first: sleep until 5",
      "@0 step same",
      "@0 wait same: sleep until 5",
      "@5 step first",
      "@5 end first: failed first failed",
      "@5 step same",
      "@5 end same: ok same",
      "@5 step main",
      "@5 cancel late",
      "@5 wait main: the end of cancelled late",
      "@5 step late",
      "@5 end late: cancelled",
      "@5 step main",
      "@5 cancel same",
      "@5 end main: failed first failed",
      "run: first failed",
    ]
  `);
});

test("race cancels the rest in the order of the list, each to its end, before it returns", () => {
  const { story } = trace(function* (log) {
    const slow = (name: string) =>
      sleeper(name, function* () {
        log(`${name} cleans up`);
      });
    log(String(yield* race([slow("x"), after("winner", 1, "won"), slow("y")])));
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn x by main",
      "@0 spawn winner by main",
      "@0 spawn y by main",
      "@0 wait main: the end of one of x, winner, y",
      "@0 step x",
      "@0 wait x: sleep until 100",
      "@0 step winner",
      "@0 wait winner: sleep until 1",
      "@0 step y",
      "@0 wait y: sleep until 100",
      "@1 step winner",
      "@1 end winner: ok won",
      "@1 step main",
      "@1 cancel x",
      "@1 wait main: the end of cancelled x",
      "@1 step x",
      "@1 x cleans up",
      "@1 end x: cancelled",
      "@1 step main",
      "@1 cancel y",
      "@1 wait main: the end of cancelled y",
      "@1 step y",
      "@1 y cleans up",
      "@1 end y: cancelled",
      "@1 step main",
      "@1 won",
      "@1 end main: ok",
      "run: ok",
    ]
  `);
});

test("a failed winner of a race throws after the rest has been cancelled", () => {
  const entries = record(function* (log) {
    const slow = spawn(function* () {
      try {
        yield* sleep(100);
      } finally {
        log("slow stopped");
      }
    });
    try {
      yield* race([slow, failsAfter("winner", 1)]);
    } catch (error) {
      log(codeOf(error));
    }
  });
  expect(entries).toEqual(["slow stopped", "winner failed", "end"]);
});

test("timeout by race: the task that is done at once wins", () => {
  const { story } = trace(function* () {
    return yield* race([after("limit", 10, "timeout"), after("immediate", 0, "done")]);
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn limit by main",
      "@0 spawn immediate by main",
      "@0 wait main: the end of one of limit, immediate",
      "@0 step limit",
      "@0 wait limit: sleep until 10",
      "@0 step immediate",
      "@0 wait immediate: sleep until 0",
      "@0 step immediate",
      "@0 end immediate: ok done",
      "@0 step main",
      "@0 cancel limit",
      "@0 wait main: the end of cancelled limit",
      "@0 step limit",
      "@0 end limit: cancelled",
      "@0 step main",
      "@0 end main: ok done",
      "run: ok",
    ]
  `);
});

test("the same task may be listed twice, in awaitOne and then in race", () => {
  const entries = record(function* (log) {
    const task = after("t", 1, "t");
    log(yield* awaitOne([task, task]));
    log(yield* race([task, task]));
  });
  expect(entries).toEqual(["t", "t", "end"]);
});

test("the end of a race is not interrupted: all are stopped, then the canceller gets its turn", () => {
  const { story } = trace(function* (log) {
    const loser = (name: string) =>
      sleeper(name, function* () {
        yield* shield(sleep(10));
        log(`${name} stopped`);
      });
    const racer = spawn(
      function* () {
        const value = yield* race([loser("x"), after("winner", 1, "won"), loser("y")]);
        log(`race gave ${value}`);
        yield* sleep(1);
        log("unreachable");
      },
      { name: "racer" },
    );
    yield* sleep(5);
    yield* racer.cancel();
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn racer by main",
      "@0 wait main: sleep until 5",
      "@0 step racer",
      "@0 spawn x by racer",
      "@0 spawn winner by racer",
      "@0 spawn y by racer",
      "@0 wait racer: the end of one of x, winner, y",
      "@0 step x",
      "@0 wait x: sleep until 100",
      "@0 step winner",
      "@0 wait winner: sleep until 1",
      "@0 step y",
      "@0 wait y: sleep until 100",
      "@1 step winner",
      "@1 end winner: ok won",
      "@1 step racer",
      "@1 cancel x",
      "@1 wait racer: the end of cancelled x",
      "@1 step x",
      "@1 wait x: sleep until 11",
      "@5 step main",
      "@5 cancel racer",
      "@5 wait main: the end of cancelled racer",
      "@11 step x",
      "@11 x stopped",
      "@11 end x: cancelled",
      "@11 step racer",
      "@11 cancel y",
      "@11 wait racer: the end of cancelled y",
      "@11 step y",
      "@11 wait y: sleep until 21",
      "@21 step y",
      "@21 y stopped",
      "@21 end y: cancelled",
      "@21 step racer",
      "@21 race gave won",
      "@21 end racer: cancelled",
      "@21 step main",
      "@21 end main: ok",
      "run: ok",
    ]
  `);
});

test("a task that was interrupted while it waited for one of several leaves no trace of the wait", () => {
  const entries = record(function* (log) {
    const waiter = spawn(function* () {
      const tasks = [after("a", 5, 1), after("b", 6, 2)];
      try {
        yield* awaitOne(tasks);
      } catch (error) {
        log(codeOf(error));
        throw error;
      }
    });
    yield* sleep(1);
    yield* waiter.cancel();
    yield* sleep(20);
  });
  expect(entries).toEqual(["ERR_SOLO5_CANCELLED", "end"]);
});

const verbs: Record<string, (tasks: readonly Task<unknown>[]) => Operation<unknown>> = {
  awaitAll,
  awaitOne,
  race,
};

for (const [verb, operation] of Object.entries(verbs)) {
  test(`${verb} refuses an empty list, what is no list and what is no task, when called`, () => {
    const entries = record(function* (log) {
      for (const wrong of [[], new Set(), 5, [sleep(1)], [undefined]]) {
        try {
          operation(wrong as never);
        } catch (error) {
          log(codeOf(error));
        }
      }
    });
    expect(entries).toEqual([...Array(5).fill("ERR_SOLO5_INVALID_ARGUMENT"), "end"]);
  });

  test(`${verb} refuses a task of somebody else before it waits or cancels`, () => {
    const entries = record(function* (log) {
      const foreign = after("foreign", 1, 1);
      const child = spawn(function* () {
        const own = after("own", 5, 2);
        try {
          yield* operation([own, foreign]);
        } catch (error) {
          log(codeOf(error));
        }
        log(String(yield* own));
      });
      yield* child;
      log(String(yield* foreign));
    });
    expect(entries).toEqual(["ERR_SOLO5_NOT_A_CHILD", "2", "1", "end"]);
  });

  test(`${verb} is a value: done later, and again, whatever happened to the list`, () => {
    const entries = record(function* (log) {
      const list: Task<unknown>[] = [after("a", 1, "a")];
      const all = operation(list);
      list.length = 0;
      for (let i = 0; i < 2; i++) log(JSON.stringify(yield* all));
    });
    const expected = verb === "awaitAll" ? '[{"status":"succeeded","value":"a"}]' : '"a"';
    expect(entries).toEqual([expected, expected, "end"]);
  });
}
