// Rule 22: mutex, condition, semaphore, queue, lazy values.
import { expect, test } from "vitest";
import {
  Condition,
  Lazy,
  Mutex,
  Queue,
  run,
  Semaphore,
  type Suspended,
  sleep,
  spawn,
  withTimeout,
  yieldNow,
} from "../src/index.ts";
import { eventLoopWorld } from "./event-loop-world.ts";
import { codeOf, record, trace } from "./virtual-world.ts";

test("a bounded stream over a mutex and a condition keeps the order of 10,000 items", () => {
  const entries = record(function* (log) {
    const mutex = new Mutex();
    const filled = new Condition();
    const emptied = new Condition();
    const buffer: number[] = [];
    const producer = spawn(function* () {
      for (let i = 0; i < 10_000; i++) {
        yield* mutex.lock();
        while (buffer.length >= 16) yield* emptied.wait(mutex);
        buffer.push(i);
        filled.signal();
        mutex.unlock();
      }
    });
    let expected = 0;
    for (let i = 0; i < 10_000; i++) {
      yield* mutex.lock();
      while (buffer.length === 0) yield* filled.wait(mutex);
      if (buffer.shift() === i) expected++;
      emptied.signal();
      mutex.unlock();
    }
    yield* producer;
    log(`${expected} in order`);
  });
  expect(entries).toEqual(["10000 in order", "end"]);
});

test("a mutex is handed on in the order of arrival, no newcomer in between", () => {
  const { story } = trace(function* (log) {
    const mutex = new Mutex();
    const user = (name: string) =>
      spawn(
        function* () {
          for (let i = 0; i < 2; i++) {
            yield* mutex.lock();
            log(`${name} has it`);
            yield* sleep(5);
            mutex.unlock();
          }
        },
        { name },
      );
    const users = [user("a"), user("b"), user("c")];
    for (const task of users) yield* task;
  });
  expect(story.filter((line) => line.includes("has it"))).toEqual([
    "@0 a has it",
    "@5 b has it",
    "@10 c has it",
    "@15 a has it",
    "@20 b has it",
    "@25 c has it",
  ]);
});

test("tryLock takes the lock when it says so; a stranger can't unlock; nobody locks twice", () => {
  const entries = record(function* (log) {
    const mutex = new Mutex();
    log(`${mutex.tryLock()} ${mutex.tryLock()} ${mutex.isLocked}`);
    yield* spawn(function* () {
      try {
        mutex.unlock();
      } catch (error) {
        log(codeOf(error));
      }
    });
    try {
      yield* mutex.lock();
    } catch (error) {
      log(codeOf(error));
    }
    mutex.unlock();
    try {
      mutex.unlock();
    } catch (error) {
      log(codeOf(error));
    }
    yield* mutex.hold(yieldNow());
    log(String(mutex.isLocked));
  });
  expect(entries).toEqual([
    "true false true",
    "ERR_SOLO5_NOT_OWNER",
    "ERR_SOLO5_DEADLOCK",
    "ERR_SOLO5_NOT_OWNER",
    "false",
    "end",
  ]);
});

test("a lock that was handed to a cancelled task goes to the next", () => {
  const entries = record(function* (log) {
    const mutex = new Mutex();
    yield* mutex.lock();
    const user = (name: string) =>
      spawn(function* () {
        yield* mutex.lock();
        log(`${name} has it`);
        mutex.unlock();
      });
    const [a, b, c] = [user("a"), user("b"), user("c")];
    yield* yieldNow();
    mutex.unlock();
    yield* a.cancel();
    yield* c.cancel();
    yield* b;
    log(String(mutex.isLocked));
  });
  expect(entries).toEqual(["b has it", "false", "end"]);
});

test("a condition's waiter has the lock again when it is cancelled; its signal goes to the next", () => {
  const { story } = trace(function* (log) {
    const mutex = new Mutex();
    const ready = new Condition();
    const waiter = (name: string) =>
      spawn(
        function* () {
          yield* mutex.lock();
          try {
            yield* ready.wait(mutex);
            log(`${name} was signalled`);
          } finally {
            log(`${name} unlocks`);
            mutex.unlock();
          }
        },
        { name },
      );
    const first = waiter("first");
    const second = waiter("second");
    yield* sleep(1);
    yield* mutex.lock();
    ready.signal();
    const unlocker = spawn(
      function* () {
        yield* sleep(1);
      },
      { name: "unlocker" },
    );
    const canceller = first.cancel();
    mutex.unlock();
    yield* canceller;
    yield* second;
    yield* unlocker;
  });
  expect(story.filter((line) => /signalled|unlocks/.test(line))).toEqual([
    "@1 first unlocks",
    "@1 second was signalled",
    "@1 second unlocks",
  ]);
});

