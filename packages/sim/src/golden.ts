// The golden trace: one line an event, in codes and names only, so that it is the same on every engine; and how a
// trace is compared with the one that was approved. Format: docs/scheduler.md.
import type { Tracer } from "@miou-solo5/scheduler";
import { environment } from "./environment.ts";

/** Writes what a run tells, a line an event: `@5 end a: ok 7`. `now` is the world's time. */
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

/** Where approved traces are: files, usually. */
export interface GoldenStore {
  /** Null where there is none of that name. */
  read(name: string): string | null;
  write(name: string, text: string): void;
}

/**
 * Compares a trace, whole, with the approved one of that name; with UPDATE_GOLDEN=1 in the environment it approves the
 * trace instead.
 *
 * @throws {Error} which shows the first line that differs, and what stands around it; or says that none was approved
 */
export function checkGolden(name: string, lines: readonly string[], store: GoldenStore): void {
  const text = `${lines.join("\n")}\n`;
  if (environment("UPDATE_GOLDEN") === "1") return store.write(name, text);
  const approved = store.read(name);
  if (approved === text) return;
  const how = "; run with UPDATE_GOLDEN=1 to approve it as it is now";
  if (approved === null) throw new Error(`golden trace ${name}: none was approved yet${how}`);
  throw new Error(`golden trace ${name} differs${how}\n${firstDifference(approved, text)}`);
}

function firstDifference(approved: string, text: string): string {
  const [wanted, got] = [approved.split("\n"), text.split("\n")];
  let at = 0;
  while (wanted[at] === got[at]) at++;
  const show = (mark: string, lines: readonly string[], from: number, to: number): string[] =>
    lines.slice(Math.max(from, 0), to).map((line) => `${mark} ${line}`);
  return [
    `line ${at + 1}:`,
    ...show(" ", wanted, at - 3, at),
    ...show("-", wanted, at, at + 3),
    ...show("+", got, at, at + 3),
  ].join("\n");
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
