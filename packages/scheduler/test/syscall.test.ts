// Rule 24: suspension points for others to build on.
import { expect, test } from "vitest";
import {
  type Operation,
  run,
  type Suspended,
  type Syscall,
  signal,
  sleep,
  spawn,
  suspend,
  syscall,
  uid,
  yieldNow,
} from "../src/index.ts";
import { eventLoopWorld } from "./event-loop-world.ts";
import { codeOf, record, trace } from "./virtual-world.ts";

test("a stored syscall is resumed by whoever signals it, with the signal's value", () => {
  const { story } = trace(function* () {
    const ticket = syscall<string>();
    const waiter = spawn(() => suspend(ticket, { what: "the answer" }), { name: "waiter" });
    yield* sleep(5);
    signal(ticket, "42");
    return yield* waiter;
  });
  expect(story).toMatchInlineSnapshot(`
    [
      "@0 step main",
      "@0 spawn waiter by main",
      "@0 wait main: sleep until 5",
      "@0 step waiter",
      "@0 wait waiter: the answer",
      "@5 step main",
      "@5 wait main: the end of waiter",
      "@5 step waiter",
      "@5 end waiter: ok 42",
      "@5 step main",
      "@5 end main: ok 42",
      "run: ok",
    ]
  `);
});

test("a signal before the wait makes it ready; a second signal does nothing", () => {
  const entries = record(function* (log) {
    const ticket = syscall<string>();
    log(`${signal(ticket, "first")} ${signal(ticket, "second")}`);
    log(yield* suspend(ticket));
    log(yield* suspend(ticket));
  });
  expect(entries).toEqual(["true false", "first", "first", "end"]);
});

test("a ticket is for one wait: a second waiter and a wait after cancellation are refused", () => {
  const entries = record(function* (log) {
    const ticket = syscall();
    const waiter = spawn(() => suspend(ticket));
    yield* yieldNow();
    const attempt = function* () {
      try {
        yield* suspend(ticket);
      } catch (error) {
        log(codeOf(error));
      }
    };
    yield* attempt();
    yield* waiter.cancel();
    yield* attempt();
    log(String(signal(ticket)));
  });
  expect(entries).toEqual([
    "ERR_SOLO5_INVALID_ARGUMENT",
    "ERR_SOLO5_INVALID_ARGUMENT",
    "false",
    "end",
  ]);
});

test("register is called when the suspension begins, and may signal at once", () => {
  const entries = record(function* (log) {
    const ticket = syscall<number>();
    const operation = suspend(ticket, {
      register: () => {
        log("registered");
        signal(ticket, 5);
        return undefined;
      },
    });
    log("made");
    log(String(yield* operation));
  });
  expect(entries).toEqual(["made", "registered", "5", "end"]);
});

test("register is not called for a task that was cancelled before", () => {
  const entries = record(function* (log) {
    const child = spawn(function* () {
      try {
        yield* sleep(100);
      } finally {
        yield* suspend(syscall(), {
          register: () => {
            log("registered!");
            return undefined;
          },
        });
      }
    });
    yield* sleep(1);
    yield* child.cancel();
  });
  expect(entries).toEqual(["end"]);
});

test("a register that throws fails the operation, and nothing is left of it, though it had signalled", () => {
  const { story } = trace(function* (log) {
    const ticket = syscall();
    try {
      yield* suspend(ticket, {
        external: true,
        register: () => {
          signal(ticket);
          throw new Error("can't register");
        },
      });
    } catch (error) {
      log(codeOf(error));
    }
    yield* sleep(10);
  });
  expect(story).toEqual([
    "@0 step main",
    "@0 can't register",
    "@0 wait main: sleep until 10",
    "@10 step main",
    "@10 end main: ok",
    "run: ok",
  ]);
});

test("undo is called when the wait is cancelled, also when it had been served: the value can go to the next", () => {
  const entries = record(function* (log) {
    const waiting: Syscall<string>[] = [];
    function* next(name: string): Generator<Suspended, void, void> {
      const ticket = syscall<string>();
      const value = yield* suspend(ticket, {
        register: () => {
          waiting.push(ticket);
          return () => {
            const place = waiting.indexOf(ticket);
            if (place >= 0) waiting.splice(place, 1);
            else handOn("the token");
          };
        },
      });
      log(`${name} has ${value}`);
    }
    const handOn = (value: string) => {
      const ticket = waiting.shift();
      if (ticket !== undefined) signal(ticket, value);
    };
    const a = spawn(() => next("a"));
    const b = spawn(() => next("b"));
    yield* yieldNow();
    handOn("the token");
    yield* a.cancel();
    yield* b;
  });
  expect(entries).toEqual(["b has the token", "end"]);
});

test("a user's own events resume a stored syscall, from a callback of the host", async () => {
  const ticket = syscall<string>();
  const value = await run(
    [],
    function* () {
      setTimeout(() => signal(ticket, "from a timer"), 5);
      return yield* suspend(ticket, { external: true });
    },
    { solo5: eventLoopWorld() },
  );
  expect(value).toBe("from a timer");
});

test("uid counts up, and what is no ticket is refused", () => {
  const a = syscall();
  const b = syscall();
  expect(uid(b)).toBe(uid(a) + 1);
  for (const use of [() => suspend({} as never), () => signal({} as never)]) {
    expect(use).toThrow(expect.objectContaining({ code: "ERR_SOLO5_INVALID_ARGUMENT" }));
  }
});

test("an operation outside a task is refused", () => {
  const outside: Record<string, () => Operation<unknown>> = {
    sleep: () => sleep(1),
    yieldNow,
    suspend: () => suspend(syscall()),
  };
  for (const operation of Object.values(outside)) {
    expect(() => operation()[Symbol.iterator]().next()).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_OUTSIDE_TASK" }),
    );
  }
});
