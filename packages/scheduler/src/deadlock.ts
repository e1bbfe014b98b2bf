// The report on a run in which no task can ever go on.
import { SchedulerError } from "./errors.ts";
import type { TaskState } from "./task.ts";

export function deadlock(root: TaskState): SchedulerError {
  return new SchedulerError(
    "ERR_SOLO5_DEADLOCK",
    `deadlock: every task waits and nothing can wake one\n${waitingTasks(root).join("\n")}`,
  );
}

/** Lines of a report; a run may have 100,000 tasks. */
const LINE_COUNT_MAX = 100;
/** Indentation ends here; a run may have 5,000 generations. */
const DEPTH_SHOWN_MAX = 20;

/** One line for each task that is suspended, parents first, oldest child first. */
function waitingTasks(root: TaskState): string[] {
  const lines: string[] = [];
  let count = 0;
  const visit = [{ task: root, depth: 0 }];
  for (let next = visit.pop(); next !== undefined; next = visit.pop()) {
    const { task, depth } = next;
    if (task.leaf !== null && ++count <= LINE_COUNT_MAX) {
      const indentation = "  ".repeat(Math.min(depth, DEPTH_SHOWN_MAX) + 1);
      lines.push(`${indentation}${task.name} (#${task.uid}) waits for ${task.leaf.what}`);
    }
    for (let child = task.newestChild; child !== null; child = child.older) {
      visit.push({ task: child, depth: depth + 1 });
    }
  }
  if (count > LINE_COUNT_MAX) lines.push(`  and ${count - LINE_COUNT_MAX} more`);
  return lines;
}
