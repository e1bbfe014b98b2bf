// Running a program: the root task, and the driver that lives inside an event loop.
import { active } from "./active.ts";
import { TURN_DURATION_MAX } from "./budget.ts";
import { acquireAll, checkDevices, checkFunction } from "./device.ts";
import { type Driver, Engine, failedOutside, type TurnEnd } from "./engine.ts";
import { invariant, SchedulerError } from "./errors.ts";
import { inspectable } from "./inspect.ts";
import type {
  AbortSignalLike,
  Device,
  DeviceValues,
  Operation,
  Outcome,
  Run,
  Suspended,
} from "./operation.ts";
import { requestCancel } from "./outcome.ts";
import type { Solo5, Wait } from "./solo5.ts";
import { spawn } from "./spawn.ts";
import type { TaskState } from "./task.ts";
import type { Tracer } from "./tracer.ts";
import { promiseInSync } from "./until.ts";
import { type Attachment, attachedWorld, attachment } from "./world.ts";

export interface RunOptions {
  /** The world; else the attached one. */
  readonly solo5?: Solo5;
  /** Seed for ties among tasks that ended at the same time; else from the world's entropy. */
  readonly random?: number;
  /** Cancels main when it fires. */
  readonly signal?: AbortSignalLike;
  readonly tracer?: Tracer;
  /**
   * Remembers where tasks are spawned and where they wait, for errors, deadlock reports and `inspect`, and
   * tells of operations that were made and never run. Costs some microseconds a spawn and a suspension.
   */
  readonly debug?: boolean;
}

const busyWorlds = new WeakSet<Solo5>();

/**
 * Acquires the devices, runs `main` with what they give, closes them, and gives main's value.
 *
 * The first turn comes later, from the event loop. Before main's value is out, all tasks have
 * ended and all devices are closed.
 * @throws {SchedulerError} at once: ERR_SOLO5_INVALID_ARGUMENT, ERR_SOLO5_DUPLICATE_DEVICE,
 * ERR_SOLO5_NO_WORLD, ERR_SOLO5_BUSY; what the world's `declare` throws. As rejection: main's
 * error; ERR_SOLO5_CANCELLED; ERR_SOLO5_DEVICES with `errors`; ERR_SOLO5_DEVICE_TASK_FAILED; and
 * what ends a run: ERR_SOLO5_STILL_HAS_CHILDREN, ERR_SOLO5_RESOURCE_LEAKED, ERR_SOLO5_DEADLOCK,
 * ERR_SOLO5_CANCELLATION_IGNORED, ERR_SOLO5_INVARIANT
 */
export function run<const D extends readonly Device<unknown>[], T>(
  devices: D,
  main: (...values: DeviceValues<D>) => Operation<T>,
  options: RunOptions = {},
): Promise<T> {
  return start(devices, main, options).result;
}

/** As `run`, but gives the run itself, which can be cancelled. */
export function start<const D extends readonly Device<unknown>[], T>(
  devices: D,
  main: (...values: DeviceValues<D>) => Operation<T>,
  options: RunOptions = {},
): Run<T> {
  return new EventLoopRun<T>(new Program(devices, main, options, "run"), options);
}

/**
 * As `run`, but blocks the thread until the run has ended, waiting in `Solo5.yield`: for guests,
 * worker threads and benchmarks. Nothing else of the process goes on meanwhile.
 *
 * @throws as `run` throws and rejects; ERR_SOLO5_IN_A_TASK, ERR_SOLO5_PROMISE_IN_SYNC
 */
