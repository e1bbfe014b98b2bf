// Rules 6 to 9 and 25: parents, children, names.
import { expect, test } from "vitest";
import {
  type Operation,
  own,
  run,
  type Suspended,
  sleep,
  spawn,
  type Task,
  yieldNow,
} from "../src/index.ts";
import { eventLoopWorld } from "./event-loop-world.ts";
import { codeOf, record, trace } from "./virtual-world.ts";

test("a child that is neither awaited nor cancelled ends the run", () => {
  const { story, error } = trace(function* () {
    spawn(() => sleep(5), { name: "forgotten" });
    yield* sleep(1);
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn forgotten by main",
      "@0 wait main: sleep until 1",
      "@0 step forgotten",
      "@0 wait forgotten: sleep until 5",
      "@1 step main",
      "run: ERR_SOLO5_STILL_HAS_CHILDREN",
    ]
  `);
  expect((error as Error).message).toContain("forgotten");
});

test("a forgotten child ends the run even if it had finished", () => {
  expect(
    record(function* () {
      spawn(function* () {});
      yield* yieldNow();
      yield* yieldNow();
    }),
  ).toEqual(["error: ERR_SOLO5_STILL_HAS_CHILDREN"]);
});

test("no task can catch that a child was forgotten", () => {
  const entries = record(function* (log) {
    try {
      yield* spawn(function* () {
        spawn(() => sleep(1));
      });
    } catch (error) {
      log(`main caught ${codeOf(error)} while being unwound`);
      yield* sleep(1);
      log("unreachable");
    }
    return "unreachable";
  });
  expect(entries).toEqual([
    "main caught ERR_SOLO5_STILL_HAS_CHILDREN while being unwound",
    "error: ERR_SOLO5_STILL_HAS_CHILDREN",
  ]);
});

test("that a child is left comes before that a resource is left", () => {
  const entries = record(function* (log) {
    own({}, () => log("finalised"));
    spawn(function* () {});
    yield* yieldNow();
  });
  expect(entries).toEqual(["finalised", "error: ERR_SOLO5_STILL_HAS_CHILDREN"]);
});

test("a message about 100,000 forgotten children names ten", () => {
  const { error } = trace(function* () {
    for (let i = 0; i < 100_000; i++) spawn(() => sleep(1));
  });
  expect((error as Error).message.length).toBeLessThan(400);
  expect((error as Error).message).toContain("99990 more");
});

test("a finished task can be awaited again, with the same outcome", () => {
  const entries = record(function* (log) {
    const good = spawn(function* () {
      return 42;
    });
    const bad = spawn(function* () {
      throw new Error("bad");
    });
    log(`${yield* good} ${yield* good}`);
    for (let i = 0; i < 2; i++) {
      const outcome = yield* bad.result();
      log(outcome.status === "failed" ? codeOf(outcome.error) : outcome.status);
    }
  });
  expect(entries).toEqual(["42 42", "bad", "bad", "end"]);
});

test("cancelling an awaited success turns later awaits into cancelled", () => {
  const { story } = trace(function* (log) {
    const child = spawn(
      function* () {
        return 42;
      },
      { name: "child" },
    );
    log(String(yield* child));
    yield* child.cancel();
    log((yield* child.result()).status);
    yield* child;
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn child by main",
      "@0 wait main: the end of child",
      "@0 step child",
      "@0 end child: ok 42",
      "@0 step main",
      "@0 42",
      "@0 cancel child",
      "@0 cancelled",
      "@0 end main: failed ERR_SOLO5_CANCELLED",
      "run: ERR_SOLO5_CANCELLED",
    ]
  `);
});

