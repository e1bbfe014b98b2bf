import { Heap } from "heap-js";
import { PqueueError } from "./errors.ts";

/** `sequence` of an entry that left its queue or was cancelled. Living entries count from 0. */
const GONE = -1;

/** Dead entries that are not worth a compaction. `slotCount`'s docstring promises it. */
const DEAD_COUNT_FREE = 32;

/**
 * A place in a queue: what `push` returns and `cancel` takes.
 *
 * It holds its item only while `queued`, so that whoever keeps an entry keeps nothing else alive.
 */
export interface Entry<out T> {
  /** The item while it waits in the queue; `undefined` once it has left or was cancelled. */
  readonly item: T | undefined;
  /** Whether the item still waits in the queue. */
  readonly queued: boolean;
}

/**
 * The entry is also the heap's node, so a push allocates this one object. It has no state but
 * these fields: living is `sequence >= 0`.
 */
class Node<T> implements Entry<T> {
  item: T | undefined;
  sequence: number;
  readonly owner: PriorityQueue<T>;

  constructor(owner: PriorityQueue<T>, item: T, sequence: number) {
    this.item = item;
    this.sequence = sequence;
    this.owner = owner;
  }

  get queued(): boolean {
    return this.sequence !== GONE;
  }
}

/**
 * A priority queue: the least item first, equal items in the order of their arrival, and any item
 * cancelled in constant time wherever it stands.
 *
 * Cost: `push` and `pop` O(log n); `peek` O(1); `cancel` amortised O(1) and without a call of the
 * comparator. A push allocates one small object (the entry).
 * Memory: a cancelled entry gives up its item at once and its slot later, see `slotCount`.
 * Throws what `compare` throws, unchanged; a `push` or `pop` that throws has changed nothing.
 *
 * @see heap-js (the binary heap underneath); Miou's Pqueue, whose cancelled elements are lazy too
 */
