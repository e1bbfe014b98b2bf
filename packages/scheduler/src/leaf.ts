// Leaf operations: the small objects at the bottom of every `yield*`. All rules of suspension that
// a leaf must keep stand here; engine.ts relies on them.
import { active, outsideTask } from "./active.ts";
import { refuseByHand, refuseForeign } from "./by-hand.ts";
import { throwInterrupt } from "./interrupt.ts";
import type { Operation, OpIterator, Suspended } from "./operation.ts";
import type { TaskState } from "./task.ts";
import { INTERRUPTED, STEP_OVER } from "./task-flags.ts";

/** The one result that means "suspended"; recognised by identity at any depth of `yield*`. */
export const SUSPENDED: IteratorYieldResult<Suspended> = Object.freeze({
  done: false,
  value: Object.freeze({}) as Suspended,
});

/** The shared result of operations that give nothing. */
export const DONE: IteratorReturnResult<void> = Object.freeze({ done: true, value: undefined });

/** What the engine needs of whatever a task is suspended on. */
export interface Suspension {
  /** What the task waits for, in words: its line in the deadlock report. Built when asked for. */
  readonly what: string;
  /** False for waits that cancellation must not cut short. */
  readonly interruptible: boolean;
  /**
   * Takes the suspension back, also one that was served already but whose task has not come back
   * yet: what the task had been handed goes to the next in line. The task then starts the operation
   * afresh and is refused.
   */
  abort(): void;
}

/**
 * A re-runnable operation that is its own iterator, and copies itself while it is in use.
 *
 * `next` is called once to start and, if it returned SUSPENDED, once more when the engine resumes
 * the task. A subclass writes it in this order (`sleep.ts` is the plainest example):
 *
 * 1. `if (this.resumed()) return` the result: the suspension was served;
 * 2. `const task = this.enter(); if (task === null) return SUSPENDED;` makes sure that a task runs
 *    and is not interrupted (then it throws);
 * 3. ready? `if (!this.mayGoOn(task)) return SUSPENDED;`, else the result;
 * 4. not ready? register with whatever will call `engine.wake(task)`, `return this.suspend(task)`.
 *
 * Arguments are checked in the function that makes the leaf, before anything happens.
 */
export abstract class Leaf<out T> implements Operation<T>, OpIterator<T>, Suspension {
  /**
   * Who uses this object at present; null when it is free. A task whose suspension was aborted keeps
   * it until it has come back: it will call `next` on this very object.
   */
  task: TaskState | null = null;
  abstract readonly what: string;

  constructor() {
    active.debug?.made(this);
  }

  get interruptible(): boolean {
    return true;
  }

  [Symbol.iterator](): OpIterator<T> {
    return this.task === null ? this : this.copy();
  }

  abstract next(): IteratorResult<Suspended, T>;

  abort(): void {
    this.unregister();
  }

  /** Undoes what `next` registered. See `Suspension.abort`. */
  protected abstract unregister(): void;

  /** A free leaf with the same arguments. */
  protected abstract copy(): Leaf<T>;

  /** True when the task comes back from its suspension on this leaf, which is thereby over. */
  protected resumed(): boolean {
    // Free: nobody is suspended on it. Asked first, because a ready operation has no need of the rest.
    if (this.task === null) return false;
    const task = active.task;
    if (task === null || task.leaf === null || task.leaf !== this) return false;
    if ((task.flags & STEP_OVER) !== 0) refuseByHand(task);
    task.leaf = null;
    this.task = null;
    return true;
  }

  /**
   * The task that starts this operation; null where it must first go to the tail of the queue. Until `suspend`, or a
   * `mayGoOn` that says no, this object is free.
   *
   * @throws Cancelled or another interrupt; ERR_SOLO5_OUTSIDE_TASK; ERR_SOLO5_NOT_AN_OPERATION for a
   * leaf, or a generator around it, that is done by hand or by two tasks
   */
  protected enter(): TaskState | null {
    const task = active.task;
    if (task === null) throw outsideTask(this.what);
    if ((task.flags & (STEP_OVER | INTERRUPTED)) === 0 && this.task === null) return task;
    if ((task.flags & STEP_OVER) !== 0) refuseByHand(task);
    if (this.task !== null && this.task !== task) refuseForeign(this.task, task);
    this.task = null;
    if ((task.flags & INTERRUPTED) === 0) return task;
    throwInterrupt(task);
    this.task = task;
    return null;
  }

  /**
   * Whether a ready operation may be done in this step. False after too many in a row: the task
   * then stands at the tail of the queue, to start the operation afresh.
   */
  protected mayGoOn(task: TaskState): boolean {
    if (active.readyLeft > 0) {
      active.readyLeft--;
      return true;
    }
    // Busy meanwhile, so that another task that does the same operation gets a copy.
    this.task = task;
    active.engine?.requeue(task, 0);
    return false;
  }

  protected suspend(task: TaskState): IteratorYieldResult<Suspended> {
    this.task = task;
    task.leaf = this;
    task.since = active.turnStart;
    task.flags |= STEP_OVER;
    return SUSPENDED;
  }
}
