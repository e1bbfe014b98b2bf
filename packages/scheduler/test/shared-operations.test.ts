// Operations are values: stored, done again, shared by tasks, and never done by hand.
import { expect, test } from "vitest";
import {
  type Operation,
  type Suspended,
  sleep,
  spawn,
  suspend,
  syscall,
  withTimeout,
  yieldNow,
} from "../src/index.ts";
import { FakeJob } from "./fake-devices.ts";
import { codeOf, record, trace } from "./virtual-world.ts";

test("an operation can be stored and done again", () => {
  const nap = sleep(5);
  const { story } = trace(function* main(log) {
    yield* nap;
    log("once");
    yield* nap;
    log("twice");
  });
  expect(story).toEqual([
    "@0 step main",
    "@0 wait main: sleep until 5",
    "@5 step main",
    "@5 once",
    "@5 wait main: sleep until 10",
    "@10 step main",
    "@10 twice",
    "@10 end main: ok",
    "run: ok",
  ]);
});

test("one operation serves several tasks at once", () => {
  const nap = sleep(5);
  const { story } = trace(function* main() {
    const a = spawn(() => nap, { name: "a" });
    yield* sleep(1);
    const b = spawn(() => nap, { name: "b" });
    yield* a;
    yield* b;
  });
  expect(story).toEqual([
    "@0 step main",
    "@0 spawn a by main",
    "@0 wait main: sleep until 1",
    "@0 step a",
    "@0 wait a: sleep until 5",
    "@1 step main",
    "@1 spawn b by main",
    "@1 wait main: the end of a",
    "@1 step b",
    "@1 wait b: sleep until 6",
    "@5 step a",
    "@5 end a: ok",
    "@5 step main",
    "@5 wait main: the end of b",
    "@6 step b",
    "@6 end b: ok",
    "@6 step main",
    "@6 end main: ok",
    "run: ok",
  ]);
});

test("an operation given up by a task that has not come back yet is not its any more", () => {
  const nap = sleep(50);
  const { story } = trace(function* main(log) {
    const impatient = (name: string, operation: Operation<void>) =>
      spawn(
        function* () {
          try {
            yield* withTimeout(5, operation);
          } catch (error) {
            log(`${name}: ${codeOf(error)}`);
            // Both limits pass in one poll: `a` begins `nap` before `b` has come back from it.
            yield* nap;
          }
        },
        { name },
      );
    const a = impatient("a", sleep(100));
    const b = impatient("b", nap);
    yield* a;
    yield* b;
  });
  expect(story).toEqual([
    "@0 step main",
    "@0 spawn a by main",
    "@0 spawn b by main",
    "@0 wait main: the end of a",
    "@0 step a",
    "@0 wait a: sleep until 100",
    "@0 step b",
    "@0 wait b: sleep until 50",
    "@5 step a",
    "@5 a: ERR_SOLO5_TIMEOUT",
    "@5 wait a: sleep until 55",
    "@5 step b",
    "@5 b: ERR_SOLO5_TIMEOUT",
    "@5 wait b: sleep until 55",
    "@55 step a",
    "@55 end a: ok",
    "@55 step b",
    "@55 end b: ok",
    "@55 step main",
    "@55 end main: ok",
    "run: ok",
  ]);
});

test("a block operation is shared and done again like any other", () => {
  let count = 0;
  const job = new FakeJob("count", () => void count++);
  const entries = record(function* (log) {
    const a = spawn(() => job);
    const b = spawn(() => job);
    yield* a;
    yield* b;
    yield* job;
    log(`${count} times`);
  });
  expect(entries).toEqual(["3 times", "end"]);
});

test("two tasks can't run one generator object", () => {
  function* twice(): Generator<Suspended, void, void> {
    yield* sleep(5);
    yield* sleep(5);
  }
  const shared = twice();
  const entries = record(function* (log) {
    const a = spawn(() => shared);
    const b = spawn(() => shared);
    log((yield* a.result()).status);
    const outcome = yield* b.result();
    log(outcome.status === "failed" ? codeOf(outcome.error) : outcome.status);
  });
  // Refused inside the generator, which thereby ends: nothing is left of it for `a` to do.
  expect(entries).toEqual(["succeeded", "ERR_SOLO5_NOT_AN_OPERATION", "end"]);
});

const byHand: Record<string, (operation: Operation<unknown>) => unknown> = {
  spread: (operation) => [...operation],
  "for...of": (operation) => {
    for (const _ of operation);
  },
  destructuring: (operation) => {
    const [first] = operation;
    return first;
  },
  next: (operation) => operation[Symbol.iterator]().next(),
};

const operations: Record<string, () => Operation<unknown>> = {
  sleep: () => sleep(3),
  yieldNow: () => yieldNow(),
  "a task": () => spawn(() => sleep(7)),
  "a task's result": () => spawn(() => sleep(7)).result(),
  "cancel of a task": () => spawn(() => sleep(7)).cancel(),
  suspend: () => suspend(syscall()),
};

for (const [way, iterate] of Object.entries(byHand)) {
  for (const [what, make] of Object.entries(operations)) {
    test(`${what} iterated by ${way} is refused, and nothing of it is left`, () => {
      const { error, lines } = trace(function* main(log) {
        const victim = spawn(function* victim() {
          iterate(make());
          yield* sleep(1);
          log("unreachable");
        });
        const outcome = yield* victim.result();
        log(outcome.status === "failed" ? codeOf(outcome.error) : outcome.status);
        yield* sleep(100);
        log("on time");
      });
      expect(error).toBeUndefined();
      expect(lines).toContain("@0 ERR_SOLO5_NOT_AN_OPERATION");
      expect(lines).toContain("@100 on time");
    });
  }
}

test("a body that ends with an operation begun by hand fails, and is not woken after its end", () => {
  const entries = record(function* (log) {
    const child = spawn(function* () {
      sleep(3)[Symbol.iterator]().next();
    });
    const outcome = yield* child.result();
    log(outcome.status === "failed" ? codeOf(outcome.error) : outcome.status);
    yield* sleep(10);
  });
  expect(entries).toEqual(["ERR_SOLO5_NOT_AN_OPERATION", "end"]);
});

test("after an operation by hand was refused, the task's next wait is as long as it should be", () => {
  const { story } = trace(function* main(log) {
    try {
      Array.from(yieldNow());
    } catch (error) {
      log(codeOf(error));
    }
    yield* sleep(50);
  });
  expect(story).toEqual([
    "@0 step main",
    "@0 ERR_SOLO5_NOT_AN_OPERATION",
    "@0 wait main: sleep until 50",
    "@50 step main",
    "@50 end main: ok",
    "run: ok",
  ]);
});
