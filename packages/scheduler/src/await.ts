// Waiting for several children.

import { active } from "./active.ts";
import { Compound } from "./compound.ts";
import { SchedulerError } from "./errors.ts";
import { Leaf, SUSPENDED } from "./leaf.ts";
import type { Operation, Outcome, Suspended, Task } from "./operation.ts";
import { type Awaiter, TaskImpl, type TaskState } from "./task.ts";
import { CANCEL_REQUESTED, ENDED, FAILED } from "./task-flags.ts";

/** The outcomes of a list of tasks, place by place. */
export type Outcomes<T extends readonly Task<unknown>[]> = {
  -readonly [I in keyof T]: T[I] extends Task<infer V> ? Outcome<V> : never;
};

type ValueOf<T extends readonly Task<unknown>[]> = T[number] extends Task<infer V> ? V : never;

/**
 * Waits until all have ended and gives their outcomes in the order of the list.
 *
 * @throws {SchedulerError} ERR_SOLO5_INVALID_ARGUMENT for an empty list or what is no task;
 * ERR_SOLO5_NOT_A_CHILD
 */
export function awaitAll<const T extends readonly Task<unknown>[]>(
  tasks: T,
): Operation<Outcomes<T>> {
  const children = checkTasks("awaitAll", tasks);
  return new Compound("awaitAll", () => allOutcomes<T>(children));
}

/**
 * Waits until one has ended, and gives its value or throws its error; the others go on and must still be awaited.
 *
 * The winner is the one that ended first. Among those that had ended before the call: a success before a failure
 * before a cancelled one, and chance (the run's `random`) within a rank.
 * @throws as `awaitAll`; what the winner threw; ERR_SOLO5_CANCELLED
 */
export function awaitOne<const T extends readonly Task<unknown>[]>(
  tasks: T,
): Operation<ValueOf<T>> {
  const children = checkTasks("awaitOne", tasks);
  return new Compound("awaitOne", () => oneValue<ValueOf<T>>(children));
}

/**
 * Waits as `awaitOne`, then cancels the others in the order of the list, each to its end, before it gives the
 * winner's value or throws its error. Once there is a winner it is not interrupted any more.
 *
 * @throws as `awaitOne`
 */
export function race<const T extends readonly Task<unknown>[]>(tasks: T): Operation<ValueOf<T>> {
  const children = checkTasks("race", tasks);
  return new Compound("race", () => raceValue<ValueOf<T>>(children));
}

function checkTasks(verb: string, tasks: readonly Task<unknown>[]): readonly TaskState[] {
  if (!Array.isArray(tasks)) {
    throw new SchedulerError("ERR_SOLO5_INVALID_ARGUMENT", `${verb} takes an array of tasks`);
  }
  for (const task of tasks) {
    if (!(task instanceof TaskImpl)) {
      throw new SchedulerError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `${verb} takes tasks only: \`spawn\` the operation first`,
      );
    }
  }
  if (tasks.length === 0) {
    throw new SchedulerError("ERR_SOLO5_INVALID_ARGUMENT", `${verb} needs at least one task`);
  }
  // A copy: the operation may be done later, or again, and the caller's list may have changed.
  return [...(tasks as readonly TaskState[])];
}

function* allOutcomes<T extends readonly Task<unknown>[]>(
  tasks: readonly TaskState[],
): Generator<Suspended, Outcomes<T>, void> {
  for (const task of tasks) task.requireParent("awaitAll");
  const outcomes: Outcome<unknown>[] = [];
  for (const task of tasks) outcomes.push(yield* task.result());
  return outcomes as Outcomes<T>;
}

function* oneValue<V>(tasks: readonly TaskState[]): Generator<Suspended, V, void> {
  const winner = yield* new FirstEnded("awaitOne", [...new Set(tasks)]);
  return winner.take();
}

function* raceValue<V>(tasks: readonly TaskState[]): Generator<Suspended, V, void> {
  const runners = [...new Set(tasks)];
  const winner = yield* new FirstEnded("race", runners);
  for (const task of runners) if (task !== winner) yield* task.cancel();
  return winner.take();
}

/** The first of several children to end. They stay children. */
class FirstEnded extends Leaf<TaskState> implements Awaiter {
  readonly #verb: string;
  readonly #tasks: readonly TaskState[];
  #winner: TaskState | null = null;

  constructor(verb: string, tasks: readonly TaskState[]) {
    super();
    this.#verb = verb;
    this.#tasks = tasks;
  }

  get what(): string {
    return `the end of one of ${this.#tasks.map((task) => task.name).join(", ")}`;
  }

  next(): IteratorResult<Suspended, TaskState> {
    if (this.resumed() && this.#winner !== null) {
      return { done: true, value: this.#winner };
    }
    for (const child of this.#tasks) child.requireParent(this.#verb);
    const task = this.enter();
    if (task === null) return SUSPENDED;
    const winner = this.#amongEnded();
    if (winner !== null) {
      if (!this.mayGoOn(task)) return SUSPENDED;
      return { done: true, value: winner };
    }
    for (const child of this.#tasks) child.awaiter = this;
    return this.suspend(task);
  }

  childEnded(child: TaskState, parent: TaskState): void {
    if (this.#winner !== null) return;
    this.#winner = child;
    this.unregister();
    active.engine?.wake(parent);
  }

  protected override unregister(): void {
    for (const child of this.#tasks) child.awaiter = null;
  }

  protected override copy(): FirstEnded {
    return new FirstEnded(this.#verb, this.#tasks);
  }

  #amongEnded(): TaskState | null {
    let best: TaskState[] = [];
    let bestRank = Infinity;
    for (const child of this.#tasks) {
      if ((child.flags & ENDED) === 0) continue;
      const rank =
        (child.flags & CANCEL_REQUESTED) !== 0 ? 2 : (child.flags & FAILED) !== 0 ? 1 : 0;
      if (rank < bestRank) best = [];
      if (rank <= bestRank) best.push(child);
      bestRank = Math.min(rank, bestRank);
    }
    if (best.length < 2) return best[0] ?? null;
    return best[active.engine?.random.below(best.length) ?? 0] ?? null;
  }
}
