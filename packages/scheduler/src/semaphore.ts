// At most so many at a time.
import { SchedulerError } from "./errors.ts";
import { DONE, SUSPENDED } from "./leaf.ts";
import type { Operation, Suspended } from "./operation.ts";
import { WaitingLeaf, WaitList } from "./wait-list.ts";

export class Semaphore {
  readonly #waiting = new WaitList<Acquire>();
  #count: number;

  /** @throws {SchedulerError} ERR_SOLO5_INVALID_ARGUMENT where `count` is no whole number from 0 on */
  constructor(count: number) {
    if (!Number.isInteger(count) || count < 0) {
      throw new SchedulerError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `Semaphore: the count is a whole number from 0 on, got ${String(count)}`,
      );
    }
    this.#count = count;
  }

  /** How many may be acquired at once, without waiting. */
  get available(): number {
    return this.#count;
  }

  /** Takes one. Suspends: while none is left; served in order of arrival. */
  acquire(): Operation<void> {
    return new Acquire(this);
  }

  /** Takes one where one is left; whether it did. */
  tryAcquire(): boolean {
    if (this.#count === 0) return false;
    this.#count--;
    return true;
  }

  /** Gives one back, to the task that has waited longest. Any task may, so a semaphore also counts events. */
  release(): void {
    if (this.#waiting.wakeFirst() === null) this.#count++;
  }

  /** For `Acquire`. */
  enqueue(leaf: Acquire): void {
    this.#waiting.push(leaf);
  }

  /** For `Acquire`: false where it had been given one. */
  leave(leaf: Acquire): boolean {
    return this.#waiting.remove(leaf);
  }
}

class Acquire extends WaitingLeaf<void> {
  readonly what = "a semaphore";
  readonly #semaphore: Semaphore;

  constructor(semaphore: Semaphore) {
    super();
    this.#semaphore = semaphore;
  }

  next(): IteratorResult<Suspended, void> {
    if (this.resumed()) return DONE;
    const task = this.enter();
    if (task === null) return SUSPENDED;
    if (this.#semaphore.available > 0) {
      if (!this.mayGoOn(task)) return SUSPENDED;
      this.#semaphore.tryAcquire();
      return DONE;
    }
    this.#semaphore.enqueue(this);
    return this.suspend(task);
  }

  protected override unregister(): void {
    if (!this.#semaphore.leave(this)) this.#semaphore.release();
  }

  protected override copy(): Acquire {
    return new Acquire(this.#semaphore);
  }
}
