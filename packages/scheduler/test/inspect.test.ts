import { expect, test } from "vitest";
import {
  inspect,
  Mutex,
  run,
  SchedulerError,
  sleep,
  spawn,
  start,
  type TaskInspection,
  until,
  yieldNow,
} from "../src/index.ts";
import { eventLoopWorld } from "./event-loop-world.ts";
import { sleeper } from "./tasks.ts";
import { codeOf, record, virtualWorld } from "./virtual-world.ts";

test("the tree tells of each task what it waits for, and since when", () => {
  const entries = record(function* (log) {
    const mutex = new Mutex();
    yield* sleep(3);
    const holder = spawn(
      () =>
        mutex.hold(
          (function* () {
            yield* sleep(1_500_000);
          })(),
        ),
      { name: "holder" },
    );
    const parent = spawn(
      function* () {
        const next = spawn(() => mutex.lock(), { name: "next" });
        yield* sleep(4);
        yield* next.cancel();
      },
      { name: "parent" },
    );
    yield* sleep(2);
    const fresh = spawn(() => yieldNow(), { name: "fresh" });
    log(`at ${inspect().at}\n${inspect()}`);
    yield* yieldNow();
    yield* yieldNow();
    yield* parent;
    log(`at ${inspect().at}\n${inspect()}`);
    yield* holder;
    yield* fresh;
  });
  expect(entries).toEqual([
    `at 5
root (#0) has waited 5 ns for the outcome of main
  main (#1) is running
    holder (#2) has waited 2 ns for sleep until 1500003
    parent (#3) has waited 2 ns for sleep until 7
      next (#4) has waited 2 ns for a lock
    fresh (#5) has not begun`,
    `at 7
root (#0) has waited 7 ns for the outcome of main
  main (#1) is running
    holder (#2) has waited 4 ns for sleep until 1500003
    fresh (#5) has ended, and was not awaited yet`,
    "end",
  ]);
});

test("a promise that never settles is seen from outside, with the task that waits for it", async () => {
  const going = start([], () => until(new Promise<never>(() => {})), { solo5: eventLoopWorld() });
  while (inspect(going).root.children[0]?.state !== "waiting") {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { at, root } = inspect(going);
  const [main] = root.children;
  expect(main).toMatchObject({ name: "main", state: "waiting", waitsFor: "a promise" });
  expect(main?.since).toBeLessThanOrEqual(at);
  expect(main?.since).toBeGreaterThan(0);
  expect(String(inspect(going))).toMatch(
    /^ {2}main \(#1\) has waited \S+ (ns|us|ms|s) for a promise$/m,
  );
  await going.cancel();
  await expect(going.result).rejects.toMatchObject({ code: "ERR_SOLO5_CANCELLED" });
  expect(inspect(going).root).toMatchObject({ state: "ended", children: [] });
});

test("a task whose children are being stopped says so, and one that can run", () => {
  const entries = record(function* (log) {
    const parent = spawn(
      function* () {
        sleeper("child", function* () {
          log(String(inspect()));
        });
        yield* sleep(1);
        throw new Error("early");
      },
      { name: "parent" },
    );
    const woken = spawn(() => sleep(1), { name: "woken" });
    yield* sleep(2);
    yield* woken;
    yield* parent.result();
  });
  expect(entries).toEqual([
    `root (#0) has waited 1 ns for the outcome of main
  main (#1) has waited 1 ns for sleep until 2
    parent (#2) waits for its children to stop
      child (#4) is running
    woken (#3) can run`,
    "end",
  ]);
});

test("5,000 generations are inspected without running out of stack", () => {
  const depth = 5_000;
  const names: string[] = [];
  record(function* () {
    function* nest(left: number): Generator<never, void, void> {
      if (left === 0) return void names.push(...innermost(inspect().root));
      yield* spawn(() => nest(left - 1)) as Iterable<never>;
    }
    yield* nest(depth) as Iterable<never>;
  });
  expect(names).toHaveLength(depth + 2);
});

function innermost(root: TaskInspection): string[] {
  const names: string[] = [];
  for (let task: TaskInspection | undefined = root; task; task = task.children[0]) {
    names.push(task.name);
  }
  return names;
}

test("what is no run is refused, and so is nothing outside a run", async () => {
  expect(() => inspect()).toThrow(expect.objectContaining({ code: "ERR_SOLO5_OUTSIDE_TASK" }));
  const other = { result: Promise.resolve(), cancel: async () => {} };
  let code = "";
  try {
    inspect(other);
  } catch (error) {
    expect(error).toBeInstanceOf(SchedulerError);
    code = codeOf(error);
  }
  expect(code).toBe("ERR_SOLO5_INVALID_ARGUMENT");
  await run([], function* () {}, { solo5: virtualWorld() });
});
