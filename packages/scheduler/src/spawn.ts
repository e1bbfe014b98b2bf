// Making a child task.
import { active, activeTask } from "./active.ts";
import { invariant, SchedulerError } from "./errors.ts";
import type { Body, Task } from "./operation.ts";
import { checkOrphans, type Orphans } from "./orphans.ts";
import { give } from "./ownership.ts";

export interface SpawnOptions<T> {
  /** For traces and reports; else the body's own name. */
  readonly name?: string;
  /** Collects the task when it has ended; see `orphans`. */
  readonly orphans?: Orphans<T>;
  /** Resources of this task that the child owns from now on; see `own`. */
  readonly resources?: readonly object[];
}

/**
 * Makes a child of the running task. It starts after the parent's next suspension, and the parent
 * must await or cancel it before it returns.
 *
 * A hot spawn is cheapest with a declared generator function: `spawn(() => serve(connection))`.
 * @throws {SchedulerError} ERR_SOLO5_OUTSIDE_TASK, ERR_SOLO5_INVALID_ARGUMENT, ERR_SOLO5_NOT_OWNER
 */
export function spawn<T>(body: Body<T>, options?: SpawnOptions<T>): Task<T> {
  const parent = activeTask("spawn");
  const engine = active.engine;
  invariant(engine !== null, "a running task has an engine");
  if (typeof body !== "function") {
    throw new SchedulerError(
      "ERR_SOLO5_INVALID_ARGUMENT",
      `spawn: the body must be a function* or a function that returns an operation, got ${typeof body}`,
    );
  }
  if (options === undefined) return engine.spawn(parent, body, "");
  const collector = options.orphans === undefined ? null : checkOrphans(options.orphans);
  if (options.resources !== undefined) give.check(parent, options.resources);
  const task = engine.spawn(parent, body, options.name ?? "");
  if (options.resources !== undefined) give.move(parent, task, options.resources);
  collector?.add(task);
  return task;
}