export function runSync<const D extends readonly Device<unknown>[], T>(
  devices: D,
  main: (...values: DeviceValues<D>) => Operation<T>,
  options: Omit<RunOptions, "signal"> = {},
): T {
  if (active.task !== null) {
    throw new SchedulerError(
      "ERR_SOLO5_IN_A_TASK",
      "runSync inside a task would stop every other task: `spawn` a child, or `yield* until(run(...))`",
    );
  }
  const program = new Program<T>(devices, main, options, "runSync");
  const { solo5 } = program;
  const engine = program.boot("blocking", () => {});
  const ready = new Uint32Array(2);
  for (;;) {
    const end = engine.turn(Infinity);
    if (end === "ended") return program.finish();
    if (end === "runnable") continue;
    if (!engine.loop.holdsProcess) engine.abort(promiseInSync());
    else {
      try {
        solo5.yield(engine.loop.deadline, ready, engine.loop.interest);
      } catch (error) {
        engine.abort(failedOutside("the world", error));
      }
    }
  }
}

/** What all drivers share: the root task, the turn that never throws, the end. */
class Program<T> {
  readonly solo5: Solo5;
  readonly #root: () => Operation<Outcome<T>>;
  readonly #options: RunOptions;
  #engine: Engine | null = null;

  constructor(
    devices: readonly Device<unknown>[],
    main: (...values: never) => Operation<T>,
    options: RunOptions,
    verb: string,
  ) {
    const names = checkDevices(verb, devices);
    checkFunction(verb, "main", main);
    this.solo5 = options.solo5 ?? attachedWorld();
    this.#options = options;
    if (busyWorlds.has(this.solo5)) {
      throw new SchedulerError(
        "ERR_SOLO5_BUSY",
        `${verb}: another run uses this world; wait for its end, or give this one a world of its own`,
      );
    }
    this.solo5.declare?.(names);
    this.#root = () => root(devices, main as unknown as (...values: unknown[]) => Operation<T>);
  }

