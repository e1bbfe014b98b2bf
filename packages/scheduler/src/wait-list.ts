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
    this.#admit(leaf);
    const last = this.#last;
    this.#last = leaf;
    if (last === null) {
      this.#first = leaf;
      return;
    }
    last.after = leaf;
    leaf.before = last;
  }

  /**
   * Puts `leaf` before `place`, which stands in this list; at the end where `place` is null.
   *
   * @throws {SchedulerError} ERR_SOLO5_INVALID_ARGUMENT where tasks of another run wait here
   */
  insertBefore(place: L | null, leaf: L): void {
    if (place === null) return this.push(leaf);
    this.#admit(leaf);
    const { before } = place;
    if (before === null) this.#first = leaf;
    else before.after = leaf;
    leaf.before = before;
    leaf.after = place;
    place.before = leaf;
  }

  #admit(leaf: L): void {
    const { engine } = active;
    if (this.#engine !== engine) {
      if (this.#length > 0) {
        throw new SchedulerError(
          "ERR_SOLO5_INVALID_ARGUMENT",
          `tasks of another run wait for ${leaf.what} already: give each run its own`,
        );
      }
      this.#engine = engine;
    }
    leaf.list = this as unknown as WaitList<WaitingLeaf<unknown>>;
    this.#length++;
  }

  shift(): L | null {
    const leaf = this.first;
    if (leaf !== null) this.#unlink(leaf);
    return leaf;
  }

  /** Takes the first out and queues its task, which may be of another run, or called by the host. */
  wakeFirst(): L | null {
    const leaf = this.shift();
    const engine = this.#engine;
    if (leaf === null || leaf.task === null || engine === null) return leaf;
    engine.wake(leaf.task);
    if (engine !== active.engine) engine.wakeDriver();
    return leaf;
  }

  /** Takes `leaf` out. False where it does not stand in this list. */
  remove(leaf: L): boolean {
    if ((leaf.list as unknown) !== this) return false;
    this.#unlink(leaf);
    return true;
  }

  #unlink(leaf: L): void {
    leaf.list = null;
    this.#length--;
    const { before, after } = leaf;
    if (before === null) this.#first = after;
    else {
      before.after = after;
      leaf.before = null;
    }
    if (after === null) this.#last = before;
    else {
      after.before = before;
      leaf.after = null;
    }
  }
}
