// Giving the others their turn.
import { active, outsideTask } from "./active.ts";
import { refuseByHand } from "./by-hand.ts";
import type { Debug } from "./debug.ts";
import { throwInterrupt } from "./interrupt.ts";
import { DONE, SUSPENDED } from "./leaf.ts";
import type { Operation, OpIterator, Suspended } from "./operation.ts";
import { INTERRUPTED, STEP_OVER, YIELDED } from "./task-flags.ts";

/**
 * Goes to the tail of the run queue: every task that can run now does so before this one goes on.
 *
 * Suspends: always.
 */
export function yieldNow(): Operation<void> {
  return active.debug === null ? YIELD_NOW : debugged(active.debug);
}

/** One of its own: that it is run can be told of each. */
function debugged(debug: Debug): Operation<void> {
  const operation = new YieldNow();
  debug.made(operation);
  return operation;
}

// One object for all tasks: it has no arguments, and a flag of the task tells whether it comes back.
class YieldNow implements Operation<void>, OpIterator<void> {
  readonly what = "its next turn";

  [Symbol.iterator](): OpIterator<void> {
    return this;
  }

  next(): IteratorResult<Suspended, void> {
    const task = active.task;
    if (task === null) throw outsideTask("yieldNow");
    const { flags } = task;
    if ((flags & STEP_OVER) !== 0) refuseByHand(task);
    if ((flags & YIELDED) !== 0) {
      task.flags = flags & ~YIELDED;
      return DONE;
    }
    if ((flags & INTERRUPTED) !== 0) throwInterrupt(task);
    else active.engine?.requeue(task, YIELDED);
    return SUSPENDED;
  }
}

const YIELD_NOW = new YieldNow();
