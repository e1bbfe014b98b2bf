// A run's tasks in the order of reports: parents first, the oldest child first.
import type { TaskState } from "./task.ts";

export interface TaskPlace {
  readonly task: TaskState;
  /** Generations above it. */
  readonly depth: number;
}

/** All tasks that have not been collected by their parents. Not recursive: a run may have 5,000 generations. */
export function* taskTree(root: TaskState): Generator<TaskPlace, void, void> {
  const visit: TaskPlace[] = [{ task: root, depth: 0 }];
  for (let next = visit.pop(); next !== undefined; next = visit.pop()) {
    yield next;
    for (let child = next.task.newestChild; child !== null; child = child.older) {
      visit.push({ task: child, depth: next.depth + 1 });
    }
  }
}

/** Indentation ends here. */
const DEPTH_SHOWN_MAX = 20;

export function indentation(depth: number): string {
  return "  ".repeat(Math.min(depth, DEPTH_SHOWN_MAX));
}