test("a child that fails may leave children of its own: they are cancelled, newest first", () => {
  const { story } = trace(function* (log) {
    const failing = spawn(
      function* () {
        spawn(() => sleep(10), { name: "older" });
        spawn(() => sleep(20), { name: "newer" });
        yield* sleep(1);
        throw new Error("failed");
      },
      { name: "failing" },
    );
    log((yield* failing.result()).status);
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn failing by main",
      "@0 wait main: the outcome of failing",
      "@0 step failing",
      "@0 spawn older by failing",
      "@0 spawn newer by failing",
      "@0 wait failing: sleep until 1",
      "@0 step older",
      "@0 wait older: sleep until 10",
      "@0 step newer",
      "@0 wait newer: sleep until 20",
      "@1 step failing",
      "@1 cancel newer",
      "@1 cancel older",
      "@1 step newer",
      "@1 end newer: cancelled",
      "@1 step older",
      "@1 end older: cancelled",
      "@1 end failing: failed failed",
      "@1 step main",
      "@1 failed",
      "@1 end main: ok",
      "run: ok",
    ]
  `);
});

test("a failing parent cancels an endless child, and await gives the failure", () => {
  const { story } = trace(function* (log) {
    const parent = spawn(
      function* () {
        spawn(
          function* () {
            for (;;) yield* yieldNow();
          },
          { name: "endless" },
        );
        yield* yieldNow();
        throw new Error("failure");
      },
      { name: "parent" },
    );
    try {
      yield* parent;
    } catch (error) {
      log(`caught ${codeOf(error)}`);
    }
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn parent by main",
      "@0 wait main: the end of parent",
      "@0 step parent",
      "@0 spawn endless by parent",
      "@0 wait parent: its next turn",
      "@0 step endless",
      "@0 wait endless: its next turn",
      "@0 step parent",
      "@0 cancel endless",
      "@0 step endless",
      "@0 end endless: cancelled",
      "@0 end parent: failed failure",
      "@0 step main",
      "@0 caught failure",
      "@0 end main: ok",
      "run: ok",
    ]
  `);
});

test("an error reaches the parent when it awaits, not before", () => {
  const { story } = trace(function* (log) {
    const failing = spawn(
      function* () {
        throw new Error("early");
      },
      { name: "failing" },
    );
    yield* sleep(5);
    log("still here");
    yield* failing;
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn failing by main",
      "@0 wait main: sleep until 5",
      "@0 step failing",
      "@0 end failing: failed early",
      "@5 step main",
      "@5 still here",
      "@5 end main: failed early",
      "run: early",
    ]
  `);
});

test("the error of a child that nobody can await any more goes to the tracer only", () => {
  const { story } = trace(function* (log) {
    const parent = spawn(
      function* () {
        spawn(
          function* () {
            throw new Error("unheard");
          },
          { name: "child" },
        );
        yield* yieldNow();
        throw new Error("heard");
      },
      { name: "parent" },
    );
    const outcome = yield* parent.result();
    log(outcome.status === "failed" ? codeOf(outcome.error) : outcome.status);
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn parent by main",
      "@0 wait main: the outcome of parent",
      "@0 step parent",
      "@0 spawn child by parent",
      "@0 wait parent: its next turn",
      "@0 step child",
      "@0 end child: failed unheard",
      "@0 step parent",
      "@0 end parent: failed heard",
      "@0 step main",
      "@0 heard",
      "@0 end main: ok",
      "run: ok",
    ]
  `);
});

