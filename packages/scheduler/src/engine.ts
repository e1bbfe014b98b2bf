// The core of a run: its queues, the step, and how tasks end. It never waits: a driver calls
// `turn` and waits in its own way when it hears "idle".
//
// Invariants, relied on throughout:
// - A task that has not ended is exactly one of: running (`active.task`), queued, suspended on a
//   leaf, or ENDING (its body is over and children are still living).
// - A queued task may still have its `leaf`: the wait was served, the task has not come back yet.
// - Only `next` is ever called on a body, but for a foreign yield (see `refuseForeignYield`).
// - No task runs inside another's step; waking only queues.
import { active } from "./active.ts";
import { deadlock } from "./deadlock.ts";
import { SchedulerError } from "./errors.ts";
import { SUSPENDED } from "./leaf.ts";
import type { Body, Operation, Suspended } from "./operation.ts";
import { requestCancel } from "./outcome.ts";
import { finalise } from "./ownership.ts";
import { Random } from "./random.ts";
import { Ring } from "./ring.ts";
import { SelectLoop } from "./select-loop.ts";
import type { Solo5 } from "./solo5.ts";
import { TaskImpl, type TaskState } from "./task.ts";
import {
  CANCEL_REQUESTED,
  ENDED,
  ENDING,
  FAILED,
  INTERRUPTED,
  QUEUED,
  QUEUED_FIRST,
  STALE_ENTRY,
  STARTED,
} from "./task-flags.ts";
import type { Tracer } from "./tracer.ts";

/** Ready operations that a task may do in one step. */
export const READY_MAX = 64;
/** Steps between two looks at the clock, where a turn is bounded by time. */
const STEPS_PER_CLOCK = 64;

export type TurnEnd = "runnable" | "idle" | "ended";

export interface EngineOptions {
  readonly solo5: Solo5;
  /** Breaks ties among tasks that finished at the same time; orders nothing else. */
  readonly seed: number;
  readonly tracer: Tracer | null;
  /** Whether promises may be waited for: only inside the event loop. */
  readonly promises: boolean;
  /** Called when something from outside has woken a task between two turns. */
  readonly wakeDriver: () => void;
}

const GeneratorPrototype: Iterator<Suspended, unknown> = Object.getPrototypeOf(
  function* () {},
).prototype;
// One call site for bodies of every kind: `iterator.next()` would become megamorphic.
const nextOf = GeneratorPrototype.next as (
  this: Iterator<Suspended, unknown>,
) => IteratorResult<Suspended, unknown>;
const throwInto = GeneratorPrototype.throw as unknown as (
  this: Iterator<Suspended, unknown>,
  error: unknown,
) => IteratorResult<Suspended, unknown>;

function* delegate<T>(operation: Operation<T>): Generator<Suspended, T, void> {
  return yield* operation;
}

export class Engine {
  readonly solo5: Solo5;
  readonly tracer: Tracer | null;
  readonly random: Random;
  readonly promises: boolean;
  readonly loop: SelectLoop;
  readonly root: TaskState;
  /** What ended the run before its time: see rule 20. */
  fatal: SchedulerError | null = null;
  /** Main, once devices have been acquired. */
  main: TaskState | null = null;
  /** The first error of a task that a device had spawned. */
  deviceError: { readonly task: string; readonly error: unknown } | null = null;
  /** What closes the devices, in the order of acquisition. */
  readonly closers: (() => void)[] = [];
  readonly wakeDriver: () => void;
  readonly #running = new Ring<TaskState>();
  readonly #first = new Ring<TaskState>();
  #uidNext = 0;
  #unwound = false;

  constructor(root: Body<unknown>, options: EngineOptions) {
    this.solo5 = options.solo5;
    this.tracer = options.tracer;
    this.random = new Random(options.seed);
    this.promises = options.promises;
    this.wakeDriver = options.wakeDriver;
    this.loop = new SelectLoop(this);
    this.root = this.spawn(null, root, "root");
  }

