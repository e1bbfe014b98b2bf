// What programs write and hold: operations, tasks, outcomes, devices, runs. Types only.
import type { DeviceName } from "./solo5.ts";

declare const useYieldStar: unique symbol;

/**
 * What a suspended operation yields. Nobody can make one by hand, so that a `yield` whose star was
 * forgotten is a type error.
 */
export interface Suspended {
  readonly [useYieldStar]: never;
}

/** The iterator of an operation. It has `next` only: the scheduler never calls anything else. */
export interface OpIterator<out T> {
  next(): IteratorResult<Suspended, T>;
}

/**
 * Something a task can do that may suspend it; `yield* operation` does it and gives its result.
 *
 * A value that can be stored, shared and done again. Doing it outside a task throws
 * ERR_SOLO5_OUTSIDE_TASK.
 */
export interface Operation<out T> {
  [Symbol.iterator](): OpIterator<T>;
}

/** How a task ended. */
export type Outcome<T> =
  | { readonly status: "succeeded"; readonly value: T }
  | { readonly status: "failed"; readonly error: unknown }
  | { readonly status: "cancelled"; readonly suppressed?: unknown };

/**
 * A running piece of a program, a child of the task that spawned it. Only its parent may await or
 * cancel it, and must do one of the two before it returns.
 *
 * As an operation (`yield* task`) it waits for the end and gives the value, or throws the task's
 * error, or ERR_SOLO5_CANCELLED.
 */
export interface Task<out T> extends Operation<T> {
  /** Counts from 0 in each run: the root is 0. */
  readonly uid: number;
  /** As given to `spawn`, else the generator function's name, else `#uid`. */
  readonly name: string;
  /**
   * Waits for the end and gives the outcome, whatever it is.
   *
   * @throws {SchedulerError} ERR_SOLO5_NOT_A_CHILD
   */
  result(): Operation<Outcome<T>>;
  /**
   * Asks the task to stop and waits until it and all below it have stopped. Never interrupted
   * itself. Cancelling a finished task turns its outcome into "cancelled".
   *
   * @throws {SchedulerError} ERR_SOLO5_NOT_A_CHILD
   */
  cancel(): Operation<void>;
}

/** The body of a task: called at the task's first step, without arguments. */
export type Body<T> = () => Operation<T>;

/** A run that goes on inside the event loop. */
export interface Run<T> {
  /** Main's value; rejects with main's error, ERR_SOLO5_CANCELLED, or the error that ended the run. */
  readonly result: Promise<T>;
  /** Cancels main between two steps; settles when the run has ended, however it ended. */
  cancel(): Promise<void>;
}

/** Something a run acquires before main starts and closes after main's end. */
export interface Device<out T> {
  /** The world's devices beneath it, in the order of acquisition. */
  readonly names: readonly DeviceName[];
  /** Runs in the root task. */
  acquire(): Operation<T>;
}

/** What a list of devices gives to main, one value a device. */
export type DeviceValues<D extends readonly Device<unknown>[]> = {
  -readonly [I in keyof D]: D[I] extends Device<infer T> ? T : never;
};

/** The part of the platform's AbortSignal that a run listens to. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
