// Many seeds through one story, and what to tell when one of them fails.
import { environment, hostTurn, showProgress } from "./environment.ts";
import { SimError } from "./errors.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

export interface SimulateOptions extends Omit<WorldOptions, "seed" | "trace"> {
  /** Seeds to run, from the first one on; 1. `SIM_SEEDS=<n>` in the environment overrules it. */
  readonly count?: number;
  /** What runs this test again, for the message; `npm test` if not given. */
  readonly command?: string;
  /** Lines of the trace in the message; 30. */
  readonly traceCountMax?: number;
}

/** A story failed. `cause` is what it threw; the message has the seed, the command and the trace's last lines. */
export class SimulationFailure extends Error {
  override readonly name = "SimulationFailure";
  readonly code = "ERR_SOLO5_SIMULATION_FAILED";
  readonly seed: number;
  /** The last lines of what happened, as it happened when the seed was run once more. */
  readonly trace: readonly string[];

  constructor(seed: number, message: string, trace: readonly string[], cause: unknown) {
    super(message, { cause });
    this.seed = seed;
    this.trace = trace;
  }
}

/**
 * Builds a world for each seed and lets `story` happen in it: it adds machines, runs the world and throws what it
 * finds wrong. It may be async, because runs settle after `world.run`. All chance must come from the world.
 *
 * `SEED=<n>` in the environment begins with that seed instead, so that one that failed is the first to fail
 * again. A seed that fails is run once more, with a trace.
 * @throws {SimulationFailure} for the first seed that fails
 * @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT for a seed or count that is none
 */
export async function simulate(
  seed: number,
  story: (world: World) => void | Promise<void>,
  options: SimulateOptions = {},
): Promise<void> {
  const { command = "npm test", traceCountMax = 30, count: countGiven = 1, ...rest } = options;
  const many = numberFrom("SIM_SEEDS");
  const count = many ?? countGiven;
  const first = numberFrom("SEED") ?? seed;
  if (!Number.isSafeInteger(count) || count < 1) {
    throw invalid(`the count of seeds is a whole number from 1 on, got ${count}`);
  }
  for (let i = 0; i < count; i++) {
    if (many !== null) showBar(i, count);
    const error = await failureOf(() => story(createWorld({ ...rest, seed: first + i })));
    if (error === null) {
      // A test runner that hears nothing of its worker for a minute takes it for dead.
      await hostTurn();
      continue;
    }
    throw await explain(first + i, story, { rest, command, traceCountMax, error: error.thrown });
  }
  if (many !== null) showBar(count, count);
}

interface Failed {
  readonly rest: WorldOptions;
  readonly command: string;
  readonly traceCountMax: number;
  readonly error: unknown;
}

async function explain(
  seed: number,
  story: (world: World) => void | Promise<void>,
  { rest, command, traceCountMax, error }: Failed,
): Promise<SimulationFailure> {
  let trace: string[] = [];
  let lineCount = 0;
  const note = (line: string): void => {
    lineCount++;
    trace.push(line);
    if (trace.length >= 2 * traceCountMax) trace = trace.slice(-traceCountMax);
  };
  const again = await failureOf(() => story(createWorld({ ...rest, seed, trace: note })));
  trace = traceCountMax > 0 ? trace.slice(-traceCountMax) : [];
  const message = [
    `seed ${seed}: ${error instanceof Error ? error.message : String(error)}`,
    `  repeat it: SEED=${seed} ${command}`,
    ...(again === null
      ? [
          "  run again with the same seed it did not fail: something in it does not come from the seed",
        ]
      : []),
    `  the last ${trace.length} of ${lineCount} lines of its trace:`,
    ...trace.map((line) => `    ${line}`),
  ].join("\n");
  return new SimulationFailure(seed, message, trace, error);
}

async function failureOf(act: () => void | Promise<void>): Promise<{ thrown: unknown } | null> {
  try {
    await act();
    return null;
  } catch (thrown) {
    return { thrown };
  }
}

function numberFrom(name: string): number | null {
  const text = environment(name);
  if (text === undefined || text === "") return null;
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw invalid(`${name} is a whole number, got "${text}"`);
}

/** One line that is written over; a step a percent. */
function showBar(done: number, count: number): void {
  const percent = Math.floor((100 * done) / count);
  if (done > 0 && percent === Math.floor((100 * (done - 1)) / count)) return;
  const filled = Math.floor(percent / 4);
  const bar = "#".repeat(filled) + ".".repeat(25 - filled);
  showProgress(`\r[${bar}] ${percent}% of ${count} seeds${done === count ? "\n" : ""}`);
}

function invalid(message: string): SimError {
  return new SimError("ERR_SOLO5_INVALID_ARGUMENT", message);
}