  spawn<T>(parent: TaskState | null, body: Body<T>, name: string): TaskImpl<T> {
    const task = new TaskImpl<T>(this.#uidNext++, parent, body);
    if (name !== "") task.rareFields().name = name;
    if (parent !== null) this.tracer?.spawn?.(task, parent);
    this.wake(task);
    return task;
  }

  /** Queues a suspended or new task. Harmless for one that is queued already. */
  wake(task: TaskState): void {
    if ((task.flags & QUEUED) !== 0) return;
    task.flags |= QUEUED;
    this.#running.push(task);
  }

  /** Queues a task before everything else. */
  wakeFirst(task: TaskState): void {
    if ((task.flags & QUEUED_FIRST) !== 0) return;
    // An entry further back no longer counts; it comes up before any later one of this task.
    if ((task.flags & QUEUED) !== 0) task.flags += STALE_ENTRY;
    task.flags |= QUEUED | QUEUED_FIRST;
    this.#first.push(task);
  }

  /**
   * Takes in what happened outside, then runs at most `stepCountMax` steps, for about
   * `durationMax` nanoseconds.
   */
  turn(stepCountMax: number, durationMax: number): TurnEnd {
    const { engine, task, readyLeft } = active;
    active.engine = this;
    active.task = null;
    try {
      return this.#turn(stepCountMax, durationMax);
    } finally {
      active.engine = engine;
      active.task = task;
      active.readyLeft = readyLeft;
    }
  }

  #turn(stepCountMax: number, durationMax: number): TurnEnd {
    if (this.fatal === null) this.loop.poll(false);
    const timeMax = durationMax === Infinity ? Infinity : this.solo5.clockMonotonic() + durationMax;
    for (let count = 1; this.fatal === null; count++) {
      let task = this.#shift();
      while (task === undefined && this.loop.poll(true)) task = this.#shift();
      if (task === undefined) break;
      this.#step(task);
      if ((this.root.flags & ENDED) !== 0) break;
      if (count >= stepCountMax) return "runnable";
      if (count % STEPS_PER_CLOCK === 0 && timeMax !== Infinity) {
        if (this.solo5.clockMonotonic() >= timeMax) return "runnable";
      }
    }
    if (this.fatal !== null) {
      this.#unwind();
      return "ended";
    }
    if ((this.root.flags & ENDED) !== 0) return "ended";
    if (this.loop.isWaiting) return "idle";
    this.abort(deadlock(this.root));
    this.#unwind();
    return "ended";
  }

  #shift(): TaskState | undefined {
    const first = this.#first.shift();
    if (first !== undefined) return first;
    for (;;) {
      const task = this.#running.shift();
      if (task === undefined || task.flags < STALE_ENTRY) return task;
      task.flags -= STALE_ENTRY;
    }
  }

  #step(task: TaskState): void {
    task.flags &= ~(QUEUED | QUEUED_FIRST);
    this.tracer?.step?.(task);
    let iterator = task.iterator;
    active.task = task;
    active.readyLeft = READY_MAX;
    let result: IteratorResult<Suspended, unknown>;
    try {
      if (iterator === null) {
        iterator = this.#begin(task);
        if (iterator === null) return;
      }
      result = nextOf.call(iterator);
      if (result !== SUSPENDED && result.done !== true) {
        result = refuseForeignYield(iterator, result.value);
      }
    } catch (error) {
      this.#bodyEnded(task, FAILED, error);
      return;
    } finally {
      active.task = null;
    }
    if (result === SUSPENDED) this.tracer?.suspend?.(task, task.leaf);
    else this.#bodyEnded(task, 0, result.value);
  }

  /** Calls the body; null where the task was cancelled before its first step. */
  #begin(task: TaskState): Iterator<Suspended, unknown> | null {
    if ((task.flags & CANCEL_REQUESTED) !== 0) {
      this.#bodyEnded(task, 0, undefined);
      return null;
    }
    task.flags |= STARTED;
    const operation: unknown = task.body();
    if (!isIterable(operation)) throw notAnOperation(`the body of task ${task.name}`, operation);
    const iterator = isGenerator(operation)
      ? operation
      : delegate(operation as unknown as Operation<unknown>);
    task.iterator = iterator;
    return iterator;
  }

  #bodyEnded(task: TaskState, failed: number, value: unknown): void {
    active.task = null;
    task.iterator = null;
    task.leaf = null;
    task.value = value;
    task.flags |= failed;
    if (this.fatal !== null) return;
    if (failed === 0 && (task.flags & CANCEL_REQUESTED) === 0) {
      if (task.newestChild !== null) return this.abort(stillHasChildren(task));
      const leaked = finalise(task, this.tracer);
      if (leaked !== null) return this.abort(leaked);
      return this.#end(task);
    }
    task.flags |= ENDING;
    // By the same code as a parent's cancel, newest first; each child does so to its own.
    for (let child = task.newestChild; child !== null; child = child.older) requestCancel(child);
    if (task.livingCount === 0) this.#end(task);
  }

  /** Ends a task without living children, and then every ancestor that only waited for that. */
  #end(ended: TaskState): void {
    let task = ended;
    for (;;) {
      if ((task.flags & ENDING) !== 0) finalise(task, this.tracer);
      task.flags = (task.flags & ~(ENDING | INTERRUPTED)) | ENDED;
      task.newestChild = null;
      this.tracer?.end?.(task);
      const parent = task.parent;
      if (parent === null) return;
      parent.livingCount--;
      if (parent === this.root) this.#childOfRootEnded(task);
      task.rare?.orphans?.childEnded(task);
      const awaiter = task.awaiter;
      if (awaiter !== null) {
        task.awaiter = null;
        awaiter.childEnded(task, parent);
      }
      if ((parent.flags & ENDING) === 0 || parent.livingCount > 0) return;
      task = parent;
    }
  }

  /** A task that a device runs on must not fail unseen: main is cancelled, the run fails. */
  #childOfRootEnded(task: TaskState): void {
    const failed = (task.flags & (FAILED | CANCEL_REQUESTED)) === FAILED;
    if (!failed || task === this.main || this.deviceError !== null) return;
    this.deviceError = { task: task.name, error: task.value };
    if (this.main !== null) requestCancel(this.main);
  }

  /** Cancels main, or the acquisition of devices. For hosts, between two turns. */
  cancel(): void {
    const { engine } = active;
    active.engine = this;
    requestCancel(this.main ?? this.root);
    active.engine = engine;
    this.wakeDriver();
  }

  /** Stops scheduling for good; the turn under way unwinds all tasks before it ends. */
  abort(error: SchedulerError): void {
    this.fatal ??= error;
  }

  /**
   * Gives every living task, top down and newest child first, one `next` in which each suspension
   * point throws the fatal error. Nothing can wait any more. Finalisers run after that.
   */
  #unwind(): void {
    if (this.#unwound) return;
    this.#unwound = true;
    const tasks: TaskState[] = [];
    const pending: TaskState[] = [this.root];
    for (let task = pending.pop(); task !== undefined; task = pending.pop()) {
      tasks.push(task);
      if ((task.flags & ENDED) === 0) this.#unwindBody(task);
      const children: TaskState[] = [];
      for (let child = task.newestChild; child !== null; child = child.older) children.push(child);
      pending.push(...children.reverse());
    }
    for (const task of tasks) finalise(task, this.tracer);
    this.loop.clear();
  }

  #unwindBody(task: TaskState): void {
    task.flags |= INTERRUPTED;
    const leaf = task.leaf;
    task.leaf = null;
    leaf?.abort();
    if (task.iterator === null) return;
    if (task.rare !== null) task.rare.interrupts = 0;
    active.task = task;
    try {
      nextOf.call(task.iterator);
    } catch (error) {
      if (error !== this.fatal) this.tracer?.suppressed?.(task, error);
    } finally {
      active.task = null;
      task.iterator = null;
      task.flags |= ENDED;
    }
  }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    value !== null &&
    (typeof value === "object" || typeof value === "function") &&
    typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === "function"
  );
}

