// What is no operation: yields without a star, iterables of others, async bodies.
import { expect, test } from "vitest";
import { type Operation, type Suspended, sleep, spawn } from "../src/index.ts";
import { codeOf, record } from "./virtual-world.ts";

const bodies: Record<string, () => unknown> = {
  "yield of a number": function* () {
    yield 5;
  },
  "yield of an operation without the star": function* () {
    yield sleep(5);
  },
  "yield of a promise": function* () {
    yield Promise.resolve(1);
  },
  "yield* of an array": function* () {
    yield* [1];
  },
  "yield* of a Map's entries": function* () {
    yield* new Map([[1, 2]]);
  },
  "an async body": async () => {},
  "an async body that rejects": async () => {
    throw new Error("its own");
  },
  "an async generator as body": async function* () {},
  "a body that returns a promise": () => Promise.resolve(5),
  "a body that returns nothing": () => {},
  "a body that returns a number": () => 5,
  "a body that returns an array": () => [1, 2],
  "a body that returns a string": () => "text",
};

for (const [what, body] of Object.entries(bodies)) {
  test(`${what} fails the task`, () => {
    const entries = record(function* (log) {
      const task = spawn(body as () => Operation<unknown>);
      const outcome = yield* task.result();
      log(outcome.status === "failed" ? codeOf(outcome.error) : outcome.status);
      yield* sleep(1);
    });
    expect(entries).toEqual(["ERR_SOLO5_NOT_AN_OPERATION", "end"]);
  });
}

test("the error is thrown at the very yield: finally runs there, and may suspend", () => {
  const entries = record(function* (log) {
    const task = spawn(function* (): Generator<Suspended, void, void> {
      try {
        yield 5 as never;
        log("unreachable");
      } catch (error) {
        log(codeOf(error));
        yield* sleep(3);
        log("went on");
      } finally {
        log("finally");
      }
    });
    log((yield* task.result()).status);
  });
  expect(entries).toEqual(["ERR_SOLO5_NOT_AN_OPERATION", "went on", "finally", "succeeded", "end"]);
});

test("a task's own TypeError after a foreign yield keeps the refusal as what happened", () => {
  const entries = record(function* (log) {
    const outcome = yield* spawn(() => [1] as never).result();
    if (outcome.status !== "failed") return;
    const error = outcome.error as Error;
    log(`${codeOf(error)} because of ${(error.cause as Error).name}`);
  });
  expect(entries).toEqual(["ERR_SOLO5_NOT_AN_OPERATION because of TypeError", "end"]);
});

test("a task that swallows foreign yields for ever ends the run, not the process", () => {
  const entries = record(function* () {
    yield* spawn(function* (): Generator<Suspended, void, void> {
      for (;;) {
        try {
          yield 5 as never;
        } catch {
          // Goes on for ever.
        }
      }
    }).result();
  });
  expect(entries).toEqual(["error: ERR_SOLO5_NOT_AN_OPERATION"]);
});

test("a message says what was got and what to write", () => {
  const messages: string[] = [];
  record(function* () {
    for (const body of [
      function* () {
        yield Promise.resolve() as never;
      },
      function* () {
        yield sleep(1) as never;
      },
      async () => {},
    ]) {
      const outcome = yield* spawn(body as never).result();
      if (outcome.status === "failed") messages.push((outcome.error as Error).message);
    }
  });
  expect(messages[0]).toContain("yield* until(promise)");
  expect(messages[1]).toContain("with the star");
  expect(messages[2]).toContain("async function");
});
