// What runs right now. Turns save and restore it, so that schedulers may nest; nothing else is
// shared by the schedulers of a process.
import type { Debug } from "./debug.ts";
import type { Engine } from "./engine.ts";
import { SchedulerError } from "./errors.ts";
import type { TaskState } from "./task.ts";

export const active: {
  /** The scheduler whose turn it is. */
  engine: Engine | null;
  /** The task whose step it is. */
  task: TaskState | null;
  /** How many more ready operations this step may do before it goes to the tail of the queue. */
  readyLeft: number;
  /** That of `engine`. */
  debug: Debug | null;
  /** When the turn under way began, in nanoseconds of the world's `clockMonotonic`. */
  turnStart: number;
} = {
  engine: null,
  task: null,
  readyLeft: 0,
  debug: null,
  // Not 0, which V8 would keep as another kind of number than it is later.
  turnStart: Number.NaN,
};

/** One loaded copy of this package, as the others see it. */
interface Copy {
  readonly place: string;
  readonly isRunning: () => boolean;
}

const COPIES = Symbol.for("miou-solo5.schedulers");
const registry = globalThis as { [COPIES]?: Copy[] };
registry[COPIES] ??= [];
const copies = registry[COPIES];
const here: Copy = {
  place: (import.meta as { readonly url?: string }).url ?? "an unnamed bundle",
  isRunning: () => active.task !== null,
};
copies.push(here);

/**
 * The running task.
 *
 * @throws {SchedulerError} ERR_SOLO5_OUTSIDE_TASK, ERR_SOLO5_TWO_SCHEDULERS
 */
export function activeTask(what: string): TaskState {
  if (active.task === null) throw outsideTask(what);
  return active.task;
}

/** Why `what` can't be done here: no task runs, or one of another copy of this package does. */
export function outsideTask(what: string): SchedulerError {
  const other = copies.find((copy) => copy !== here && copy.isRunning());
  if (other !== undefined) {
    return new SchedulerError(
      "ERR_SOLO5_TWO_SCHEDULERS",
      `${what} belongs to the scheduler loaded from ${here.place}, but the running task to the one ` +
        `loaded from ${other.place}: install one version of @miou-solo5/scheduler (\`npm ls @miou-solo5/scheduler\`)`,
    );
  }
  return new SchedulerError(
    "ERR_SOLO5_OUTSIDE_TASK",
    `${what} needs a running task: call it inside the function* given to \`run\` or \`spawn\``,
  );
}
