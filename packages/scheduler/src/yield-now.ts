// Giving the others their turn.
import { active, outsideTask } from "./active.ts";
import { refuseByHand } from "./by-hand.ts";
import type { Debug } from "./debug.ts";
import { throwInterrupt } from "./interrupt.ts";
import { DONE, SUSPENDED, type Suspension } from "./leaf.ts";
import type { Operation, OpIterator, Suspended } from "./operation.ts";
import { INTERRUPTED } from "./task-flags.ts";

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

// One object for all tasks: it has no arguments, and the task's `leaf` tells whether it resumes.
class YieldNow implements Operation<void>, OpIterator<void>, Suspension {
  readonly what = "its next turn";
  readonly interruptible = true;

  [Symbol.iterator](): OpIterator<void> {
    return this;
  }

  next(): IteratorResult<Suspended, void> {
    const task = active.task;
    if (task === null) throw outsideTask("yieldNow");
    if (active.suspended) refuseByHand(task);
    if (task.leaf === this) {
      task.leaf = null;
      return DONE;
    }
    if ((task.flags & INTERRUPTED) !== 0) {
      throwInterrupt(task);
      return SUSPENDED;
    }
    task.leaf = this;
    active.suspended = true;
    active.engine?.wake(task);
    return SUSPENDED;
  }

  abort(): void {}
}

const YIELD_NOW = new YieldNow();