test("a sibling's task is refused, also when it is smuggled through a variable", () => {
  let smuggled: Task<void> | null = null;
  const { story, error } = trace(function* (log) {
    const brother = spawn(() => sleep(10), { name: "brother" });
    smuggled = brother;
    const sister = spawn(
      function* () {
        for (const use of [
          () => smuggled as Task<void>,
          () => (smuggled as Task<void>).result(),
          () => (smuggled as Task<void>).cancel(),
        ]) {
          try {
            yield* use();
          } catch (refusal) {
            log(codeOf(refusal));
          }
        }
      },
      { name: "sister" },
    );
    yield* sister;
    yield* brother;
  });
  expect(error).toBeUndefined();
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn brother by main",
      "@0 spawn sister by main",
      "@0 wait main: the end of sister",
      "@0 step brother",
      "@0 wait brother: sleep until 10",
      "@0 step sister",
      "@0 ERR_SOLO5_NOT_A_CHILD",
      "@0 ERR_SOLO5_NOT_A_CHILD",
      "@0 ERR_SOLO5_NOT_A_CHILD",
      "@0 end sister: ok",
      "@0 step main",
      "@0 wait main: the end of brother",
      "@10 step brother",
      "@10 end brother: ok",
      "@10 step main",
      "@10 end main: ok",
      "run: ok",
    ]
  `);
});

test("own, parent's, grandchild's and finished strangers' tasks are refused, before anything happens", () => {
  const entries = record(function* (log) {
    const attempt = function* (what: string, task: Task<unknown>) {
      for (const use of [() => task, () => task.result(), () => task.cancel()]) {
        try {
          yield* use();
          log(`${what}: allowed`);
        } catch (refusal) {
          log(`${what}: ${codeOf(refusal)}`);
        }
      }
    };
    let grandchild: Task<unknown> | null = null;
    const child: Task<unknown> = spawn(function* () {
      const mine = spawn(function* () {});
      grandchild = mine;
      yield* mine;
      yield* attempt("itself", child);
    });
    const stranger = spawn(function* () {
      yield* child === null ? sleep(0) : attempt("its parent's other child", child);
    });
    yield* stranger;
    yield* child;
    yield* attempt("a finished grandchild", grandchild as never);
    log((yield* child.result()).status);
  });
  expect(entries).toEqual([
    ...Array(3).fill("its parent's other child: ERR_SOLO5_NOT_A_CHILD"),
    ...Array(3).fill("itself: ERR_SOLO5_NOT_A_CHILD"),
    ...Array(3).fill("a finished grandchild: ERR_SOLO5_NOT_A_CHILD"),
    "succeeded",
    "end",
  ]);
});

test("returning one's own child: that it is still there comes first", () => {
  const entries = record(function* () {
    const parent = spawn(function* () {
      return spawn(() => sleep(1));
    });
    const child = yield* parent;
    yield* child;
  });
  expect(entries).toEqual(["error: ERR_SOLO5_STILL_HAS_CHILDREN"]);
});

test("a task is named by its option, else its function, else its number", () => {
  const names: string[] = [];
  trace(function* main() {
    const tasks = [
      spawn(() => sleep(0)),
      spawn(function* worker() {}),
      spawn(function* worker() {}, { name: "Bob" }),
    ];
    for (const task of tasks) {
      names.push(task.name);
      yield* task;
    }
    names.push(String(tasks[0]?.uid));
  });
  expect(names).toEqual(["#2", "worker", "Bob", "2"]);
});

test("spawn and its errors: outside a task, no function, nothing done by halves", () => {
  expect(() => spawn(function* () {})).toThrow(
    expect.objectContaining({ code: "ERR_SOLO5_OUTSIDE_TASK" }),
  );
  const entries = record(function* (log) {
    for (const body of [undefined, null, 5, sleep(1)]) {
      try {
        spawn(body as never);
      } catch (error) {
        log(codeOf(error));
      }
    }
  });
  expect(entries).toEqual([...Array(4).fill("ERR_SOLO5_INVALID_ARGUMENT"), "end"]);
});

test("spawn from a host's callback during a run is an error", async () => {
  const refused: unknown[] = [];
  await run(
    [],
    function* () {
      setTimeout(() => {
        try {
          spawn(function* () {});
        } catch (error) {
          refused.push(codeOf(error));
        }
      }, 1);
      yield* sleep(20e6);
    },
    { solo5: eventLoopWorld() },
  );
  expect(refused).toEqual(["ERR_SOLO5_OUTSIDE_TASK"]);
});

test("a tree 5,000 tasks deep ends, fails and is cancelled without running out of stack", () => {
  const descend = (depth: number, bottom: () => void): (() => Operation<number>) =>
    function* () {
      if (depth > 0) return 1 + (yield* spawn(descend(depth - 1, bottom)));
      bottom();
      yield* sleep(10);
      return 0;
    };
  const entries = record(function* (log) {
    log(`${yield* spawn(descend(5000, () => {}))} deep`);
    const failing = spawn(
      descend(5000, () => {
        throw new Error("at the bottom");
      }),
    );
    const outcome = yield* failing.result();
    log(outcome.status === "failed" ? codeOf(outcome.error) : outcome.status);
    const cancelled = spawn(descend(5000, () => log("reached")));
    yield* sleep(1);
    yield* cancelled.cancel();
    log((yield* cancelled.result()).status);
  });
  expect(entries).toEqual(["5000 deep", "at the bottom", "reached", "cancelled", "end"]);
});

test("operations nested 800 deep suspend, give their value, and are cancelled", () => {
  function* nest(depth: number, log: (entry: string) => void): Generator<Suspended, number, void> {
    if (depth === 0) {
      yield* sleep(5);
      return 0;
    }
    try {
      return 1 + (yield* nest(depth - 1, log));
    } finally {
      if (depth === 800) log("outermost finally");
    }
  }
  const entries = record(function* (log) {
    log(`${yield* nest(800, log)}`);
    const child = spawn(() => nest(800, log));
    yield* sleep(1);
    yield* child.cancel();
  });
  expect(entries).toEqual(["outermost finally", "800", "outermost finally", "end"]);
});

test("the error of a child that was forgotten is the cause", () => {
  const failure = new Error("child failed");
  const { error } = trace(function* () {
    spawn(function* broken() {
      throw failure;
    });
    yield* yieldNow();
  });
  expect(error).toMatchObject({ code: "ERR_SOLO5_STILL_HAS_CHILDREN", cause: failure });
  expect((error as Error).message).toContain("broken has failed, see the cause");
});