test("a condition needs the lock; broadcast wakes all that wait, in order", () => {
  const entries = record(function* (log) {
    const mutex = new Mutex();
    const ready = new Condition();
    try {
      yield* ready.wait(mutex);
    } catch (error) {
      log(codeOf(error));
    }
    const tasks = [1, 2, 3].map((n) =>
      spawn(() =>
        mutex.hold(
          (function* (): Generator<Suspended, void, void> {
            yield* ready.wait(mutex);
            log(`waiter ${n}`);
          })(),
        ),
      ),
    );
    yield* yieldNow();
    ready.signal();
    ready.broadcast();
    for (const task of tasks) yield* task;
    log(String(mutex.isLocked));
  });
  expect(entries).toEqual([
    "ERR_SOLO5_NOT_OWNER",
    "waiter 1",
    "waiter 2",
    "waiter 3",
    "false",
    "end",
  ]);
});

test("a run that is aborted while a task waits for a condition is unwound without another fault", () => {
  const { story } = trace(function* (log) {
    const mutex = new Mutex();
    const ready = new Condition();
    spawn(
      function* () {
        yield* mutex.lock();
        try {
          yield* ready.wait(mutex);
        } finally {
          log("unwound");
          mutex.unlock();
        }
      },
      { name: "waiter" },
    );
    yield* yieldNow();
  });
  expect(story.slice(-2)).toEqual(["@0 unwound", "run: ERR_SOLO5_STILL_HAS_CHILDREN"]);
});

test("a semaphore lets in so many, in order; one given to a cancelled task goes to the next", () => {
  const { story } = trace(function* (log) {
    const slots = new Semaphore(2);
    const user = (name: string) =>
      spawn(
        function* () {
          yield* slots.acquire();
          log(`${name} in`);
          yield* sleep(5);
          slots.release();
        },
        { name },
      );
    const tasks = ["a", "b", "c", "d", "e"].map(user);
    yield* sleep(5);
    // `c` and `d` have been given the two, and `c` has not come back yet.
    yield* (tasks[2] as (typeof tasks)[0]).cancel();
    for (const task of tasks) yield* task.result();
    log(`${slots.available} ${slots.tryAcquire()} ${slots.tryAcquire()} ${slots.tryAcquire()}`);
  });
  expect(story.filter((line) => / in$|true/.test(line))).toMatchInlineSnapshot(`
    [
      "@0 a in",
      "@0 b in",
      "@5 d in",
      "@5 e in",
      "@10 2 true true false",
    ]
  `);
  for (const wrong of [-1, 1.5, Number.NaN, "2"]) {
    expect(() => new Semaphore(wrong as never)).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_INVALID_ARGUMENT" }),
    );
  }
});

test("a bounded queue keeps order between tasks, and whoever puts into a full one waits", () => {
  const { story } = trace(function* (log) {
    const queue = new Queue<number>(2);
    const producer = spawn(
      function* () {
        for (let i = 0; i < 5; i++) {
          yield* queue.put(i);
          log(`put ${i}`);
        }
      },
      { name: "producer" },
    );
    yield* sleep(5);
    for (let i = 0; i < 5; i++) log(`took ${yield* queue.take()}`);
    yield* producer;
    log(`${queue.length} left`);
  });
  expect(story.filter((line) => /put|took|left/.test(line))).toMatchInlineSnapshot(`
    [
      "@0 put 0",
      "@0 put 1",
      "@5 took 0",
      "@5 took 1",
      "@5 took 2",
      "@5 put 2",
      "@5 put 3",
      "@5 put 4",
      "@5 took 3",
      "@5 took 4",
      "@5 0 left",
    ]
  `);
});

test("an item handed to a cancelled taker is not lost, and stays the first", () => {
  const entries = record(function* (log) {
    const queue = new Queue<string>(10);
    const first = spawn(() => queue.take());
    yield* yieldNow();
    queue.tryPut("one");
    queue.tryPut("two");
    yield* first.cancel();
    log(`${yield* queue.take()} ${yield* queue.take()}`);
    const taker = spawn(() => queue.take());
    const next = spawn(() => queue.take());
    yield* yieldNow();
    queue.tryPut("three");
    yield* taker.cancel();
    log(yield* next);
    log(String(queue.tryTake()));
  });
  expect(entries).toEqual(["one two", "three", "null", "end"]);
});

