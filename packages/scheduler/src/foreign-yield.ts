// What a body yields or returns that is no operation's: `yield` without its star, an iterable that is
// not an operation, an async function.
import { byHand } from "./by-hand.ts";
import type { Engine } from "./engine.ts";
import { SchedulerError } from "./errors.ts";
import { throwInto } from "./generator.ts";
import { SUSPENDED } from "./leaf.ts";
import type { Suspended } from "./operation.ts";
import type { TaskState } from "./task.ts";
import { STEP_OVER } from "./task-flags.ts";

/** Foreign yields in a row that a task may swallow before the run ends. */
const FOREIGN_YIELDS_MAX = 1000;

/** Refuses what is no operation's suspension and no end, until the body comes to one of the two. Gives the end; null for the other. */
export function checkResult(
  engine: Engine,
  task: TaskState,
  first: IteratorResult<Suspended, unknown>,
): IteratorReturnResult<unknown> | null {
  let result = first;
  for (let count = 0; result.done !== true; count++) {
    if (result === SUSPENDED && (task.flags & STEP_OVER) !== 0) return null;
    const error = notAnOperation("what the task yielded", result.value);
    if (count === FOREIGN_YIELDS_MAX) throw engine.abort(error);
    result = throwAtYield(task.iterator as Iterator<Suspended, unknown>, error);
  }
  // It ended while it was suspended.
  if ((task.flags & STEP_OVER) !== 0) throw byHand(task);
  return result;
}

/** Thrown at that very place, because going on would use a value that never was. */
function throwAtYield(
  iterator: Iterator<Suspended, unknown>,
  error: SchedulerError,
): IteratorResult<Suspended, unknown> {
  try {
    return throwInto.call(iterator, error);
  } catch (thrown) {
    // A foreign iterator without `throw` makes the engine throw a TypeError of its own instead.
    if (thrown === error || !(thrown instanceof TypeError)) throw thrown;
    error.cause = thrown;
    throw error;
  }
}

export function notAnOperation(what: string, value: unknown): SchedulerError {
  const isAsync = typeof (value as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator];
  const hint =
    value instanceof Promise
      ? "a promise: write `yield* until(promise)`, and a `function*` instead of an async function"
      : isAsync === "function"
        ? "write `function*` instead of `async function*`"
        : "write a `function*`, and in it `yield* operation`, with the star";
  return new SchedulerError(
    "ERR_SOLO5_NOT_AN_OPERATION",
    `${what} is not an operation but ${describe(value)}; ${hint}`,
  );
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return `an object (${value.constructor?.name || "no class"})`;
}