export class PriorityQueue<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #heap: Heap<Node<T>>;
  #length = 0;
  #sequence = 0;

  /** While `push` runs: the slot its node rises from. Tells `#order` that nodes rise, not sink. */
  #risingFrom = GONE;
  /** The slots hold the right nodes in no particular order; whoever reads the top mends it first. */
  #disordered = false;
  /** What `compare` threw while heap-js was moving nodes. */
  #failure: { readonly error: unknown } | undefined;

  /**
   * Makes an empty queue.
   *
   * Shape: `compare(a, b)` is negative when `a` leaves before `b`, positive when after, 0 when the
   * order of arrival decides: the contract of `Array.prototype.sort`. The answer for two queued
   * items must not change while they are queued, and `compare` must not use the queue.
   */
  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
    this.#heap = new Heap(this.#order);
  }

  /** How many items are queued. Cancelled ones do not count. */
  get length(): number {
    return this.#length;
  }

  /** Whether nothing is queued. */
  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /**
   * How many slots the heap holds: the queued items and the cancelled ones not yet swept out.
   * At most `2 * length + 32`, always.
   */
  get slotCount(): number {
    return this.#heap.heapArray.length;
  }

  /**
   * Queues `item` behind all that are equal to it.
   *
   * @throws {PqueueError} ERR_SOLO5_NOT_COMPARABLE when `compare` can't place the item; it is then
   * not queued. An item that can't be compared with itself (a `NaN` key) is always found here.
   */
  push(item: T): Entry<T> {
    // The heap only compares where it must, and a lone item with a NaN key would hurt a later
    // caller. Asking once here makes the fault the pusher's.
    const self = this.#compare(item, item);
    if (!(self <= 0 || self >= 0)) throw notComparable(self);
    const heap = this.#heap;
    // Sequence numbers stay small integers as long as the queue runs empty now and then. One that
    // never does counts exactly to 2^53: 28 years at ten million pushes a second.
    if (heap.heapArray.length === 0) this.#sequence = 0;
    const node = new Node(this, item, this.#sequence++);
    this.#risingFrom = heap.heapArray.length;
    heap.add(node);
    this.#risingFrom = GONE;
    this.#length++;
    if (this.#failure !== undefined) {
      // A failed comparison left the node where it stood, where it breaks nobody's order once dead.
      this.#retire(node);
      this.#compact();
      this.#throwFailure();
    }
    return node;
  }

  /**
   * The item that leaves next, or `undefined` when the queue is empty.
   *
   * @throws {PqueueError} ERR_SOLO5_NOT_COMPARABLE, with nothing lost.
   */
  peek(): T | undefined {
    return this.#top()?.item;
  }

  /**
   * Takes out the item that leaves next, or gives `undefined` when the queue is empty.
   *
   * @throws {PqueueError} ERR_SOLO5_NOT_COMPARABLE; the item is then still queued.
   */
  pop(): T | undefined {
    const node = this.#top();
    if (node === undefined) return undefined;
    this.#heap.pop();
    if (this.#failure !== undefined) {
      this.#heap.heapArray.push(node);
      this.#disordered = true;
      this.#throwFailure();
    }
    const item = node.item;
    this.#retire(node);
    this.#compact();
    return item;
  }

  /**
   * Takes an entry out before its turn. False when it has left already: popped, cleared or
   * cancelled before.
   *
   * The entry gives up its item at once. Never calls `compare`, so it never fails for its sake.
   * @throws {PqueueError} ERR_SOLO5_FOREIGN_ENTRY when `entry` was not made by this queue's `push`.
   */
  cancel(entry: Entry<T>): boolean {
    const node = entry as Node<T>;
    if (node?.owner !== this) {
      throw new PqueueError(
        "ERR_SOLO5_FOREIGN_ENTRY",
        "cancel wants an entry that push of this same queue returned; " +
          "got something else: cancel it on the queue it was pushed to",
      );
    }
    if (node.sequence === GONE) return false;
    this.#retire(node);
    this.#compact();
    return true;
  }

  /** Takes out all items. Their entries count as left and give up their items. */
  clear(): void {
    for (const node of this.#heap.heapArray) {
      node.item = undefined;
      node.sequence = GONE;
    }
    this.#heap.clear();
    this.#length = 0;
    this.#disordered = false;
  }

  /** The items queued at this moment, in no particular order. The queue may change meanwhile. */
  [Symbol.iterator](): IterableIterator<T> {
    const items: T[] = [];
    for (const node of this.#heap.heapArray) {
      if (node.sequence !== GONE) items.push(node.item as T);
    }
    return items.values();
  }

  /**
   * The order heap-js sorts by. It never throws: an exception in the middle of a sift would lose a
   * node. What goes wrong is kept in `#failure` and thrown when every node has its slot.
   *
   * A dead node has no item to compare, so its rank is made up here. Invariant: **every living node
   * leaves no later than each living node below it**; dead ones stand anywhere. Why it holds:
   * - `pop` sinks a node from the root along the least children. There a dead node ranks before all:
   *   it moves up, and the sinking node passes it to be compared with what stands below.
   * - `push` lifts a node from the last slot along its ancestors. Passing a dead ancestor alone would
   *   put the new node above that ancestor's other descendants, with which it was not compared;
   *   stopping below it would hide it from a greater living ancestor. So a dead node ranks like the
   *   nearest living node above it, which both pass or none.
   */
  readonly #order = (a: Node<T>, b: Node<T>): number => {
    if (a.sequence === GONE) return -1;
    let other = b;
    if (other.sequence === GONE) {
      if (this.#risingFrom === GONE) return 1;
      const above = this.#livingAbove(other);
      if (above === undefined) return 1;
      other = above;
    }
    try {
      const result = this.#compare(a.item as T, other.item as T);
      if (result < 0 || result > 0) return result;
      if (result === 0) return a.sequence - other.sequence;
      this.#failure ??= { error: notComparable(result) };
    } catch (error) {
      this.#failure ??= { error };
    }
    return 1;
  };

  /** The nearest living ancestor of `dead`, itself above the slot at `#risingFrom`. */
  #livingAbove(dead: Node<T>): Node<T> | undefined {
    const slots = this.#heap.heapArray;
    let index = this.#risingFrom;
    // heap-js copies passed nodes down behind the rising one and leaves the slots above as they are.
    while (index > 0 && slots[index] !== dead) index = (index - 1) >> 1;
    while (index > 0) {
      index = (index - 1) >> 1;
      const node = slots[index] as Node<T>;
      if (node.sequence !== GONE) return node;
    }
    return undefined;
  }

  /** The living node at the top, after sweeping out the dead ones that stand there. */
  #top(): Node<T> | undefined {
    const heap = this.#heap;
    if (this.#disordered) {
      heap.init();
      if (this.#failure !== undefined) this.#throwFailure();
      this.#disordered = false;
    }
    let top = heap.peek();
    while (top !== undefined && top.sequence === GONE) {
      heap.pop();
      if (this.#failure !== undefined) {
        this.#disordered = true;
        this.#throwFailure();
      }
      top = heap.peek();
    }
    return top;
  }

  #retire(node: Node<T>): void {
    node.item = undefined;
    node.sequence = GONE;
    this.#length--;
  }

  /**
   * Sweeps out the dead once they are the majority. A sweep is linear in the slots, fewer than
   * twice the dead, and each dead node is swept once: constant per cancellation. Sorting waits for
   * the next reader, because it calls `compare` and `cancel` must not fail.
   */
  #compact(): void {
    const heap = this.#heap;
    const deadCount = heap.heapArray.length - this.#length;
    if (deadCount <= DEAD_COUNT_FREE || deadCount <= this.#length) return;
    heap.heapArray = heap.heapArray.filter((node) => node.sequence !== GONE);
    this.#disordered = true;
  }

  #throwFailure(): never {
    const failure = this.#failure as { readonly error: unknown };
    this.#failure = undefined;
    throw failure.error;
  }
}

function notComparable(answer: unknown): PqueueError {
  return new PqueueError(
    "ERR_SOLO5_NOT_COMPARABLE",
    `compare must return a negative number, zero or a positive number; got ${String(answer)}` +
      (Number.isNaN(answer) ? " (a NaN key, or Infinity - Infinity: compare with < and >)" : ""),
  );
}
