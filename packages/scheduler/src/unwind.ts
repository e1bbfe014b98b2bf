// The end of an aborted run: nothing is scheduled any more, and nothing can wait.
import { active } from "./active.ts";
import { READY_MAX } from "./budget.ts";
import type { Engine } from "./engine.ts";
import { resume } from "./generator.ts";
import { finalise } from "./ownership.ts";
import type { TaskState } from "./task.ts";
import { ENDED, INTERRUPTED, STEP_OVER } from "./task-flags.ts";

/**
 * Gives every living task, top down and newest child first, one `next` in which each suspension
 * point throws the fatal error. Finalisers run after that.
 */
export function unwind(engine: Engine): void {
  active.task = null;
  const tasks: TaskState[] = [];
  const pending: TaskState[] = [engine.root];
  for (let task = pending.pop(); task !== undefined; task = pending.pop()) {
    tasks.push(task);
    if ((task.flags & ENDED) === 0) unwindBody(engine, task);
    const children: TaskState[] = [];
    for (let child = task.newestChild; child !== null; child = child.older) children.push(child);
    pending.push(...children.reverse());
  }
  for (const task of tasks) finalise(task, engine.report);
  engine.loop.clear();
}

function unwindBody(engine: Engine, task: TaskState): void {
  task.flags = (task.flags & ~STEP_OVER) | INTERRUPTED;
  engine.abortLeaf(task);
  if (task.iterator === null) return;
  active.task = task;
  active.readyLeft = READY_MAX;
  engine.unwindThrown = 0;
  try {
    resume(task.iterator);
  } catch (error) {
    if (error !== engine.fatal) engine.report(task, error);
  } finally {
    active.task = null;
    task.iterator = null;
    task.value = undefined;
    task.flags |= ENDED;
  }
}
