// One task at a time: a lock that is handed on in the order in which it was asked for.

import { active, activeTask } from "./active.ts";
import { Compound } from "./compound.ts";
import { SchedulerError } from "./errors.ts";
import { DONE, SUSPENDED } from "./leaf.ts";
import type { Operation, Suspended } from "./operation.ts";
import type { TaskState } from "./task.ts";
import { WaitingLeaf, WaitList } from "./wait-list.ts";

export class Mutex {
  readonly #waiting = new WaitList<Lock>();
  #owner: TaskState | null = null;

  get isLocked(): boolean {
    return this.#owner !== null;
  }

  /**
   * Takes the lock.
   *
   * Suspends: while another task has it; served in order of arrival. Cancelled, the task does not have it.
   * @throws {SchedulerError} ERR_SOLO5_DEADLOCK where the task has it already: it would wait for itself
   */
  lock(): Operation<void> {
    return new Lock(this);
  }

  /** Takes the lock where it is free; whether it did. Never suspends. @throws {SchedulerError} ERR_SOLO5_OUTSIDE_TASK */
  tryLock(): boolean {
    const task = activeTask("tryLock");
    if (this.#owner !== null) return false;
    this.#owner = task;
    return true;
  }

  /**
   * Gives the lock to the task that has waited longest, or to nobody.
   *
   * @throws {SchedulerError} ERR_SOLO5_NOT_OWNER where the running task does not have it
   */
  unlock(): void {
    if (this.isOwnedBy(activeTask("unlock"))) return this.handOn();
    // A task that is being unwound could not lock again what it had given up to wait.
    if (active.engine?.fatal) return;
    throw new SchedulerError(
      "ERR_SOLO5_NOT_OWNER",
      `unlock: task ${active.task?.name} does not have this lock` +
        (this.#owner === null ? ", which is free" : `: task ${this.#owner.name} has it`),
    );
  }

  /** Does `operation` with the lock, and unlocks however it ends. */
  hold<T>(operation: Operation<T>): Operation<T> {
    return new Compound("hold", () => holding(this, operation), operation);
  }

  /** For `Lock` and `Condition`. */
  isOwnedBy(task: TaskState): boolean {
    return this.#owner === task;
  }

  /** For `Lock`: takes it for `task` where it is free, else puts the leaf in line. */
  takeOrWait(task: TaskState, leaf: Lock): boolean {
    if (this.#owner === task) {
      throw new SchedulerError(
        "ERR_SOLO5_DEADLOCK",
        `lock: task ${task.name} has this lock already and would wait for itself`,
      );
    }
    if (this.#owner === null) {
      this.#owner = task;
      return true;
    }
    this.#waiting.push(leaf);
    return false;
  }

  /** For `Lock`: a place in line is given up; false where the lock had been handed over. */
  leave(leaf: Lock): boolean {
    return this.#waiting.remove(leaf);
  }

  handOn(): void {
    // Directly to the next, so that no newcomer gets in between.
    this.#owner = this.#waiting.wakeFirst()?.task ?? null;
  }
}

class Lock extends WaitingLeaf<void> {
  readonly what = "a lock";
  readonly #mutex: Mutex;

  constructor(mutex: Mutex) {
    super();
    this.#mutex = mutex;
  }

  next(): IteratorResult<Suspended, void> {
    if (this.resumed()) return DONE;
    const task = this.enter();
    if (task === null) return SUSPENDED;
    if (!this.#mutex.isLocked && !this.mayGoOn(task)) return SUSPENDED;
    return this.#mutex.takeOrWait(task, this) ? DONE : this.suspend(task);
  }

  protected override unregister(): void {
    if (!this.#mutex.leave(this)) this.#mutex.handOn();
  }

  protected override copy(): Lock {
    return new Lock(this.#mutex);
  }
}

function* holding<T>(mutex: Mutex, operation: Operation<T>): Generator<Suspended, T, void> {
  yield* mutex.lock();
  try {
    return yield* operation;
  } finally {
    mutex.unlock();
  }
}
