// Tasks that wait until something is there to take, served in the order in which they came.
import type { Suspended } from "@miou-solo5/scheduler";
import { active, SUSPENDED, WaitingLeaf, WaitList } from "@miou-solo5/scheduler/devices";

type Engine = NonNullable<typeof active.engine>;

/**
 * One for each thing that is read: a socket. Whoever puts something in calls `wakeFirst`; the woken task takes it
 * when it runs, and then wakes the next in line.
 *
 * Why nothing is handed to a waiting task directly: it may be cancelled before it runs, and what it had been given
 * would have to go back.
 */
export class Readers {
  readonly #waiting = new WaitList<ReadLeaf<unknown>>();
  #engine: Engine | null = null;
  /** Woken and not yet back: a newcomer must not take what they will find. */
  #wokenCount = 0;

  /** Whether nobody is in line. */
  get isFree(): boolean {
    return this.#waiting.length === 0 && this.#wokenCount === 0;
  }

  wait(leaf: ReadLeaf<unknown>): void {
    this.#engine = active.engine;
    this.#waiting.push(leaf);
  }

  /** Back to the head of the line: it was woken, and what woke it is gone. */
  waitOn(leaf: ReadLeaf<unknown>): void {
    this.#waiting.insertBefore(this.#waiting.first, leaf);
  }

  /** False where it was woken already. */
  leave(leaf: ReadLeaf<unknown>): boolean {
    return this.#waiting.remove(leaf);
  }

  /** A woken task runs again, or will never use its turn. */
  cameBack(): void {
    this.#wokenCount--;
  }

  wakeFirst(): void {
    const leaf = this.#waiting.shift();
    if (leaf === null || leaf.task === null) return;
    this.#wokenCount++;
    this.#engine?.wake(leaf.task);
    this.#engine?.wakeDriver();
  }

  /** What is read is closed: all find that out, in order. */
  wakeAll(): void {
    while (this.#waiting.length > 0) this.wakeFirst();
  }
}

/** A read: suspends only where nothing is there, or others are in line. */
export abstract class ReadLeaf<T> extends WaitingLeaf<T> {
  protected abstract readonly readers: Readers;

  /** What is there, or null. Throws where nothing will come any more. */
  protected abstract take(): IteratorReturnResult<T> | null;

  next(): IteratorResult<Suspended, T> {
    const waiting = this.task;
    if (this.resumed() && waiting !== null) return this.#takeOrWaitOn(waiting);
    const task = this.enter();
    if (task === null) return SUSPENDED;
    if (this.readers.isFree) {
      if (!this.mayGoOn(task)) return SUSPENDED;
      const taken = this.take();
      if (taken !== null) return taken;
    }
    this.readers.wait(this);
    return this.suspend(task);
  }

  protected override unregister(): void {
    if (this.readers.leave(this)) return;
    this.readers.cameBack();
    this.readers.wakeFirst();
  }

  #takeOrWaitOn(task: Parameters<Engine["wake"]>[0]): IteratorResult<Suspended, T> {
    this.readers.cameBack();
    let taken: IteratorReturnResult<T> | null;
    try {
      taken = this.take();
    } catch (error) {
      // The others learn it as well, or find what came behind it.
      this.readers.wakeFirst();
      throw error;
    }
    if (taken === null) {
      this.readers.waitOn(this);
      return this.suspend(task);
    }
    this.readers.wakeFirst();
    return taken;
  }
}
