// The error of a task that returned and had not awaited or cancelled all its children.
import { showPlace, spawnedAt, spawnedText } from "./debug.ts";
import { SchedulerError } from "./errors.ts";
import type { TaskState } from "./task.ts";
import { ENDED, FAILED } from "./task-flags.ts";

/** Names in the message; a task may have 100,000 children. */
const NAMES_SHOWN_MAX = 10;

export function stillHasChildren(task: TaskState): SchedulerError {
  const names: string[] = [];
  const places: string[] = [];
  let count = 0;
  let failed: TaskState | null = null;
  for (let child = task.newestChild; child !== null; child = child.older) {
    if ((child.flags & (ENDED | FAILED)) === (ENDED | FAILED)) failed = child;
    if (++count > NAMES_SHOWN_MAX) continue;
    names.push(child.name);
    places.push(spawnedText(child));
  }
  if (count > NAMES_SHOWN_MAX) names.push(`${count - NAMES_SHOWN_MAX} more`);
  const error = new SchedulerError(
    "ERR_SOLO5_STILL_HAS_CHILDREN",
    `task ${task.name} returned without having awaited or cancelled ${names.join(", ")}: ` +
      "`yield* child`, or `yield* child.cancel()`, before it returns" +
      (failed === null ? "" : `; ${failed.name} has failed, see the cause`) +
      places.join(""),
    // Nobody would ever hear of it: the first child that failed.
    failed === null ? {} : { cause: failed.value },
  );
  if (task.newestChild !== null) showPlace(error, spawnedAt(task.newestChild));
  return error;
}