function isGenerator(value: object): value is Generator<Suspended, unknown, void> {
  return Object.prototype.isPrototypeOf.call(GeneratorPrototype, value);
}

/**
 * A body yielded what no operation of ours yields: `yield` without its star, or an iterable that is
 * not an operation. Thrown at that very place, because going on would use a value that never was.
 */
function refuseForeignYield(
  iterator: Iterator<Suspended, unknown>,
  value: unknown,
): IteratorResult<Suspended, unknown> {
  const error = notAnOperation("what the task yielded", value);
  let result: IteratorResult<Suspended, unknown>;
  try {
    result = throwInto.call(iterator, error);
  } catch (thrown) {
    // A foreign iterator without `throw` makes the engine throw a TypeError of its own instead.
    if (thrown !== error && thrown instanceof TypeError) error.cause = thrown;
    throw thrown instanceof TypeError ? error : thrown;
  }
  if (result === SUSPENDED || result.done === true) return result;
  return refuseForeignYield(iterator, result.value);
}

function notAnOperation(what: string, value: unknown): SchedulerError {
  const hint =
    value instanceof Promise
      ? "a promise: write `yield* until(promise)`, and a `function*` instead of an async function"
      : "write `yield* operation`, with the star";
  return new SchedulerError(
    "ERR_SOLO5_NOT_AN_OPERATION",
    `${what} is not an operation but ${describe(value)}; ${hint}`,
  );
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return `an object (${value.constructor?.name ?? "no class"})`;
}

function stillHasChildren(task: TaskState): SchedulerError {
  const names: string[] = [];
  for (let child = task.newestChild; child !== null; child = child.older) names.push(child.name);
  return new SchedulerError(
    "ERR_SOLO5_STILL_HAS_CHILDREN",
    `task ${task.name} returned without having awaited or cancelled ${names.reverse().join(", ")}: ` +
      "`yield* child`, or `yield* child.cancel()`, before it returns",
  );
}
