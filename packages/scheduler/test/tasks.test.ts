import { expect, test } from "vitest";
import { sleep, spawn, yieldNow } from "../src/index.ts";
import { record, trace } from "./virtual-world.ts";

test("a child starts after its parent's next suspension", () => {
  expect(
    record(function* (log) {
      const child = spawn(function* () {
        log("child");
      });
      log("parent");
      yield* child;
    }),
  ).toEqual(["parent", "child", "end"]);
});

test("a run tells its events in order, with virtual time", () => {
  const { lines } = trace(function* () {
    const a = spawn(function* a() {
      yield* sleep(5);
      return 7;
    });
    const b = spawn(function* b() {
      yield* sleep(100);
    });
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
      "@0 spawn a2 by main",
      "@0 spawn b2 by main",
      "@0 wait main: the end of a2",
      "@0 step a2",
      "@0 wait a2: sleep until 5",
      "@0 step b2",
      "@0 wait b2: sleep until 100",
      "@5 step a2",
      "@5 end a2: ok 7",
      "@5 step main",
      "@5 cancel b2",
      "@5 wait main: the end of cancelled b2",
      "@5 step b2",
      "@5 end b2: cancelled",
      "@5 step main",
      "@5 end main: ok 7",
      "@5 step root",
      "@5 end root: ok",
      "run: ok",
    ]
  `);
});

test("yieldNow lets the others run first", () => {
  expect(
    record(function* (log) {
      const child = spawn(function* () {
        log("child");
      });
      yield* yieldNow();
      log("parent");
      yield* child;
    }),
  ).toEqual(["child", "parent", "end"]);
});

test("a task that returns with a child neither awaited nor cancelled ends the run", () => {
  expect(
    record(function* () {
      spawn(function* () {});
      yield* yieldNow();
    }),
  ).toEqual(["error: ERR_SOLO5_STILL_HAS_CHILDREN"]);
});
