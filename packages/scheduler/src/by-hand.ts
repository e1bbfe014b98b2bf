// Operations that are not done by `yield*` in one task: an iterator advanced by hand (spread,
// `for...of`, `next`), whose task runs on instead of waiting, or one generator shared by two tasks.
import { active } from "./active.ts";
import { SchedulerError } from "./errors.ts";
import type { TaskState } from "./task.ts";
import { STEP_OVER, YIELDED } from "./task-flags.ts";

/** Takes back the suspension that the running task ran on from, and says so at that place. */
export function refuseByHand(task: TaskState): never {
  takeBack(task);
  throw byHand(task);
}

export function byHand(task: TaskState): SchedulerError {
  return new SchedulerError(
    "ERR_SOLO5_NOT_AN_OPERATION",
    `task ${task.name} began an operation and went on without waiting for it: an operation is done by ` +
      "`yield* operation`, never by for...of, a spread, a destructuring or its iterator's `next`",
  );
}

/** Leaves the running task as if its suspension had not begun. */
export function takeBack(task: TaskState): void {
  const { leaf } = task;
  task.flags &= ~(STEP_OVER | YIELDED);
  active.engine?.unqueue(task);
  task.leaf = null;
  leaf?.abort();
}

export function refuseForeign(owner: TaskState, task: TaskState): never {
  throw new SchedulerError(
    "ERR_SOLO5_NOT_AN_OPERATION",
    `task ${task.name} runs a generator object that task ${owner.name} is running: a generator is run once, ` +
      "by one task; call its function again",
  );
}
