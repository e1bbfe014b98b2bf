// Operations made of others: what programs get from `race` or `shield`, and run as a generator.
import { active } from "./active.ts";
import type { Operation, OpIterator } from "./operation.ts";

/** Begins anew each time it is run. */
export class Compound<T> implements Operation<T> {
  /** The name of the function that made it. */
  readonly what: string;
  readonly #begin: () => OpIterator<T>;

  /** `inner`: an operation that this one will run. */
  constructor(what: string, begin: () => OpIterator<T>, inner?: Operation<unknown>) {
    this.what = what;
    this.#begin = begin;
    if (active.debug === null) return;
    active.debug.made(this);
    if (inner !== undefined) active.debug.usedBy(inner);
  }

  [Symbol.iterator](): OpIterator<T> {
    return this.#begin();
  }
}
