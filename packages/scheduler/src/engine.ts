// The core of a run: its queues, the step, and how tasks end. It never waits: a driver calls
// `turn` and waits in its own way when it hears "idle".
//
// Invariants, relied on throughout:
// - A task that has not ended is exactly one of: running (`active.task`), queued, suspended on a
//   leaf, or ENDING (its body is over and children are still living).
// - A queued task may still have its `leaf`: the wait was served, the task has not come back yet.
// - Only `next` is ever called on a body, but for a foreign yield (see foreign-yield.ts).
// - No task runs inside another's step; waking only queues.
import { active } from "./active.ts";
import { READY_MAX, STEPS_UNTIMED, TURN_STEPS_MAX } from "./budget.ts";
import { takeBack } from "./by-hand.ts";
import { deadlock } from "./deadlock.ts";
import { Debug } from "./debug.ts";
import { SchedulerError } from "./errors.ts";
import { checkResult, notAnOperation } from "./foreign-yield.ts";
import { delegate, isGenerator, isIterable, resume } from "./generator.ts";
import { callHooks } from "./hooks.ts";
import { DONE, SUSPENDED } from "./leaf.ts";
import type { Body, Operation, Suspended } from "./operation.ts";
import { requestCancel } from "./outcome.ts";
import { finalise } from "./ownership.ts";
import { Random } from "./random.ts";
import { Ring } from "./ring.ts";
import { SelectLoop } from "./select-loop.ts";
import type { Solo5 } from "./solo5.ts";
import { stillHasChildren } from "./still-has-children.ts";
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
  STEP_OVER,
  YIELDED,
} from "./task-flags.ts";
import { guarded, type Tracer } from "./tracer.ts";
import { unwind } from "./unwind.ts";

export type TurnEnd = "runnable" | "idle" | "ended";

/** Who waits when the engine is idle: the event loop of the process, or the thread itself. */
export type Driver = "event-loop" | "blocking";

export interface EngineOptions {
  readonly solo5: Solo5;
  /** Breaks ties among tasks that finished at the same time; orders nothing else. */
  readonly seed: number;
  readonly tracer: Tracer | null;
  readonly driver: Driver;
  /** See the option of runs. */
  readonly debug: boolean;
  /** Called when something from outside has woken a task between two turns. */
  readonly wakeDriver: () => void;
}

export class Engine {
  readonly solo5: Solo5;
  /** Dropped when it has thrown. */
  tracer: Tracer | null;
  readonly random: Random;
  readonly driver: Driver;
  /** Whether promises may be waited for: something must settle them. */
  readonly promises: boolean;
  readonly loop: SelectLoop;
  readonly root: TaskState;
  /** What ended the run before its time: see rule 20. */
  fatal: SchedulerError | null = null;
  /** How often the task that is being unwound was thrown the fatal error. */
  unwindThrown = 0;
  /** Main, once devices have been acquired. */
  main: TaskState | null = null;
  /** The first error of a task that a device had spawned. */
  deviceError: { readonly task: string; readonly error: unknown } | null = null;
  /** What closes the devices, in the order of acquisition. */
  readonly closers: (() => void)[] = [];
  /** See the `debug` option of runs. */
  readonly debug: Debug | null;
  /** See hooks.ts. Oldest first. */
  readonly hooks: { readonly act: () => void }[] = [];
  readonly wakeDriver: () => void;
  /** Whether the last turn ended with nothing to run, so that the driver has waited since. */
  #hasWaited = false;
  readonly #running = new Ring<TaskState>();
  readonly #first = new Ring<TaskState>();
  /** Whether nothing may be scheduled any more: the root has ended, or the run is aborted. */
  #over = false;
  #uidNext = 0;
  #unwound = false;

