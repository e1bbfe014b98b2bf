// The report on a run in which no task can ever go on.
import { SchedulerError } from "./errors.ts";
import type { TaskState } from "./task.ts";

export function deadlock(root: TaskState): SchedulerError {
  return new SchedulerError(
    "ERR_SOLO5_DEADLOCK",
    `deadlock: every task waits and nothing can wake one\n${waitingTasks(root).join("\n")}`,
  );
}

/** One line for each task that is suspended, parents first, oldest child first. */
export function waitingTasks(root: TaskState): string[] {
  const lines: string[] = [];
  const visit = [{ task: root, depth: 0 }];
  for (let next = visit.pop(); next !== undefined; next = visit.pop()) {
    const { task, depth } = next;
    if (task.leaf !== null) {
      lines.push(`${"  ".repeat(depth)}  ${task.name} (#${task.uid}) waits for ${task.leaf.what}`);
    }
    for (let child = task.newestChild; child !== null; child = child.older) {
      visit.push({ task: child, depth: depth + 1 });
    }
  }
  return lines;
}
