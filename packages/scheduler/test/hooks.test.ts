// Rule 23: functions that run after each real wait for outside events.
import { expect, test } from "vitest";
import { addHook, type Hook, sleep, spawn, yieldNow } from "../src/index.ts";
import { codeOf, record, trace } from "./virtual-world.ts";

test("hooks run after each wait, newest first; one that throws is dropped and reported", () => {
  const { story } = trace(function* main(log) {
    addHook(() => log("older hook"));
    addHook(() => {
      log("raising hook");
      throw new Error("hook failed");
    });
    addHook(() => log("newer hook"));
    yield* yieldNow();
    log("no wait so far");
    yield* sleep(5);
    yield* sleep(5);
  });
  expect(story).toEqual([
    "@0 step main",
    "@0 wait main: its next turn",
    "@0 step main",
    "@0 no wait so far",
    "@0 wait main: sleep until 5",
    "@5 newer hook",
    "@5 raising hook",
    "@5 suppressed in root: hook failed",
    "@5 older hook",
    "@5 step main",
    "@5 wait main: sleep until 10",
    "@10 newer hook",
    "@10 older hook",
    "@10 step main",
    "@10 end main: ok",
    "run: ok",
  ]);
});

test("a hook can be removed once, also by another hook; twice is an error, and so after it threw", () => {
  const entries = record(function* (log) {
    const attempt = (hook: Hook) => {
      try {
        hook.remove();
        log("removed");
      } catch (error) {
        log(codeOf(error));
      }
    };
    const older = addHook(() => log("unreachable"));
    addHook(() => attempt(older));
    const raising = addHook(() => {
      throw new Error("raising");
    });
    yield* sleep(1);
    attempt(older);
    attempt(raising);
  });
  expect(entries).toEqual([
    "removed",
    "ERR_SOLO5_INVALID_ARGUMENT",
    "ERR_SOLO5_INVALID_ARGUMENT",
    "end",
  ]);
});

test("a hook can neither spawn nor suspend, and is added by a task", () => {
  expect(() => addHook(() => {})).toThrow(
    expect.objectContaining({ code: "ERR_SOLO5_OUTSIDE_TASK" }),
  );
  const entries = record(function* (log) {
    expect(() => addHook(5 as never)).toThrow();
    const hook = addHook(() => {
      for (const use of [() => spawn(function* () {}), () => sleep(1)[Symbol.iterator]().next()]) {
        try {
          use();
        } catch (error) {
          log(codeOf(error));
        }
      }
    });
    yield* sleep(1);
    hook.remove();
  });
  expect(entries).toEqual(["ERR_SOLO5_OUTSIDE_TASK", "ERR_SOLO5_OUTSIDE_TASK", "end"]);
});
