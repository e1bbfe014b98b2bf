// One task: where it stands, what it waits for, and its children. As an operation it is the wait
// for its own end, which only its parent may do, so one object serves for both.
import { active, outsideTask } from "./active.ts";
import { refuseByHand } from "./by-hand.ts";
import { spawnedText, type TaskPlaces } from "./debug.ts";
import { Cancelled, SchedulerError } from "./errors.ts";
import { type Scope, throwInterrupt } from "./interrupt.ts";
import { SUSPENDED, type Suspension } from "./leaf.ts";
import type { Body, Operation, OpIterator, Outcome, Suspended, Task } from "./operation.ts";
import type { OrphanList } from "./orphans.ts";
import { CancelTask, TaskResult } from "./outcome.ts";
import type { Resource } from "./ownership.ts";
import {
  CANCEL_REQUESTED,
  ENDED,
  FAILED,
  INTERRUPTED,
  STEP_OVER,
  UNCOLLECTED,
} from "./task-flags.ts";

/** What few tasks have. */
export interface RareFields {
  name: string;
  scope: Scope | null;
  /** How often its cancellation was thrown at a suspension point. */
  cancelThrown: number;
  /** See STALE_ENTRY. */
  staleEntries: number;
  orphans: OrphanList | null;
  resources: Resource[];
  /** With debug only. */
  places: TaskPlaces | null;
}

/** A suspension of the parent that waits for the end of this child, perhaps among others. */
export interface Awaiter extends Suspension {
  childEnded(child: TaskState, parent: TaskState): void;
}

// biome-ignore lint/suspicious/noExplicitAny: a task of any result; `unknown` would not accept one.
export type TaskState = TaskImpl<any>;

export class TaskImpl<T> implements Task<T>, OpIterator<T>, Awaiter {
  // What each step looks at comes first, and so in one line of the cache.
  flags = UNCOLLECTED;
  /** Made by the first step, dropped when the body has ended. */
  iterator: Iterator<Suspended, T> | null = null;
  /** What it is suspended on; null while it runs, only goes round through the queue, or has ended. */
  leaf: Suspension | null = null;
  readonly uid: number;
  readonly parent: TaskState | null;
  readonly body: Body<T>;
  /** When the turn began in which the latest wait did. Always a double: V8 writes it in place, and its collector needs no note. */
  since = Number.NaN;
  /** The value or the error, once the body has ended. */
  value: unknown = undefined;
  awaiter: Awaiter | null = null;
  /** The newest of the uncollected children; the others follow by `older`. */
  newestChild: TaskState | null = null;
  newer: TaskState | null = null;
  older: TaskState | null = null;
  /** How many children have not ended. */
  livingCount = 0;
  rare: RareFields | null = null;

  constructor(uid: number, parent: TaskState | null, body: Body<T>) {
    this.uid = uid;
    this.parent = parent;
    this.body = body;
    if (parent === null) return;
    this.older = parent.newestChild;
    if (this.older !== null) this.older.newer = this;
    parent.newestChild = this;
    parent.livingCount++;
  }

  get name(): string {
    return this.rare?.name || this.body.name || `#${this.uid}`;
  }

  rareFields(): RareFields {
    this.rare ??= {
      name: "",
      scope: null,
      cancelThrown: 0,
      staleEntries: 0,
      orphans: null,
      resources: [],
      places: null,
    };
    return this.rare;
  }

  result(): Operation<Outcome<T>> {
    return new TaskResult(this);
  }

  cancel(): Operation<void> {
    return new CancelTask(this);
  }

  outcome(): Outcome<T> {
    if ((this.flags & CANCEL_REQUESTED) !== 0) {
      const error = this.value;
      // That Cancelled left the body is how a cancelled task ends, and nothing to tell.
      const suppresses = (this.flags & FAILED) !== 0 && !(error instanceof Cancelled);
      return suppresses ? { status: "cancelled", suppressed: error } : { status: "cancelled" };
    }
    if ((this.flags & FAILED) !== 0) return { status: "failed", error: this.value };
    return { status: "succeeded", value: this.value as T };
  }

  /** Takes the task off its parent's list: it was awaited, or cancelled to the end. */
  collect(): void {
    if ((this.flags & UNCOLLECTED) !== 0) this.#unlink();
  }

  #unlink(): void {
    this.flags &= ~UNCOLLECTED;
    if (this.newer !== null) this.newer.older = this.older;
    else if (this.parent !== null) this.parent.newestChild = this.older;
    if (this.older !== null) this.older.newer = this.newer;
    this.newer = null;
    this.older = null;
    this.rare?.orphans?.remove(this);
  }

  /**
   * The running task, which must be this task's parent.
   *
   * @throws {SchedulerError} ERR_SOLO5_OUTSIDE_TASK, ERR_SOLO5_NOT_A_CHILD
   */
  requireParent(verb: string): TaskState {
    const task = active.task;
    if (task === null) throw outsideTask(`${verb} of task ${this.name}`);
    if (this.parent !== task) {
      const whose = this === task ? "itself" : (this.parent?.name ?? "the run");
      throw new SchedulerError(
        "ERR_SOLO5_NOT_A_CHILD",
        `${verb}: task ${this.name} (#${this.uid}) is not a child of task ${task.name} (#${task.uid}) ` +
          `but ${whose === "itself" ? "that task itself" : `of ${whose}`}; only its parent may await or cancel a task` +
          spawnedText(this),
      );
    }
    return task;
  }

  // The wait for the end.

  [Symbol.iterator](): OpIterator<T> {
    return this;
  }

  get what(): string {
    return `the end of ${this.name}`;
  }

  get interruptible(): boolean {
    return true;
  }

  next(): IteratorResult<Suspended, T> {
    const task = this.requireParent("await");
    if ((task.flags & STEP_OVER) !== 0) refuseByHand(task);
    if (task.leaf === this) {
      task.leaf = null;
      return { done: true, value: this.take() };
    }
    if ((task.flags & INTERRUPTED) !== 0) {
      throwInterrupt(task);
      return SUSPENDED;
    }
    if ((this.flags & ENDED) !== 0) {
      if (active.readyLeft === 0) {
        active.engine?.requeue(task, 0);
        return SUSPENDED;
      }
      active.readyLeft--;
      return { done: true, value: this.take() };
    }
    this.awaiter = this;
    task.leaf = this;
    task.since = active.turnStart;
    task.flags |= STEP_OVER;
    return SUSPENDED;
  }

  abort(): void {
    this.awaiter = null;
  }

  childEnded(_child: TaskState, parent: TaskState): void {
    active.engine?.wake(parent);
  }

  /** The value of an ended task; throws its error, or says that it was cancelled. */
  take(): T {
    this.collect();
    if ((this.flags & (CANCEL_REQUESTED | FAILED)) === 0) return this.value as T;
    if ((this.flags & CANCEL_REQUESTED) !== 0) {
      throw new SchedulerError("ERR_SOLO5_CANCELLED", `task ${this.name} was cancelled`);
    }
    throw this.value;
  }
}
