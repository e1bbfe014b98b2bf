// Suspended operations in the order in which they came: first in, first out, and O(1) to leave from
// the middle, because any of them may be cancelled.
import { active } from "./active.ts";
import type { Engine } from "./engine.ts";
import { SchedulerError } from "./errors.ts";
import { Leaf } from "./leaf.ts";

/** A leaf that can stand in one `WaitList`. */
export abstract class WaitingLeaf<T> extends Leaf<T> {
  /** The list it stands in, null when in none. */
  list: WaitList<WaitingLeaf<unknown>> | null = null;
  before: WaitingLeaf<unknown> | null = null;
  after: WaitingLeaf<unknown> | null = null;
}

export class WaitList<L extends WaitingLeaf<unknown>> {
  #first: WaitingLeaf<unknown> | null = null;
  #last: WaitingLeaf<unknown> | null = null;
  #length = 0;
  /** The run whose tasks wait: not always the one in whose step they are woken. */
  #engine: Engine | null = null;

  get length(): number {
    return this.#length;
  }

  get first(): L | null {
    return this.#first as L | null;
  }

  push(leaf: L): void {
    this.insertBefore(null, leaf);
  }

  /**
   * Puts `leaf` before `place`, which stands in this list; at the end where `place` is null.
   *
   * @throws {SchedulerError} ERR_SOLO5_INVALID_ARGUMENT where tasks of another run wait here
   */
  insertBefore(place: L | null, leaf: L): void {
    if (this.#length === 0) this.#engine = active.engine;
    else if (this.#engine !== active.engine) {
      throw new SchedulerError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `tasks of another run wait for ${leaf.what} already: give each run its own`,
      );
    }
    leaf.list = this as unknown as WaitList<WaitingLeaf<unknown>>;
    leaf.after = place;
    leaf.before = place === null ? this.#last : place.before;
    if (leaf.before === null) this.#first = leaf;
    else leaf.before.after = leaf;
    if (place === null) this.#last = leaf;
    else place.before = leaf;
    this.#length++;
  }

  shift(): L | null {
    const leaf = this.first;
    if (leaf !== null) this.remove(leaf);
    return leaf;
  }

  /** Takes the first out and queues its task, which may be of another run, or called by the host. */
  wakeFirst(): L | null {
    const engine = this.#engine;
    const leaf = this.shift();
    if (leaf?.task && engine !== null) {
      engine.wake(leaf.task);
      engine.wakeDriver();
    }
    return leaf;
  }

  /** Takes `leaf` out. False where it does not stand in this list. */
  remove(leaf: L): boolean {
    if ((leaf.list as unknown) !== this) return false;
    if (leaf.before === null) this.#first = leaf.after;
    else leaf.before.after = leaf.after;
    if (leaf.after === null) this.#last = leaf.before;
    else leaf.after.before = leaf.before;
    leaf.list = null;
    leaf.before = null;
    leaf.after = null;
    this.#length--;
    return true;
  }
}
