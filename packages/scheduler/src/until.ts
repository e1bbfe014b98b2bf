// The bridge from promises: only where an event loop settles them.
import { active, activeTask } from "./active.ts";
import type { Engine } from "./engine.ts";
import { SchedulerError } from "./errors.ts";
import { Leaf, SUSPENDED } from "./leaf.ts";
import type { Operation, Suspended } from "./operation.ts";

/** The platform's AbortSignal, where the program's own types know one. */
export type HostAbortSignal = typeof globalThis extends { AbortSignal: { prototype: infer S } }
  ? S
  : { readonly aborted: boolean };

type PromiseSource<T> = PromiseLike<T> | ((signal: HostAbortSignal) => PromiseLike<T>);

/**
 * Waits for a promise and gives its value or throws its reason. The function form is called when
 * the wait begins, with an AbortSignal that fires if the wait is cancelled (on an engine without
 * AbortController it gets undefined). A promise that settles after that is ignored.
 *
 * Suspends: always.
 * @throws {SchedulerError} ERR_SOLO5_PROMISE_IN_SYNC under `runSync` and in a simulation;
 * ERR_SOLO5_INVALID_ARGUMENT
 */
export function until<T>(source: PromiseSource<T>): Operation<T> {
  if (typeof source !== "function" && typeof source?.then !== "function") {
    throw new SchedulerError(
      "ERR_SOLO5_INVALID_ARGUMENT",
      `until takes a promise or a function that returns one, got ${typeof source}`,
    );
  }
  return new Until(source);
}

interface AbortControllerLike {
  readonly signal: HostAbortSignal;
  abort(): void;
}

type Settled<T> = { readonly value: T } | { readonly reason: unknown };

class Until<T> extends Leaf<T> {
  readonly what = "a promise";
  readonly #source: PromiseSource<T>;
  #engine: Engine | null = null;
  #settled: Settled<T> | null = null;
  #controller: AbortControllerLike | null = null;
  /** Counts waits, so that a promise of an earlier, cancelled wait is told from this one's. */
  #wait = 0;

  constructor(source: PromiseSource<T>) {
    super();
    this.#source = source;
  }

  next(): IteratorResult<Suspended, T> {
    if (this.resumed()) {
      const settled = this.#settled;
      this.#leave();
      if (settled !== null && "value" in settled) return { done: true, value: settled.value };
      throw settled?.reason;
    }
    const task = this.enter();
    const engine = active.engine;
    if (task === null || engine === null) return SUSPENDED;
    if (!engine.promises) throw promiseInSync();
    const promise = this.#promise();
    const wait = ++this.#wait;
    this.#engine = engine;
    engine.loop.addExternal("anyone");
    // Suspended first: a thenable that is no promise may settle, or throw, at once.
    const result = this.suspend(task);
    try {
      promise.then(
        (value) => this.#settle(wait, { value }),
        (reason: unknown) => this.#settle(wait, { reason }),
      );
    } catch (reason) {
      this.#settle(wait, { reason });
    }
    return result;
  }

  protected override unregister(): void {
    const controller = this.#controller;
    this.#wait++;
    this.#leave();
    controller?.abort();
  }

  protected override copy(): Until<T> {
    return new Until(this.#source);
  }

  #promise(): PromiseLike<T> {
    const source = this.#source;
    if (typeof source !== "function") return source;
    const { AbortController } = globalThis as {
      readonly AbortController?: new () => AbortControllerLike;
    };
    this.#controller = AbortController === undefined ? null : new AbortController();
    const promise = source(this.#controller?.signal as HostAbortSignal);
    if (typeof promise?.then === "function") return promise;
    throw new SchedulerError(
      "ERR_SOLO5_INVALID_ARGUMENT",
      "until: the function returned no promise",
    );
  }

  #settle(wait: number, settled: Settled<T>): void {
    if (wait !== this.#wait || this.#settled !== null) return;
    this.#settled = settled;
    if (this.task === null || this.#engine === null) return;
    this.#engine.wake(this.task);
    this.#engine.wakeDriver();
  }

  #leave(): void {
    this.#engine?.loop.removeExternal("anyone");
    this.#engine = null;
    this.#settled = null;
    this.#controller = null;
  }
}

export function promiseInSync(): SchedulerError {
  const task = active.task === null ? "every task" : `task ${activeTask("until").name}`;
  return new SchedulerError(
    "ERR_SOLO5_PROMISE_IN_SYNC",
    `${task} waits for a promise (or another signal from outside), but nothing settles it here: \`runSync\` blocks ` +
      "the event loop, and a simulation has none. Use `run`, or a device instead of the promise",
  );
}
