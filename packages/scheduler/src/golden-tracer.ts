// The golden trace: one line an event, in codes and names only, so that it is the same on every engine.
import type { Tracer } from "./tracer.ts";

/**
 * Writes what a run tells, a line an event: `@5 end a: ok 7`. `now` is the world's time.
 *
 * A task's end tells its value where that is no object, or the error's code; a program's own words where an
 * error has none, and of what the engine throws the name alone.
 */
export function goldenTracer(now: () => number, write: (line: string) => void): Tracer {
  const line = (text: string) => write(`@${now()} ${text}`);
  return {
    spawn: (task, parent) => line(`spawn ${task.name} by ${parent.name}`),
    step: (task) => line(`step ${task.name}`),
    suspend: (task, on) => line(`wait ${task.name}: ${on?.what ?? "its next turn"}`),
    cancel: (task) => line(`cancel ${task.name}`),
    end: (task) => {
      const outcome = task.outcome();
      if (outcome.status === "succeeded") line(`end ${task.name}: ok${shown(outcome.value)}`);
      else if (outcome.status === "failed") line(`end ${task.name}: failed ${code(outcome.error)}`);
      else if ("suppressed" in outcome)
        line(`end ${task.name}: cancelled, suppressed ${code(outcome.suppressed)}`);
      else line(`end ${task.name}: cancelled`);
    },
    suppressed: (task, error) => line(`suppressed in ${task.name}: ${code(error)}`),
  };
}

function shown(value: unknown): string {
  return typeof value === "object" || value === undefined ? "" : ` ${String(value)}`;
}

/** The code; else the program's own words. What engines throw is worded by each as it likes: only its name counts. */
function code(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return code;
  return error.name === "Error" ? error.message : error.name;
}
