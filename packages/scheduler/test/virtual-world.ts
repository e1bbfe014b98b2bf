// A world of one machine without devices: time moves when a run waits, and only then. For tests of
// the scheduler itself; worlds with devices are `@miou-solo5/sim`'s.
import { type Operation, type RunOptions, runSync, type Solo5, type Wait } from "../src/index.ts";
import { goldenTracer } from "./golden-tracer.ts";

export interface VirtualWorld extends Solo5 {
  readonly console: string;
}

export function virtualWorld(): VirtualWorld {
  let now = 0;
  let console = "";
  const none = (): never => {
    throw new Error("no devices here");
  };
  return {
    arguments: [],
    virtualTime: true,
    get console() {
      return console;
    },
    clockMonotonic: () => now,
    clockWall: () => BigInt(now),
    entropy: (into) => void into.fill(7),
    netAcquire: none,
    netRead: none,
    netWrite: none,
    netRelease: none,
    blockAcquire: none,
    blockRead: none,
    blockWrite: none,
    blockRelease: none,
    yield(deadline, ready) {
      if (deadline === Infinity) throw new Error("would wait for ever");
      now = Math.max(now, deadline);
      ready.fill(0);
    },
    wait(deadline, wake): Wait {
      const immediate = setImmediate(() => {
        if (deadline !== Infinity) now = Math.max(now, deadline);
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
  readonly lines: readonly string[];
  readonly value: T | undefined;
  readonly error: unknown;
}

/** Runs `main` without devices in virtual time, and tells all that happened, line by line. */
export function trace<T>(main: () => Operation<T>, options: RunOptions = {}): Trace<T> {
  const solo5 = virtualWorld();
  const lines: string[] = [];
  const tracer = goldenTracer(
    () => solo5.clockMonotonic(),
    (line) => lines.push(line),
  );
  try {
    const value = runSync([], main, { solo5, random: 1, tracer, ...options });
    return { lines, value, error: undefined };
  } catch (error) {
    return { lines, value: undefined, error };
  }
}

/** What `main` did with the `log` it is given, in order, and how the run ended. */
export function record(main: (log: (entry: string) => void) => Operation<unknown>): string[] {
  const entries: string[] = [];
  try {
    const value = runSync([], () => main((entry) => entries.push(entry)), {
      solo5: virtualWorld(),
      random: 1,
    });
    entries.push(value === undefined ? "end" : `end: ${String(value)}`);
  } catch (error) {
    entries.push(`error: ${(error as { code?: string }).code ?? String(error)}`);
  }
  return entries;
}
