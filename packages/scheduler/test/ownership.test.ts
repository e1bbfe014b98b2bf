// Rule 12: resources that belong to tasks.
import { expect, test } from "vitest";
import {
  disown,
  own,
  release,
  requireOwner,
  sleep,
  spawn,
  transfer,
  yieldNow,
} from "../src/index.ts";
import { codeOf, record, trace } from "./virtual-world.ts";

test("a raising task: its finalisers run, newest first, and the exception is the task's", () => {
  const { story } = trace(function* (log) {
    const child = spawn(
      function* () {
        own({}, () => log("older finalised"));
        own({}, () => log("newer finalised"));
        yield* yieldNow();
        throw new Error("raised");
      },
      { name: "child" },
    );
    const outcome = yield* child.result();
    log(outcome.status === "failed" ? codeOf(outcome.error) : outcome.status);
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn child by main",
      "@0 wait main: the outcome of child",
      "@0 step child",
      "@0 wait child: its next turn",
      "@0 step child",
      "@0 newer finalised",
      "@0 older finalised",
      "@0 end child: failed raised",
      "@0 step main",
      "@0 raised",
      "@0 end main: ok",
      "run: ok",
    ]
  `);
});

test("a cancelled task's finalisers run after its children have ended", () => {
  const { story } = trace(function* (log) {
    const child = spawn(
      function* () {
        own({}, () => log("finalised"));
        spawn(() => sleep(100), { name: "grandchild" });
        yield* sleep(100);
      },
      { name: "child" },
    );
    yield* sleep(1);
    yield* child.cancel();
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn child by main",
      "@0 wait main: sleep until 1",
      "@0 step child",
      "@0 spawn grandchild by child",
      "@0 wait child: sleep until 100",
      "@0 step grandchild",
      "@0 wait grandchild: sleep until 100",
      "@1 step main",
      "@1 cancel child",
      "@1 wait main: the end of cancelled child",
      "@1 step child",
      "@1 cancel grandchild",
      "@1 step grandchild",
      "@1 end grandchild: cancelled",
      "@1 finalised",
      "@1 end child: cancelled",
      "@1 step main",
      "@1 end main: ok",
      "run: ok",
    ]
  `);
});

test("returning with an owned resource leaks: finaliser, then the run ends", () => {
  const { story } = trace(function* (log) {
    yield* spawn(
      function* () {
        own({}, () => log("finalised"));
      },
      { name: "leaky" },
    );
    log("unreachable");
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn leaky by main",
      "@0 wait main: the end of leaky",
      "@0 step leaky",
      "@0 finalised",
      "run: ERR_SOLO5_RESOURCE_LEAKED",
    ]
  `);
});

test("own, then disown: no finaliser; own, then release: the finaliser, once", () => {
  const entries = record(function* (log) {
    const a = own({}, () => log("a finalised"));
    const b = own({}, () => log("b finalised"));
    requireOwner(a);
    disown(a);
    release(b);
    for (const use of [release, disown, requireOwner]) {
      try {
        use(b);
      } catch (error) {
        log(codeOf(error));
      }
    }
  });
  expect(entries).toEqual(["b finalised", ...Array(3).fill("ERR_SOLO5_NOT_OWNER"), "end"]);
});

test("without a finaliser the resource's Symbol.dispose is called", () => {
  const entries = record(function* (log) {
    const file = own({ [Symbol.dispose]: () => log("disposed") });
    release(file);
    try {
      own({});
    } catch (error) {
      log(codeOf(error));
    }
  });
  expect(entries).toEqual(["disposed", "ERR_SOLO5_INVALID_ARGUMENT", "end"]);
});

test("transfer gives the resource to the parent, which must release it", () => {
  const entries = record(function* (log) {
    const parent = spawn(function* () {
      const socket = yield* spawn(function* () {
        const made = own({}, () => log("closed"));
        transfer(made);
        return made;
      });
      log("parent has it");
      release(socket);
    });
    yield* parent;
  });
  expect(entries).toEqual(["parent has it", "closed", "end"]);
});

test("main has nobody to transfer to", () => {
  const entries = record(function* (log) {
    const resource = own({}, () => log("finalised"));
    try {
      transfer(resource);
    } catch (error) {
      log(codeOf(error));
    }
    release(resource);
  });
  expect(entries).toEqual(["ERR_SOLO5_INVALID_ARGUMENT", "finalised", "end"]);
});

test("resources given at spawn are the child's, also of one that never starts", () => {
  const entries = record(function* (log) {
    const a = own({}, () => log("a closed"));
    const child = spawn(
      function* () {
        release(a);
      },
      { resources: [a] },
    );
    try {
      release(a);
    } catch (error) {
      log(codeOf(error));
    }
    yield* child;
    const b = own({}, () => log("b closed"));
    const never = spawn(function* () {}, { resources: [b] });
    yield* never.cancel();
  });
  expect(entries).toEqual(["ERR_SOLO5_NOT_OWNER", "a closed", "b closed", "end"]);
});

test("a list of resources is checked before the child exists and before any has moved", () => {
  const entries = record(function* (log) {
    const mine = own({}, () => log("released by main"));
    for (const resources of [
      [mine, {}],
      [mine, mine],
    ]) {
      try {
        spawn(function* () {}, { resources });
        log("spawned");
      } catch (error) {
        log(codeOf(error));
      }
    }
    release(mine);
  });
  expect(entries).toEqual([
    "ERR_SOLO5_NOT_OWNER",
    "ERR_SOLO5_NOT_OWNER",
    "released by main",
    "end",
  ]);
});

test("use by a task that is not the owner is refused", () => {
  const entries = record(function* (log) {
    const mine = own({}, () => {});
    yield* spawn(function* () {
      for (const use of [release, disown, transfer, requireOwner]) {
        try {
          use(mine);
        } catch (error) {
          log(codeOf(error));
        }
      }
      yield* yieldNow();
    });
    disown(mine);
  });
  expect(entries).toEqual([...Array(4).fill("ERR_SOLO5_NOT_OWNER"), "end"]);
});

test("a finaliser that throws is told to the tracer, and the others run", () => {
  const { story } = trace(function* (log) {
    const child = spawn(
      function* () {
        own({}, () => log("older finalised"));
        own({}, () => {
          throw new Error("finaliser failed");
        });
        yield* yieldNow();
        throw new Error("raised");
      },
      { name: "child" },
    );
    log((yield* child.result()).status);
  });
  expect(story.slice(-7)).toEqual([
    "@0 suppressed in child: finaliser failed",
    "@0 older finalised",
    "@0 end child: failed raised",
    "@0 step main",
    "@0 failed",
    "@0 end main: ok",
    "run: ok",
  ]);
});
