// Items from tasks to tasks, in order, at most so many under way.
import { SchedulerError } from "./errors.ts";
import { DONE, SUSPENDED } from "./leaf.ts";
import type { Operation, Suspended } from "./operation.ts";
import { Ring } from "./ring.ts";
import { WaitingLeaf, WaitList } from "./wait-list.ts";

export class Queue<T> {
  /** Items that lie in the queue at most; who puts another waits. */
  readonly capacity: number;
  readonly #items = new Ring<T>();
  readonly #putting = new WaitList<Put<T>>();
  readonly #taking = new WaitList<Take<T>>();

  /** @throws {SchedulerError} ERR_SOLO5_INVALID_ARGUMENT where `capacity` is no whole number from 1 on, nor Infinity */
  constructor(capacity: number) {
    if (capacity !== Infinity && (!Number.isInteger(capacity) || capacity < 1)) {
      throw new SchedulerError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `Queue: the capacity is a whole number from 1 on, or Infinity, got ${String(capacity)}`,
      );
    }
    this.capacity = capacity;
  }

  /** Items that lie in the queue. */
  get length(): number {
    return this.#items.length;
  }

  /** Puts `item` at the end. Suspends: while the queue is full; cancelled meanwhile, the item was not put. */
  put(item: T): Operation<void> {
    return new Put(this, this.#putting, item);
  }

  /** Takes the first item. Suspends: while there is none; tasks are served in order of arrival. */
  take(): Operation<T> {
    return new Take(this, this.#taking);
  }

  /** Puts `item` where there is room; whether it did. May be called from anywhere, also by callbacks of the host. */
  tryPut(item: T): boolean {
    // Where somebody waits for an item there is room.
    const taker = this.#taking.wakeFirst();
    if (taker !== null) taker.item = item;
    else if (this.#items.length >= this.capacity) return false;
    else this.#items.push(item);
    return true;
  }

  /** Takes the first item, in a tuple because an item may be anything; null where there is none. */
  tryTake(): readonly [T] | null {
    if (this.#items.length === 0) return null;
    const item = this.#items.shift() as T;
    const putter = this.#putting.wakeFirst();
    if (putter !== null) this.#items.push(putter.item);
    return [item];
  }

  /** For `Take`: an item that was handed to a task which does not want it any more. */
  giveBack(item: T): void {
    const taker = this.#taking.wakeFirst();
    if (taker === null) this.#items.unshift(item);
    else taker.item = item;
  }
}

class Put<T> extends WaitingLeaf<void> {
  readonly what = "room in a queue";
  readonly item: T;
  readonly #queue: Queue<T>;
  readonly #waiting: WaitList<Put<T>>;

  constructor(queue: Queue<T>, waiting: WaitList<Put<T>>, item: T) {
    super();
    this.#queue = queue;
    this.#waiting = waiting;
    this.item = item;
  }

  next(): IteratorResult<Suspended, void> {
    if (this.resumed()) return DONE;
    const task = this.enter();
    if (task === null) return SUSPENDED;
    if (this.#queue.length < this.#queue.capacity) {
      if (!this.mayGoOn(task)) return SUSPENDED;
      this.#queue.tryPut(this.item);
      return DONE;
    }
    this.#waiting.push(this);
    return this.suspend(task);
  }

  // Where it was served already the item is in the queue, perhaps taken: that can't be undone.
  protected override unregister(): void {
    this.#waiting.remove(this);
  }

  override get interruptible(): boolean {
    return this.list !== null;
  }

  protected override copy(): Put<T> {
    return new Put(this.#queue, this.#waiting, this.item);
  }
}

class Take<T> extends WaitingLeaf<T> {
  readonly what = "an item of a queue";
  readonly #queue: Queue<T>;
  readonly #waiting: WaitList<Take<T>>;
  /** What it was served with. */
  item: T | undefined;

  constructor(queue: Queue<T>, waiting: WaitList<Take<T>>) {
    super();
    this.#queue = queue;
    this.#waiting = waiting;
  }

  next(): IteratorResult<Suspended, T> {
    if (this.resumed()) return { done: true, value: this.#takeItem() };
    const task = this.enter();
    if (task === null) return SUSPENDED;
    if (this.#queue.length > 0) {
      if (!this.mayGoOn(task)) return SUSPENDED;
      const [item] = this.#queue.tryTake() as readonly [T];
      return { done: true, value: item };
    }
    this.#waiting.push(this);
    return this.suspend(task);
  }

  #takeItem(): T {
    const item = this.item as T;
    this.item = undefined;
    return item;
  }

  protected override unregister(): void {
    if (!this.#waiting.remove(this)) this.#queue.giveBack(this.#takeItem());
  }

  protected override copy(): Take<T> {
    return new Take(this.#queue, this.#waiting);
  }
}