  constructor(root: Body<unknown>, options: EngineOptions) {
    this.solo5 = options.solo5;
    const { tracer } = options;
    this.tracer = tracer === null ? null : guarded(tracer, this.#tracerFailed);
    this.random = new Random(options.seed);
    this.debug = options.debug ? new Debug(this) : null;
    this.driver = options.driver;
    this.promises = options.driver === "event-loop" && options.solo5.virtualTime !== true;
    this.wakeDriver = options.wakeDriver;
    this.loop = new SelectLoop(this);
    this.root = this.spawn(null, root, "root");
  }

  spawn<T>(parent: TaskState | null, body: Body<T>, name: string): TaskImpl<T> {
    const task = new TaskImpl<T>(this.#uidNext++, parent, body);
    this.debug?.watch(task);
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

  /** Queues the running task: its step is over with that. `more`: flags that it gets as well. */
  requeue(task: TaskState, more: number): void {
    task.flags |= more | STEP_OVER | QUEUED;
    this.#running.push(task);
  }

  /** Queues a task before everything else. */
  wakeFirst(task: TaskState): void {
    if ((task.flags & QUEUED_FIRST) !== 0) return;
    this.unqueue(task);
    task.flags |= QUEUED | QUEUED_FIRST;
    this.#first.push(task);
  }

  /** Makes the entry of a task in the run queue, if any, no longer count. */
  unqueue(task: TaskState): void {
    if ((task.flags & QUEUED) === 0) return;
    // Entries of one task come up in order, so the stale ones come up first.
    task.rareFields().staleEntries++;
    task.flags = (task.flags & ~QUEUED) | STALE_ENTRY;
  }

  /** Takes back the suspension of a task. What throws meanwhile reaches nobody else. */
  abortLeaf(task: TaskState): void {
    const { leaf } = task;
    task.leaf = null;
    task.flags &= ~YIELDED;
    try {
      leaf?.abort();
    } catch (error) {
      this.report(task, error);
    }
  }

  /** Tells of an error that can be thrown at nobody. */
  readonly report = (task: TaskState, error: unknown): void => {
    if (isBrokenInvariant(error)) this.abort(error);
    this.tracer?.suppressed?.(task, error);
  };

  readonly #tracerFailed = (error: unknown): void => {
    this.tracer = null;
    this.abort(failedOutside("the tracer", error));
  };

  /** Takes in what happened outside, then runs at most `TURN_STEPS_MAX` steps, for about `durationMax` nanoseconds. */
  turn(durationMax: number): TurnEnd {
    return this.#enter(() => {
      try {
        return this.#turn(durationMax);
      } catch (error) {
        // The world's fault, or a broken invariant: the tasks are unwound all the same.
        this.abort(failedOutside("the world", error));
        this.#unwind();
        return "ended";
      }
    });
  }

