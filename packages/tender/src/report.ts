// What the tender says on standard error, and the statuses it ends with.
import { inspect } from "node:util";

/** The set-up is at fault; nothing was started. */
export const STATUS_FAULT = 1;
/** The program crashed. */
export const STATUS_CRASH = 255;

/** Lists faults that keep the program from being started. */
export function reportFaults(faults: readonly string[]): void {
  if (faults.length === 1) {
    say(`solo5-node: ${faults[0]}`);
    return;
  }
  say(`solo5-node: ${faults.length} faults, nothing was started:`);
  for (const fault of faults) say(`  ${fault}`);
}

export function reportWarning(warning: string): void {
  say(`solo5-node: warning: ${warning}`);
}

/**
 * Reports an error that nobody caught, with its stack, its causes and its own fields. `task` is the
 * task that threw it, where known.
 */
export function reportCrash(error: unknown, task?: string): void {
  reportCrashTitle(task);
  say(described(error));
}

/** The line above the report of a crash. */
export function reportCrashTitle(task: string | undefined): void {
  const where = task === undefined ? "" : ` in task ${task}`;
  say(`solo5-node: the program crashed${where}:`);
}

/** Reports what a task threw while it cleaned up after a signal. */
export function reportFailedCleanup(error: unknown, task: string): void {
  say(`solo5-node: task ${task} failed while it cleaned up:`);
  say(described(error));
}

function described(error: unknown): string {
  return inspect(error, { colors: process.stderr.isTTY === true, depth: 4 });
}

// Writes to pipes, files and terminals are synchronous on Linux: nothing is lost by an exit.
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
