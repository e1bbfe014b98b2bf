// The tasks that wait for input of one network device, in the order in which they began to wait.
import { active } from "./active.ts";
import type { Engine } from "./engine.ts";
import { invariant } from "./errors.ts";
import { WaitingLeaf, WaitList } from "./wait-list.ts";

/** An operation that waits for input. `arrival` is its place in line, kept when it must wait on. */
export abstract class InputLeaf<T> extends WaitingLeaf<T> {
  arrival = 0;

  // A wait that was served but not used passes its turn on: input may be there still.
  abstract get input(): InputQueue;

  protected override unregister(): void {
    if (this.input.leave(this)) return;
    this.input.cameBack();
    this.input.wakeFirst();
  }
}

let arrivalLast = 0;

/**
 * One a device. The device asks `isFree` before it takes input for a newcomer, so that whoever has
 * waited longest is served first. A woken reader calls `cameBack` when its task is there again,
 * looks for input, and calls `wakeFirst` for the next in line (or `waitOn`, having found nothing).
 */
export class InputQueue {
  readonly handle: number;
  readonly #waiting = new WaitList<InputLeaf<unknown>>();
  /** The run whose tasks wait; a device is used by one run at a time. */
  #engine: Engine | null = null;
  /** Readers that were woken and have not come back: a newcomer must not take what they will find. */
  #wokenCount = 0;

  constructor(handle: number) {
    this.handle = handle;
  }

  /** Whether nobody is in line. */
  get isFree(): boolean {
    return this.#waiting.length === 0 && this.#wokenCount === 0;
  }

  /** The place in line of the first. */
  get arrival(): number {
    return this.#waiting.first?.arrival ?? Infinity;
  }

  /** Puts a newcomer at the end. The caller suspends its task on `leaf`. */
  wait(leaf: InputLeaf<unknown>): void {
    leaf.arrival = ++arrivalLast;
    this.#insert(null, leaf);
  }

  /** Puts `leaf` back at the place it had: it was woken and found nothing. */
  waitOn(leaf: InputLeaf<unknown>): void {
    let place = this.#waiting.first;
    while (place !== null && place.arrival < leaf.arrival) place = place.after as typeof place;
    this.#insert(place, leaf);
  }

  /** Takes `leaf` out; false where it was woken already. */
  leave(leaf: InputLeaf<unknown>): boolean {
    const left = this.#waiting.remove(leaf);
    if (left) this.#unwatchIfEmpty();
    return left;
  }

  /** A woken reader's task runs again, or will never use its turn. */
  cameBack(): void {
    this.#wokenCount--;
  }

  /** Wakes the first in line, which then looks for input itself. */
  wakeFirst(): void {
    const engine = this.#engine;
    const leaf = this.#waiting.shift();
    if (leaf === null || engine === null) return;
    invariant(leaf.task !== null, "a waiting reader has a task");
    this.#wokenCount++;
    this.#unwatchIfEmpty();
    engine.wake(leaf.task);
    engine.wakeDriver();
  }

  /** Wakes all, in order: the device was closed. */
  wakeAll(): void {
    while (this.#waiting.length > 0) this.wakeFirst();
  }

  #insert(place: InputLeaf<unknown> | null, leaf: InputLeaf<unknown>): void {
    if (this.#waiting.length === 0) {
      this.#engine = active.engine;
      this.#engine?.loop.watch(this);
    }
    this.#waiting.insertBefore(place, leaf);
  }

  #unwatchIfEmpty(): void {
    if (this.#waiting.length > 0) return;
    this.#engine?.loop.unwatch(this);
    this.#engine = null;
  }
}
