// The report on a run in which no task can ever go on.
import { showPlace, waitsAt } from "./debug.ts";
import { SchedulerError } from "./errors.ts";
import { inspectTask, placeLines } from "./inspect.ts";
import type { TaskState } from "./task.ts";
import { indentation, taskTree } from "./task-tree.ts";

/** `main`: whose place the error shows, where places are known. */
export function deadlock(root: TaskState, main: TaskState | null): SchedulerError {
  const error = new SchedulerError(
    "ERR_SOLO5_DEADLOCK",
    `deadlock: every task waits and nothing can wake one\n${waitingTasks(root).join("\n")}`,
  );
  showPlace(error, main === null ? [] : waitsAt(main));
  return error;
}

/** Tasks in a report; a run may have 100,000. */
const TASK_COUNT_MAX = 100;

/** A line for each task that is suspended, and with debug some more. */
function waitingTasks(root: TaskState): string[] {
  const lines: string[] = [];
  let count = 0;
  for (const { task, depth } of taskTree(root)) {
    if (task.leaf === null || ++count > TASK_COUNT_MAX) continue;
    const indent = indentation(depth + 1);
    lines.push(`${indent}${task.name} (#${task.uid}) waits for ${task.leaf.what}`);
    lines.push(...placeLines(inspectTask(task), indent));
  }
  if (count > TASK_COUNT_MAX) lines.push(`  and ${count - TASK_COUNT_MAX} more`);
  return lines;
}