  /** Does something as this scheduler, perhaps inside another's step. */
  #enter<T>(act: () => T): T {
    const { engine, task, readyLeft, debug, turnStart } = active;
    active.engine = this;
    active.task = null;
    active.debug = this.debug;
    try {
      return act();
    } finally {
      active.engine = engine;
      active.task = task;
      active.readyLeft = readyLeft;
      active.debug = debug;
      active.turnStart = turnStart;
    }
  }

  #turn(durationMax: number): TurnEnd {
    if (this.fatal === null) this.loop.poll(false);
    if (this.#hasWaited && this.hooks.length > 0) callHooks(this);
    this.#hasWaited = false;
    active.turnStart = this.solo5.clockMonotonic();
    const timeMax = active.turnStart + durationMax;
    let pause = STEPS_UNTIMED;
    for (let count = 0; !this.#over; count++) {
      if (count === pause) {
        if (count >= TURN_STEPS_MAX) return "runnable";
        if (timeMax !== Infinity && this.solo5.clockMonotonic() >= timeMax) return "runnable";
        // As many steps again: where all are alike, no turn lasts twice as long as it may.
        pause = Math.min(2 * count, TURN_STEPS_MAX);
      }
      let task = this.#shift();
      if (task === undefined) {
        active.task = null;
        while (task === undefined && this.loop.poll(true)) task = this.#shift();
        if (task === undefined) break;
      }
      this.#step(task);
    }
    active.task = null;
    if (this.fatal !== null) {
      this.#unwind();
      return "ended";
    }
    if (this.#over) return "ended";
    if (this.loop.isWaiting) {
      this.#hasWaited = true;
      return "idle";
    }
    this.abort(deadlock(this.root, this.main));
    this.#unwind();
    return "ended";
  }

  #shift(): TaskState | undefined {
    if (this.#first.length > 0) return this.#first.shift();
    let task = this.#running.shift();
    while (task !== undefined && (task.flags & STALE_ENTRY) !== 0) {
      if (--task.rareFields().staleEntries === 0) task.flags &= ~STALE_ENTRY;
      task = this.#running.shift();
    }
    return task;
  }

  #step(task: TaskState): void {
    task.flags &= ~(QUEUED | QUEUED_FIRST | STEP_OVER);
    active.task = task;
    active.readyLeft = READY_MAX;
    this.tracer?.step?.(task);
    let end: IteratorReturnResult<unknown> | null;
    try {
      const result = task.iterator === null ? this.#begin(task) : resume(task.iterator);
      const isSuspended = result === SUSPENDED && (task.flags & STEP_OVER) !== 0;
      end = isSuspended ? null : checkResult(this, task, result);
    } catch (error) {
      if ((task.flags & STEP_OVER) !== 0) takeBack(task);
      this.#bodyEnded(task, FAILED, error);
      return;
    }
    // `active.task` stays: the next step sets it, and so does whatever comes between two steps.
    if (end === null) this.tracer?.suspend?.(task, task.leaf);
    else this.#bodyEnded(task, 0, end.value);
  }

  /** Calls the body and runs it for the first time; not where the task was cancelled before. */
  #begin(task: TaskState): IteratorResult<Suspended, unknown> {
    if ((task.flags & CANCEL_REQUESTED) !== 0) return DONE;
    task.flags |= STARTED;
    const operation: unknown = task.body();
    if (!isIterable(operation)) {
      // An async body goes on by itself. That it is refused is told; its own rejection is not another fault.
      if (operation instanceof Promise) operation.catch(() => {});
      throw notAnOperation(`what the body of task ${task.name} returned`, operation);
    }
    task.iterator = isGenerator(operation)
      ? operation
      : delegate(operation as unknown as Operation<unknown>);
    return resume(task.iterator);
  }

  #bodyEnded(task: TaskState, failed: number, value: unknown): void {
    active.task = null;
    task.iterator = null;
    task.value = value;
    task.flags |= failed;
    if (failed !== 0) {
      this.debug?.failed(task, value);
      if (isBrokenInvariant(value)) this.abort(value);
    }
    if (this.fatal !== null) return;
    if (failed === 0 && (task.flags & CANCEL_REQUESTED) === 0) {
      this.debug?.returned(task, value);
      if (task.newestChild !== null) return void this.abort(stillHasChildren(task));
      const leaked = finalise(task, this.report);
      if (leaked !== null) return void this.abort(leaked);
      return this.#end(task);
    }
    task.flags |= ENDING;
    // By the same code as a parent's cancel, newest first; each child does so to its own.
    for (let child = task.newestChild; child !== null; child = child.older) {
      if ((child.flags & ENDED) === 0) requestCancel(child);
    }
    if (task.livingCount === 0) this.#end(task);
  }

  /** Ends a task without living children, and then every ancestor that only waited for that. */
  #end(ended: TaskState): void {
    let task = ended;
    for (;;) {
      if ((task.flags & ENDING) !== 0) finalise(task, this.report);
      task.flags = (task.flags & ~(ENDING | INTERRUPTED)) | ENDED;
      task.newestChild = null;
      this.tracer?.end?.(task);
      const parent = task.parent;
      if (parent === null) {
        this.#over = true;
        return;
      }
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
    const running = active.engine === this ? active.task : null;
    this.#enter(() => {
      active.task = running;
      requestCancel(this.main ?? this.root);
    });
    this.wakeDriver();
  }

  /**
   * Stops scheduling for good; the turn under way, or the next, unwinds all tasks before it ends.
   * Gives what the run ends with: the first such error.
   */
  abort(error: SchedulerError): SchedulerError {
    this.fatal ??= error;
    this.#over = true;
    return this.fatal;
  }

  /** Closes the devices, latest first, after all tasks have ended. Gives what they threw. */
  close(): unknown[] {
    const errors: unknown[] = [];
    this.#enter(() => {
      for (let close = this.closers.pop(); close !== undefined; close = this.closers.pop()) {
        try {
          close();
        } catch (error) {
          errors.push(error);
        }
      }
    });
    return errors;
  }

  #unwind(): void {
    if (this.#unwound) return;
    this.#unwound = true;
    unwind(this);
  }
}

function isBrokenInvariant(error: unknown): error is SchedulerError {
  return error instanceof SchedulerError && error.code === "ERR_SOLO5_INVARIANT";
}

/** What the program can't be blamed for. A scheduler's own error stays what it is. */
export function failedOutside(who: string, error: unknown): SchedulerError {
  if (error instanceof SchedulerError) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new SchedulerError("ERR_SOLO5_INVARIANT", `${who} failed: ${text}`, { cause: error });
}
