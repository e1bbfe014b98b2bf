// Stretches of a task that treat interrupts in their own way: shielded ones, and ones with a time
// limit. Both run the operation in the calling task, so that it may still await its own children.

import { active, activeTask } from "./active.ts";
import { Compound } from "./compound.ts";
import { showPlace, waitsAt } from "./debug.ts";
import { SchedulerError } from "./errors.ts";
import { refreshInterrupt, type Scope } from "./interrupt.ts";
import type { Operation, Suspended } from "./operation.ts";
import type { Timer } from "./select-loop.ts";
import { checkDuration } from "./sleep.ts";
import type { TaskState } from "./task.ts";

/**
 * Does `operation` to its end, even when the task is cancelled or a time limit around it passes
 * meanwhile: for cleanup that must suspend. The interrupt is thrown at the next suspension point after it.
 */
export function shield<T>(operation: Operation<T>): Operation<T> {
  return new Compound("shield", () => shielded(operation), operation);
}

/**
 * Does `operation`, and interrupts it when it has not ended within `duration` nanoseconds: its
 * suspension points then throw ERR_SOLO5_TIMEOUT, and so does `withTimeout` itself, unless the
 * operation throws another error or never comes to a suspension point again.
 *
 * @throws {SchedulerError} ERR_SOLO5_TIMEOUT; ERR_SOLO5_INVALID_ARGUMENT for NaN
 */
export function withTimeout<T>(duration: number, operation: Operation<T>): Operation<T> {
  checkDuration("withTimeout", duration);
  return new Compound("withTimeout", () => limited(duration, operation), operation);
}

function* shielded<T>(operation: Operation<T>): Generator<Suspended, T, void> {
  const task = activeTask("shield");
  const scope: Scope = { outer: innermost(task), shields: true, interrupt: null, thrown: 0 };
  enter(task, scope);
  try {
    return yield* operation;
  } finally {
    leave(task, scope);
  }
}

function* limited<T>(duration: number, operation: Operation<T>): Generator<Suspended, T, void> {
  const task = activeTask("withTimeout");
  const engine = active.engine;
  const scope: Scope = { outer: innermost(task), shields: false, interrupt: null, thrown: 0 };
  const timer: Timer = {
    deadline: (engine?.solo5.clockMonotonic() ?? 0) + Math.max(duration, 0),
    expire: () => {
      scope.interrupt = new SchedulerError(
        "ERR_SOLO5_TIMEOUT",
        `the operation did not end within ${duration} ns`,
      );
      showPlace(scope.interrupt, waitsAt(task));
      refreshInterrupt(task);
    },
  };
  // No timer for a limit that never comes: it would hold the run open and hide a deadlock.
  const entry = duration === Infinity ? undefined : engine?.loop.addTimer(timer);
  enter(task, scope);
  try {
    const value = yield* operation;
    if (scope.thrown > 0) throw scope.interrupt;
    return value;
  } finally {
    if (entry !== undefined && scope.interrupt === null) engine?.loop.removeTimer(entry);
    leave(task, scope);
  }
}

function innermost(task: TaskState): Scope | null {
  return task.rare?.scope ?? null;
}

function enter(task: TaskState, scope: Scope): void {
  task.rareFields().scope = scope;
  refreshInterrupt(task);
}

function leave(task: TaskState, scope: Scope): void {
  task.rareFields().scope = scope.outer;
  refreshInterrupt(task);
}
