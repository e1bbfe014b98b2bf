// Waiting for something that tasks under one lock tell each other.

import { activeTask } from "./active.ts";
import { Compound } from "./compound.ts";
import { SchedulerError } from "./errors.ts";
import { SUSPENDED } from "./leaf.ts";
import type { Mutex } from "./mutex.ts";
import type { Operation, Suspended } from "./operation.ts";
import { shield } from "./scope.ts";
import { WaitingLeaf, WaitList } from "./wait-list.ts";

export class Condition {
  readonly #waiting = new WaitList<Signalled>();

  /**
   * Unlocks `mutex`, waits for a signal, and locks again before it ends, however it ends: held back from
   * cancellation meanwhile. What was waited for may be over by then, so wait in a loop:
   * `while (queue.length === 0) yield* filled.wait(mutex);`
   *
   * Suspends: always. Cancelled, a signal that this task had been given goes to the next.
   * @throws {SchedulerError} ERR_SOLO5_NOT_OWNER where the task does not have the lock
   */
  wait(mutex: Mutex): Operation<void> {
    return new Compound("wait", () => waiting(this.#waiting, this, mutex));
  }

  /** Wakes the task that has waited longest, if any. */
  signal(): void {
    this.#waiting.wakeFirst();
  }

  /** Wakes all that wait now, in order. */
  broadcast(): void {
    for (let count = this.#waiting.length; count > 0; count--) this.signal();
  }
}

function* waiting(
  list: WaitList<Signalled>,
  condition: Condition,
  mutex: Mutex,
): Generator<Suspended, void, void> {
  const task = activeTask("wait");
  if (!mutex.isOwnedBy(task)) {
    throw new SchedulerError(
      "ERR_SOLO5_NOT_OWNER",
      `wait: task ${task.name} must have the lock that it wants to give up while it waits`,
    );
  }
  try {
    yield* new Signalled(list, condition, mutex);
  } finally {
    // It still has the lock where it was interrupted before it began to wait.
    if (!mutex.isOwnedBy(task)) yield* shield(mutex.lock());
  }
}

class Signalled extends WaitingLeaf<void> {
  readonly what = "a condition";
  readonly #list: WaitList<Signalled>;
  readonly #condition: Condition;
  readonly #mutex: Mutex;

  constructor(list: WaitList<Signalled>, condition: Condition, mutex: Mutex) {
    super();
    this.#list = list;
    this.#condition = condition;
    this.#mutex = mutex;
  }

  next(): IteratorResult<Suspended, void> {
    if (this.resumed()) return { done: true, value: undefined };
    const task = this.enter();
    if (task === null) return SUSPENDED;
    this.#list.push(this);
    this.#mutex.handOn();
    return this.suspend(task);
  }

  protected override unregister(): void {
    if (!this.#list.remove(this)) this.#condition.signal();
  }

  protected override copy(): Signalled {
    return new Signalled(this.#list, this.#condition, this.#mutex);
  }
}