test("a put that was cancelled while it waited has put nothing; one that was served is done", () => {
  const entries = record(function* (log) {
    const queue = new Queue<string>(1);
    yield* queue.put("lies there");
    const waits = spawn(() => queue.put("never"));
    const served = spawn(function* () {
      yield* queue.put("served");
      log("put went on");
    });
    yield* yieldNow();
    yield* waits.cancel();
    log(String(queue.tryTake()));
    yield* served.cancel();
    log(`${queue.tryTake()} ${queue.tryTake()}`);
  });
  expect(entries).toEqual(["lies there", "put went on", "served null", "end"]);
});

test("a queue's capacity is checked, and may be infinite", () => {
  for (const wrong of [0, -1, 1.5, Number.NaN]) {
    expect(() => new Queue(wrong)).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_INVALID_ARGUMENT" }),
    );
  }
  const queue = new Queue<number>(Infinity);
  for (let i = 0; i < 1000; i++) queue.tryPut(i);
  expect(queue.length).toBe(1000);
});

test("a lazy value is made once, in the task that comes first; others wait; its error is kept as well", () => {
  const entries = record(function* (log) {
    const value = new Lazy(function* () {
      log("making");
      yield* sleep(5);
      return 42;
    });
    const tasks = [1, 2, 3].map(() => spawn(() => value.force()));
    for (const task of tasks) log(String(yield* task));
    const failing = new Lazy(function* () {
      log("failing");
      yield* sleep(1);
      throw new Error("once");
    });
    for (let i = 0; i < 2; i++) {
      try {
        yield* failing.force();
      } catch (error) {
        log(codeOf(error));
      }
    }
  });
  expect(entries).toEqual(["making", "42", "42", "42", "failing", "once", "once", "end"]);
});

test("a lazy value whose maker is stopped is made afresh by the next; one that forces itself is refused", () => {
  const entries = record(function* (log) {
    let attempts = 0;
    const value = new Lazy(function* () {
      attempts++;
      yield* sleep(5);
      return attempts;
    });
    const first = spawn(() => value.force());
    const second = spawn(() => value.force());
    yield* sleep(1);
    yield* first.cancel();
    log(`made by attempt ${yield* second}`);
    const itself: Lazy<number> = new Lazy(() => itself.force());
    try {
      yield* itself.force();
    } catch (error) {
      log(codeOf(error));
    }
  });
  expect(entries).toEqual(["made by attempt 2", "ERR_SOLO5_DEADLOCK", "end"]);
});

test("a lazy value whose maker runs out of time is made afresh as well", () => {
  const entries = record(function* (log) {
    const value = new Lazy(function* () {
      yield* sleep(5);
      return "made";
    });
    try {
      yield* withTimeout(2, value.force());
    } catch (error) {
      log(codeOf(error));
    }
    log(yield* value.force());
    log(yield* value.force());
  });
  expect(entries).toEqual(["ERR_SOLO5_TIMEOUT", "made", "made", "end"]);
});

test("a callback of the host puts into a queue and wakes the run that takes", async () => {
  const queue = new Queue<string>(1);
  const value = await run(
    [],
    function* () {
      // Holds the run open: a queue can't know that somebody outside will put.
      const awake = spawn(() => sleep(5e9));
      setTimeout(() => queue.tryPut("from a timer"), 1);
      const value = yield* queue.take();
      yield* awake.cancel();
      return value;
    },
    { solo5: eventLoopWorld() },
  );
  expect(value).toBe("from a timer");
});

test("two runs may hand on a lock, but not stand in one line", async () => {
  const mutex = new Mutex();
  const log: string[] = [];
  const user = (name: string, ns: number) =>
    run(
      [],
      function* () {
        const awake = spawn(() => sleep(5e9));
        try {
          yield* mutex.lock();
          log.push(`${name} has it`);
          yield* sleep(ns);
          mutex.unlock();
        } catch (error) {
          log.push(`${name}: ${codeOf(error)}`);
        }
        yield* awake.cancel();
      },
      { solo5: eventLoopWorld() },
    );
  await Promise.all([user("a", 20e6), user("b", 1e6), user("c", 1e6)]);
  expect(log).toEqual(["a has it", "c: ERR_SOLO5_INVALID_ARGUMENT", "b has it"]);
});
