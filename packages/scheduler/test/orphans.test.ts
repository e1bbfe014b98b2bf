// Rule 11: background children, collected when they happen to have ended.
import { expect, test } from "vitest";
import { clockMonotonic, type Orphans, orphans, sleep, spawn, yieldNow } from "../src/index.ts";
import { codeOf, record, trace } from "./virtual-world.ts";

test("take drains 42 sleeping orphans, which are cancelled one by one", () => {
  const { story, error } = trace(function* (log) {
    const background = orphans<void>();
    for (let i = 0; i < 42; i++) spawn(() => sleep(1000), { orphans: background });
    yield* yieldNow();
    let count = 0;
    for (let task = background.take(); task !== null; task = background.take()) {
      yield* task.cancel();
      count++;
    }
    log(`${count} cancelled, ${background.length} left`);
  });
  expect(error).toBeUndefined();
  expect(story.filter((line) => line.includes("end #")).length).toBe(42);
  expect(story.filter((line) => line.includes("cancelled #")).length).toBe(42);
  expect(story.slice(-3)).toEqual(["@0 42 cancelled, 0 left", "@0 end main: ok", "run: ok"]);
});

test("get: none when empty; two successes and a failure as they end; the length goes from 3 to 0", () => {
  const { story } = trace(function* (log) {
    const background = orphans<number>();
    log(`get when empty: ${yield* background.get()}`);
    for (const ns of [3, 1, 2]) {
      spawn(
        function* () {
          yield* sleep(ns);
          if (ns === 2) throw new Error("two failed");
          return ns;
        },
        { orphans: background, name: `after ${ns}` },
      );
    }
    for (;;) {
      const length = background.length;
      const task = yield* background.get();
      if (task === null) break;
      const outcome = yield* task.result();
      log(`${length} left: ${task.name} ${outcome.status}`);
    }
    log(`${background.length} left`);
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 get when empty: null",
      "@0 spawn after 3 by main",
      "@0 spawn after 1 by main",
      "@0 spawn after 2 by main",
      "@0 wait main: an orphan to end",
      "@0 step after 3",
      "@0 wait after 3: sleep until 3",
      "@0 step after 1",
      "@0 wait after 1: sleep until 1",
      "@0 step after 2",
      "@0 wait after 2: sleep until 2",
      "@1 step after 1",
      "@1 end after 1: ok 1",
      "@1 step main",
      "@1 3 left: after 1 succeeded",
      "@1 wait main: an orphan to end",
      "@2 step after 2",
      "@2 end after 2: failed two failed",
      "@2 step main",
      "@2 2 left: after 2 failed",
      "@2 wait main: an orphan to end",
      "@3 step after 3",
      "@3 end after 3: ok 3",
      "@3 step main",
      "@3 1 left: after 3 succeeded",
      "@3 0 left",
      "@3 end main: ok",
      "run: ok",
    ]
  `);
});

test("care gives what has ended, the earliest first, and never waits", () => {
  const entries = record(function* (log) {
    const background = orphans<string>();
    const report = function* () {
      const task = background.care();
      log(task === null ? "none" : yield* task);
    };
    yield* report();
    for (const ns of [2, 1, 9]) {
      spawn(
        function* () {
          yield* sleep(ns);
          return `after ${ns}`;
        },
        { orphans: background },
      );
    }
    yield* report();
    yield* sleep(5);
    yield* report();
    yield* report();
    yield* report();
    log(`${background.length} left`);
    const last = background.take();
    log(last === null ? "none" : yield* last);
  });
  expect(entries).toEqual([
    "none",
    "none",
    "after 1",
    "after 2",
    "none",
    "1 left",
    "after 9",
    "end",
  ]);
});

test("orphans used by a task that is not their owner are refused", () => {
  const entries = record(function* (log) {
    const background = orphans<void>();
    background.care();
    const stored = background.get();
    const uses: Record<string, (list: Orphans<void>) => unknown> = {
      care: (list) => list.care(),
      take: (list) => list.take(),
      get: (list) => list.get(),
      length: (list) => list.length,
      spawn: (list) => spawn(() => sleep(1), { orphans: list }),
    };
    const stranger = spawn(function* () {
      for (const [name, use] of Object.entries(uses)) {
        try {
          use(background);
          log(`${name} allowed`);
        } catch (error) {
          log(`${name}: ${codeOf(error)}`);
        }
      }
      try {
        yield* stored;
        log("a stored get allowed");
      } catch (error) {
        log(`a stored get: ${codeOf(error)}`);
      }
    });
    // A refused spawn has made no child, or this would end the run.
    yield* stranger;
  });
  expect(entries).toEqual([
    "care: ERR_SOLO5_NOT_OWNER",
    "take: ERR_SOLO5_NOT_OWNER",
    "get: ERR_SOLO5_NOT_OWNER",
    "length: ERR_SOLO5_NOT_OWNER",
    "spawn: ERR_SOLO5_NOT_OWNER",
    "a stored get: ERR_SOLO5_NOT_OWNER",
    "end",
  ]);
});

test("spawn refuses what is no collector before the child exists", () => {
  const entries = record(function* (log) {
    try {
      spawn(() => sleep(1), { orphans: {} as never });
    } catch (error) {
      log(codeOf(error));
    }
    yield* yieldNow();
  });
  expect(entries).toEqual(["ERR_SOLO5_INVALID_ARGUMENT", "end"]);
});

test("orphans still count as children until they are collected", () => {
  expect(
    record(function* () {
      const background = orphans();
      spawn(function* () {}, { orphans: background });
      yield* sleep(1);
    }),
  ).toEqual(["error: ERR_SOLO5_STILL_HAS_CHILDREN"]);
});

test("what take gave must be awaited or cancelled", () => {
  expect(
    record(function* () {
      const background = orphans();
      spawn(function* () {}, { orphans: background });
      yield* sleep(1);
      background.take();
    }),
  ).toEqual(["error: ERR_SOLO5_STILL_HAS_CHILDREN"]);
});

test("an orphan that is awaited directly leaves its collector", () => {
  const entries = record(function* (log) {
    const background = orphans<number>();
    const task = spawn(
      function* () {
        return 5;
      },
      { orphans: background },
    );
    log(`${yield* task}, ${background.length} left, ${background.care()}`);
  });
  expect(entries).toEqual(["5, 0 left, null", "end"]);
});

test("cancelling a task that waits in get cancels its orphans", () => {
  const { story } = trace(function* () {
    const owner = spawn(
      function* () {
        const background = orphans<void>();
        spawn(() => sleep(100), { orphans: background, name: "older" });
        spawn(() => sleep(100), { orphans: background, name: "newer" });
        yield* background.get();
      },
      { name: "owner" },
    );
    yield* sleep(1);
    yield* owner.cancel();
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn owner by main",
      "@0 wait main: sleep until 1",
      "@0 step owner",
      "@0 spawn older by owner",
      "@0 spawn newer by owner",
      "@0 wait owner: an orphan to end",
      "@0 step older",
      "@0 wait older: sleep until 100",
      "@0 step newer",
      "@0 wait newer: sleep until 100",
      "@1 step main",
      "@1 cancel owner",
      "@1 wait main: the end of cancelled owner",
      "@1 step owner",
      "@1 cancel newer",
      "@1 cancel older",
      "@1 step newer",
      "@1 end newer: cancelled",
      "@1 step older",
      "@1 end older: cancelled",
      "@1 end owner: cancelled",
      "@1 step main",
      "@1 end main: ok",
      "run: ok",
    ]
  `);
});

test("two orphans that end in one turn wake a waiting get once", () => {
  const { story } = trace(function* () {
    const background = orphans<void>();
    for (const name of ["a", "b"]) spawn(() => sleep(1), { orphans: background, name });
    const first = yield* background.get();
    yield* sleep(50);
    const second = yield* background.get();
    for (const task of [first, second]) if (task !== null) yield* task;
  });
  expect(story.slice(story.indexOf("@1 step a"))).toEqual([
    "@1 step a",
    "@1 end a: ok",
    "@1 step b",
    "@1 end b: ok",
    "@1 step main",
    "@1 wait main: sleep until 51",
    "@51 step main",
    "@51 end main: ok",
    "run: ok",
  ]);
});

test("a stored get of somebody else is refused also while orphans are living", () => {
  const entries = record(function* (log) {
    const background = orphans<void>();
    const task = spawn(() => sleep(5), { orphans: background });
    const stored = background.get();
    const stranger = spawn(function* () {
      try {
        yield* stored;
      } catch (error) {
        log(`${codeOf(error)} at ${clockMonotonic()}`);
      }
    });
    yield* stranger;
    yield* task;
  });
  expect(entries).toEqual(["ERR_SOLO5_NOT_OWNER at 0", "end"]);
});
