// Interrupts: what a suspension point throws, and when. Level-triggered: an interrupt is a state of
// the task, not an event, so every suspension point throws for as long as it holds.
import { active } from "./active.ts";
import { Cancelled, SchedulerError } from "./errors.ts";
import type { TaskState } from "./task.ts";
import { CANCEL_REQUESTED, ENDED, ENDING, INTERRUPT_PAID, INTERRUPTED } from "./task-flags.ts";

/** A stretch of a task's execution that treats interrupts in its own way. Innermost first. */
export interface Scope {
  readonly outer: Scope | null;
  /** Hides every interrupt that comes from outside it. */
  readonly shields: boolean;
  /** What its suspension points throw once its time is over; null before. */
  interrupt: Error | null;
  /** Whether that was thrown at least once. */
  delivered: boolean;
}

/** Interrupts that a task may swallow before each further one costs a round through the queue. */
const SWALLOWED_FREE = 16;
/** Interrupts that a task may swallow before the run ends. */
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
    if (task.rare !== null) task.rare.interrupts = 0;
    return;
  }
  task.flags |= INTERRUPTED;
  if (task === active.task) return;
  if (task.leaf !== null) {
    if (!task.leaf.interruptible) return;
    const leaf = task.leaf;
    task.leaf = null;
    leaf.abort();
  }
  engine.wakeFirst(task);
}

/**
 * Throws the interrupt of the running task. Returns, instead, when the task has swallowed so many
 * that it must go to the tail of the queue first; the caller then reports SUSPENDED.
 */
export function throwInterrupt(task: TaskState): void {
  const engine = active.engine;
  if (engine === null) return;
  const rare = task.rareFields();
  rare.interrupts++;
  if (engine.fatal !== null) {
    // The task is being unwound. One that swallows even this is left where it stands.
    if (rare.interrupts > SWALLOWED_MAX * 2) return;
    throw engine.fatal;
  }
  if (rare.interrupts > SWALLOWED_MAX) {
    engine.abort(
      new SchedulerError(
        "ERR_SOLO5_CANCELLATION_IGNORED",
        `task ${task.name} was interrupted ${SWALLOWED_MAX} times and went on each time: ` +
          "let the Cancelled that a suspension point throws leave the task",
      ),
    );
    throw engine.fatal;
  }
  if (rare.interrupts > SWALLOWED_FREE && (task.flags & INTERRUPT_PAID) === 0) {
    rare.interrupts--;
    task.flags |= INTERRUPT_PAID;
    engine.wake(task);
    return;
  }
  task.flags &= ~INTERRUPT_PAID;
  const interrupt = visibleInterrupt(task);
  if (interrupt === "cancelled" || interrupt === null) throw new Cancelled();
  interrupt.delivered = true;
  throw interrupt.interrupt;
}
