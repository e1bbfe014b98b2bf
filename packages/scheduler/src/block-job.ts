// An operation on a block device that waits until nothing better is to do.
import { active } from "./active.ts";
import type { Engine } from "./engine.ts";
import { invariant } from "./errors.ts";
import { DONE, SUSPENDED } from "./leaf.ts";
import type { Suspended } from "./operation.ts";
import { WaitingLeaf } from "./wait-list.ts";

/** A subclass names the device and does the work in `execute`, which throws to fail the operation. */
export abstract class BlockJob extends WaitingLeaf<void> {
  abstract readonly handle: number;
  /** Done, and not to be taken back: an interrupt comes at the task's next suspension point. */
  #performed = false;
  #failed = false;
  #error: unknown = null;

  override get interruptible(): boolean {
    return !this.#performed;
  }

  /** Called once before queueing, in the task's step: refuses what has become impossible since. */
  protected abstract check(): void;
  protected abstract execute(): void;

  next(): IteratorResult<Suspended, void> {
    if (this.resumed()) {
      this.#performed = false;
      if (!this.#failed) return DONE;
      const error = this.#error;
      this.#failed = false;
      this.#error = null;
      throw error;
    }
    const task = this.enter();
    if (task === null) return SUSPENDED;
    this.check();
    active.engine?.loop.addBlockJob(this);
    return this.suspend(task);
  }

  /** Does the work; the select loop calls it when the operation's turn has come. */
  perform(): void {
    this.#performed = true;
    try {
      this.execute();
    } catch (error) {
      this.#failed = true;
      this.#error = error;
    }
  }

  /** Takes the operation out of the queue and wakes its task. */
  finish(engine: Engine): void {
    invariant(this.task !== null, "a queued block operation has a task");
    engine.loop.removeBlockJob(this);
    engine.wake(this.task);
    engine.wakeDriver();
  }

  protected override unregister(): void {
    this.list?.remove(this);
    this.#performed = false;
    this.#failed = false;
    this.#error = null;
  }
}
