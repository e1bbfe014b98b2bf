// Tasks that many tests need, all of them children of the running task.
import { type Operation, sleep, spawn, type Task } from "../src/index.ts";

/** Gives `value` after `ns` nanoseconds. */
export function after<T>(name: string, ns: number, value: T): Task<T> {
  return spawn(
    function* () {
      yield* sleep(ns);
      return value;
    },
    { name },
  );
}

/** Throws after `ns` nanoseconds. */
export function failsAfter(name: string, ns: number): Task<never> {
  return spawn(
    function* () {
      yield* sleep(ns);
      throw new Error(`${name} failed`);
    },
    { name },
  );
}

/** Sleeps for 100 ns, and does `cleanup` in its `finally`. */
export function sleeper(name: string, cleanup: () => Operation<void>): Task<void> {
  return spawn(
    function* () {
      try {
        yield* sleep(100);
      } finally {
        yield* cleanup();
      }
    },
    { name },
  );
}
