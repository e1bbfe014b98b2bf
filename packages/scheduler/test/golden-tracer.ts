// The golden trace: one line an event, in codes and names only, so that it is the same on every
// engine. Format: scheduler.md, rule 27.
import type { Tracer } from "../src/index.ts";

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

function code(error: unknown): string {
  return (error as { code?: string }).code ?? (error as Error).message;
}
