// What a parent can do with a child besides `yield* task`: take its outcome, or cancel it.
import { active } from "./active.ts";
import { refuseByHand } from "./by-hand.ts";
import { refreshInterrupt, throwInterrupt } from "./interrupt.ts";
import { DONE, Leaf, SUSPENDED } from "./leaf.ts";
import type { Outcome, Suspended } from "./operation.ts";
import type { Awaiter, TaskImpl, TaskState } from "./task.ts";
import { CANCEL_REQUESTED, ENDED, STEP_OVER } from "./task-flags.ts";

/** Asks `task` to stop: marks it, and interrupts what it waits for. Its parent's right alone. */
export function requestCancel(task: TaskState): void {
  if ((task.flags & CANCEL_REQUESTED) !== 0) return;
  task.flags |= CANCEL_REQUESTED;
  active.engine?.tracer?.cancel?.(task);
  refreshInterrupt(task);
}

export class TaskResult<T> extends Leaf<Outcome<T>> implements Awaiter {
  readonly child: TaskImpl<T>;

  constructor(child: TaskImpl<T>) {
    super();
    this.child = child;
  }

  get what(): string {
    return `the outcome of ${this.child.name}`;
  }

  next(): IteratorResult<Suspended, Outcome<T>> {
    if (this.resumed()) return this.done();
    this.child.requireParent("result");
    const task = this.enter();
    if (task === null) return SUSPENDED;
    if ((this.child.flags & ENDED) !== 0) {
      if (!this.mayGoOn(task)) return SUSPENDED;
      return this.done();
    }
    this.child.awaiter = this;
    return this.suspend(task);
  }

  childEnded(_child: TaskState, parent: TaskState): void {
    active.engine?.wake(parent);
  }

  protected override unregister(): void {
    this.child.awaiter = null;
  }

  protected override copy(): TaskResult<T> {
    return new TaskResult(this.child);
  }

  private done(): IteratorReturnResult<Outcome<T>> {
    this.child.collect();
    return { done: true, value: this.child.outcome() };
  }
}

export class CancelTask extends Leaf<void> implements Awaiter {
  readonly child: TaskState;

  constructor(child: TaskState) {
    super();
    this.child = child;
  }

  get what(): string {
    return `the end of cancelled ${this.child.name}`;
  }

  // A canceller waits for all that it stops; an interrupt of its own is thrown at its next
  // suspension point.
  override get interruptible(): boolean {
    return false;
  }

  next(): IteratorResult<Suspended, void> {
    if (this.resumed()) {
      this.child.collect();
      return DONE;
    }
    const task = this.child.requireParent("cancel");
    if ((task.flags & STEP_OVER) !== 0) refuseByHand(task);
    this.task = null;
    if (active.engine?.fatal) {
      throwInterrupt(task);
      this.task = task;
      return SUSPENDED;
    }
    requestCancel(this.child);
    if ((this.child.flags & ENDED) !== 0) {
      if (!this.mayGoOn(task)) return SUSPENDED;
      this.child.collect();
      return DONE;
    }
    this.child.awaiter = this;
    return this.suspend(task);
  }

  childEnded(_child: TaskState, parent: TaskState): void {
    active.engine?.wake(parent);
  }

  protected override unregister(): void {
    this.child.awaiter = null;
  }

  protected override copy(): CancelTask {
    return new CancelTask(this.child);
  }
}
