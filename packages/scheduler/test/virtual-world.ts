// A world of one machine: time moves when a run waits, and only then. Frames come by a script. For
// tests of the scheduler itself; worlds for programs are `@miou-solo5/sim`'s.
import {
  AGAIN,
  type Operation,
  type ReadySet,
  type RunOptions,
  runSync,
  type Solo5,
  type Tracer,
  type Wait,
} from "../src/index.ts";
import { goldenTracer } from "../src/testing.ts";

export interface VirtualWorld extends Solo5 {
  readonly console: string;
  /** How often the run asked for input. */
  readonly yieldCount: number;
  /** Lets a frame of one byte arrive on `handle` at time `at`. */
  deliver(handle: number, at: number, byte: number): void;
  /** A frame is waiting on `handle`, always. */
  flood(handle: number): void;
  /** Every later call of that name throws `error`; null mends it. */
  fail(
    call: "yield" | "wait" | "entropy" | "clockMonotonic" | "netRead",
    error: Error | null,
  ): void;
}

export interface VirtualWorldOptions {
  /** Nanoseconds that pass whenever the clock is read: for programs that never wait. */
  readonly tick?: number;
}

export function virtualWorld({ tick = 0 }: VirtualWorldOptions = {}): VirtualWorld {
  let now = 0;
  let console = "";
  let yieldCount = 0;
  const frames = new Map<number, { at: number; byte: number }[]>();
  const flooded = new Set<number>();
  const faults = new Map<string, Error>();
  const may = (call: string) => {
    const fault = faults.get(call);
    if (fault !== undefined) throw fault;
  };
  const matters = (handle: number, interest: ReadySet | undefined) =>
    interest === undefined || ((interest[handle >> 5] ?? 0) & (1 << (handle & 31))) !== 0;
  const pass = (deadline: number, interest: ReadySet | undefined) => {
    let moment = deadline;
    for (const [handle, queue] of frames) {
      if (matters(handle, interest)) moment = Math.min(moment, queue[0]?.at ?? Infinity);
    }
    if (moment !== Infinity) now = Math.max(now, moment);
    return moment;
  };
  const none = (): never => {
    throw new Error("no devices here");
  };
  return {
    arguments: ["--verbose", "x"],
    virtualTime: true,
    get console() {
      return console;
    },
    get yieldCount() {
      return yieldCount;
    },
    deliver(handle, at, byte) {
      const queue = frames.get(handle) ?? [];
      frames.set(handle, queue);
      queue.push({ at, byte });
    },
    flood(handle) {
      frames.set(handle, [{ at: 0, byte: 0 }]);
      flooded.add(handle);
    },
    fail(call, error) {
      if (error === null) faults.delete(call);
      else faults.set(call, error);
    },
    clockMonotonic() {
      may("clockMonotonic");
      now += tick;
      return now;
    },
    clockWall: () => BigInt(now),
    entropy(into) {
      may("entropy");
      into.fill(7);
    },
    netAcquire: none,
    netRead(handle, into, offset) {
      may("netRead");
      const queue = frames.get(handle) ?? [];
      const frame = queue[0];
      if (frame === undefined || frame.at > now) return AGAIN;
      if (!flooded.has(handle)) queue.shift();
      into[offset] = frame.byte;
      return 1;
    },
    netWrite: none,
    netRelease: none,
    blockAcquire: none,
    blockRead: none,
    blockWrite: none,
    blockRelease: none,
    yield(deadline, ready, interest) {
      may("yield");
      yieldCount++;
      if (pass(deadline, interest) === Infinity) throw new Error("would wait for ever");
      ready.fill(0);
      for (const [handle, queue] of frames) {
        if ((queue[0]?.at ?? Infinity) > now || !matters(handle, interest)) continue;
        ready[handle >> 5] = (ready[handle >> 5] ?? 0) | (1 << (handle & 31));
      }
    },
    wait(deadline, wake, interest): Wait {
      may("wait");
      const immediate = setImmediate(() => {
        pass(deadline, interest);
        wake();
      });
      return { cancel: () => clearImmediate(immediate) };
    },
    consoleWrite: (bytes) => {
      console += new TextDecoder().decode(bytes);
    },
    exit: none,
  };
}

export interface Trace<T> {
  /** All that happened, line by line, `log` included. */
  readonly lines: readonly string[];
  /** The same without the lines of the root task, which are alike in every run. */
  readonly story: readonly string[];
  readonly value: T | undefined;
  readonly error: unknown;
}

type Log = (entry: string) => void;

export interface TraceOptions extends Omit<RunOptions, "solo5" | "signal"> {
  readonly solo5?: VirtualWorld;
}

/** Runs `main` without devices in virtual time, and tells all that happened, line by line. */
export function trace<T>(main: (log: Log) => Operation<T>, options: TraceOptions = {}): Trace<T> {
  const solo5 = options.solo5 ?? virtualWorld();
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  const tracer: Tracer = goldenTracer(() => solo5.clockMonotonic(), write);
  const log: Log = (entry) => write(`@${solo5.clockMonotonic()} ${entry}`);
  const ended = (value: T | undefined, error: unknown): Trace<T> => ({
    lines,
    story: lines.filter((line) => !/ (step|wait|end) root\b| by root$/.test(line)),
    value,
    error,
  });
  try {
    const value = runSync([], () => main(log), { random: 1, tracer, ...options, solo5 });
    write("run: ok");
    return ended(value, undefined);
  } catch (error) {
    write(`run: ${codeOf(error)}`);
    return ended(undefined, error);
  }
}

/** What `main` did with the `log` it is given, in order, and how the run ended. */
export function record(
  main: (log: Log) => Operation<unknown>,
  options: TraceOptions = {},
): string[] {
  const entries: string[] = [];
  try {
    const value = runSync([], () => main((entry) => entries.push(entry)), {
      random: 1,
      solo5: virtualWorld(),
      ...options,
    });
    entries.push(value === undefined ? "end" : `end: ${String(value)}`);
  } catch (error) {
    entries.push(`error: ${codeOf(error)}`);
  }
  return entries;
}

/** The error's code, else its message: what tests compare. */
export function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? (error as Error).message;
}
