// Interrupts: what a suspension point throws, and when. Level-triggered: an interrupt is a state of
// the task, not an event, so every suspension point throws for as long as it holds.
import { active } from "./active.ts";
import { Cancelled, SchedulerError } from "./errors.ts";
import type { TaskState } from "./task.ts";
import {
  CANCEL_REQUESTED,
  ENDED,
  ENDING,
  INTERRUPT_PAID,
  INTERRUPTED,
  STEP_OVER,
} from "./task-flags.ts";

/** A stretch of a task's execution that treats interrupts in its own way. Innermost first. */
export interface Scope {
  readonly outer: Scope | null;
  /** Hides every interrupt that comes from outside it. */
  readonly shields: boolean;
  /** What its suspension points throw once its time is over; null before. */
  interrupt: Error | null;
  /** How often that was thrown. */
  thrown: number;
}

/** Times that a task may swallow one interrupt before each further one costs a round through the queue. */
const SWALLOWED_FREE = 16;
/** Times that a task may swallow one interrupt before the run ends. */
const SWALLOWED_MAX = 1000;

/** The outermost interrupt that no shield inside it hides. */
function visibleInterrupt(task: TaskState): Scope | "cancelled" | null {
  let found: Scope | null = null;
  for (let scope = task.rare?.scope ?? null; scope !== null; scope = scope.outer) {
    if (scope.interrupt !== null) found = scope;
    if (scope.shields) return found;
  }
  return (task.flags & CANCEL_REQUESTED) !== 0 ? "cancelled" : found;
}

/**
 * To be called whenever a scope opens, closes or fires, or the task is cancelled: keeps the
 * INTERRUPTED flag true to `visibleInterrupt`, and resumes a task whose suspension must end.
 */
export function refreshInterrupt(task: TaskState): void {
  if ((task.flags & (ENDING | ENDED)) !== 0) return;
  const engine = active.engine;
  if (engine === null || engine.fatal !== null) return;
  if (visibleInterrupt(task) === null) {
    task.flags &= ~INTERRUPTED;
    return;
  }
  task.flags |= INTERRUPTED;
  if (task === active.task) return;
  if (task.leaf?.interruptible === false) return;
  engine.abortLeaf(task);
  engine.wakeFirst(task);
}

/**
 * Throws the interrupt of the running task. Returns, instead, when the task has swallowed it so
 * often that it must go to the tail of the queue first; the caller then reports SUSPENDED.
 */
export function throwInterrupt(task: TaskState): void {
  const engine = active.engine;
  if (engine === null) return;
  if (engine.fatal !== null) {
    // The task is being unwound. One that swallows even this is left where it stands.
    if (engine.unwindThrown++ < SWALLOWED_MAX) throw engine.fatal;
    task.flags |= STEP_OVER;
    return;
  }
  const interrupt = visibleInterrupt(task);
  const scope = interrupt === "cancelled" ? null : interrupt;
  const rare = task.rareFields();
  const thrown = scope?.thrown ?? rare.cancelThrown;
  if (thrown >= SWALLOWED_MAX) throw engine.abort(cancellationIgnored(task));
  if (thrown >= SWALLOWED_FREE && (task.flags & INTERRUPT_PAID) === 0) {
    engine.requeue(task, INTERRUPT_PAID);
    return;
  }
  task.flags &= ~INTERRUPT_PAID;
  if (scope === null) {
    rare.cancelThrown++;
    throw new Cancelled();
  }
  scope.thrown++;
  throw scope.interrupt;
}

function cancellationIgnored(task: TaskState): SchedulerError {
  return new SchedulerError(
    "ERR_SOLO5_CANCELLATION_IGNORED",
    `task ${task.name} was interrupted ${SWALLOWED_MAX} times and went on each time: ` +
      "let the Cancelled or the timeout that a suspension point throws leave the task or `withTimeout`",
  );
}