  boot(driver: Driver, wakeDriver: () => void): Engine {
    const seed = this.#options.random ?? entropySeed(this.solo5);
    busyWorlds.add(this.solo5);
    this.#engine = new Engine(this.#root, {
      solo5: this.solo5,
      seed,
      tracer: this.#options.tracer ?? this.#attached?.tracer ?? null,
      debug: this.#options.debug ?? this.#attached?.debug ?? false,
      driver,
      wakeDriver,
    });
    return this.#engine;
  }

  /** What goes with the attached world, where the run is in it. */
  get #attached(): Attachment | null {
    return this.#options.solo5 === undefined ? attachment() : null;
  }

  get engine(): Engine {
    invariant(this.#engine !== null, "a program that runs was booted");
    return this.#engine;
  }

  /** Closes the devices, latest first, and gives main's value or throws what ended the run. */
  finish(): T {
    const { engine } = this;
    const closeErrors = engine.close();
    busyWorlds.delete(this.solo5);
    for (const error of closeErrors) engine.report(engine.root, error);
    const value = this.#value();
    if (closeErrors.length > 0) throw closeErrors[0];
    return value;
  }

  #value(): T {
    const { engine } = this;
    if (engine.fatal !== null) throw engine.fatal;
    if (engine.deviceError !== null) {
      const { task, error } = engine.deviceError;
      throw new SchedulerError(
        "ERR_SOLO5_DEVICE_TASK_FAILED",
        `task ${task}, which a device runs on, failed: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
    const outcome: Outcome<Outcome<T>> = engine.root.outcome();
    const ended = outcome.status === "succeeded" ? outcome.value : outcome;
    if (ended.status === "succeeded") return ended.value;
    if (ended.status === "failed") throw ended.error;
    const cause = "suppressed" in ended ? { cause: ended.suppressed } : {};
    throw new SchedulerError("ERR_SOLO5_CANCELLED", "the run was cancelled", cause);
  }
}

class EventLoopRun<T> implements Run<T> {
  readonly result: Promise<T>;
  readonly #program: Program<T>;
  readonly #engine: Engine;
  readonly #virtualTime: boolean;
  #forgetSignals: () => void = () => {};
  #resolve: (value: T) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #wait: Wait | null = null;
  #state: "parked" | "woken" | "turning" | "ended" = "parked";

  constructor(program: Program<T>, options: RunOptions) {
    this.#program = program;
    this.#virtualTime = program.solo5.virtualTime === true;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#engine = program.boot("event-loop", () => this.#wake());
    inspectable(this, this.#engine);
    this.#listen(options);
    this.#wake();
  }

  async cancel(): Promise<void> {
    if (this.#state !== "ended") this.#engine.cancel();
    try {
      await this.result;
    } catch {
      // How it ended is for whoever holds `result`; the canceller only waits for the end.
    }
  }

  #listen(options: RunOptions): void {
    const attached = options.solo5 === undefined ? attachment()?.signal : null;
    const signals = [options.signal, attached].filter((signal) => signal != null);
    const cancel = () => this.#engine.cancel();
    this.#forgetSignals = () => {
      for (const signal of signals) signal.removeEventListener("abort", cancel);
    };
    for (const signal of signals) signal.addEventListener("abort", cancel);
    if (signals.some((signal) => signal.aborted)) cancel();
  }

  /** Asks for a turn soon, after the event loop's other work. */
  #wake(): void {
    if (this.#state !== "parked") return;
    this.#state = "woken";
    this.#sleep(0);
  }

  /** Asks for a turn when there is input, or at `deadline`. */
  #sleep(deadline: number): void {
    const { solo5 } = this.#program;
    try {
      this.#wait?.cancel();
      this.#wait = null;
      this.#wait = solo5.wait(deadline, () => this.#turn(), this.#engine.loop.interest);
    } catch (error) {
      // A world that can't wait will not give another turn either.
      this.#engine.abort(failedOutside("the world", error));
      this.#turn();
    }
  }

  #turn(): void {
    this.#wait = null;
    this.#state = "turning";
    const end = this.#virtualTime ? this.#engine.turn(Infinity) : this.#timed();
    if (end === "ended") return this.#end();
    this.#state = "parked";
    if (end === "runnable") return this.#wake();
    const { loop } = this.#engine;
    if (loop.holdsProcess) {
      this.#sleep(loop.deadline);
    } else if (!this.#engine.promises && !loop.waitsForWorld) {
      this.#engine.abort(promiseInSync());
      this.#wake();
    }
  }

  /** Turns until their time is over: a round of the event loop costs more than what a thousand steps may take. */
  #timed(): TurnEnd {
    const { solo5 } = this.#program;
    const timeMax = solo5.clockMonotonic() + TURN_DURATION_MAX;
    for (let left = TURN_DURATION_MAX; ; left = timeMax - solo5.clockMonotonic()) {
      if (left <= 0) return "runnable";
      const end = this.#engine.turn(left);
      if (end !== "runnable") return end;
    }
  }

  #end(): void {
    this.#state = "ended";
    this.#forgetSignals();
    try {
      this.#resolve(this.#program.finish());
    } catch (error) {
      this.#reject(error);
    }
  }
}

/** The root task: acquires, runs main, then stops what the devices had spawned. */
function* root<T>(
  devices: readonly Device<unknown>[],
  main: (...values: unknown[]) => Operation<T>,
): Generator<Suspended, Outcome<T>, void> {
  const values = yield* acquireAll(devices);
  const { engine } = active;
  const self = engine?.root;
  if (!engine || !self) throw new SchedulerError("ERR_SOLO5_INVARIANT", "root without engine");
  const task = spawn(() => main(...values), { name: "main" });
  engine.main = task as TaskState;
  if (engine.deviceError !== null) requestCancel(engine.main);
  const outcome = yield* task.result();
  for (let child = self.newestChild; child !== null; child = self.newestChild) {
    yield* child.cancel();
  }
  return outcome;
}

function entropySeed(solo5: Solo5): number {
  const bytes = new Uint8Array(4);
  solo5.entropy(bytes);
  return new DataView(bytes.buffer).getUint32(0);
}
