// Runs a program in the attached world and ends with its status.
import { extname } from "node:path";
import { attach } from "miou-solo5";
import type { AttachedWorld } from "./attached-world.ts";
import type { RunCommand } from "./command.ts";
import { findTenderError } from "./errors.ts";
import { FailedTasks, isCancellation } from "./failed-tasks.ts";
import type { Interruption } from "./interruption.ts";
import { noTypeScript, programUrl } from "./program-file.ts";
import {
  reportCrash,
  reportCrashTitle,
  reportFailedCleanup,
  reportFaults,
  STATUS_CRASH,
  STATUS_FAULT,
} from "./report.ts";

/**
 * Imports `program` with `world` attached, then leaves the process to it: it ends when nothing is left
 * to wait for, or when the program says so. Settles, never rejects, when the program's top level has ended.
 *
 * The status is the program's own; STATUS_CRASH for an error that nobody caught, STATUS_FAULT for one of the
 * set-up, the interruption's once a signal has come. To be called once a process.
 */
export async function runProgram(
  { program, debug = false }: Pick<RunCommand, "program" | "debug">,
  world: AttachedWorld,
  interruption: Interruption,
): Promise<void> {
  const tasks = new FailedTasks((task, error) => {
    // Programs cancel tasks for reasons of their own; what comes of that is their business.
    if (interruption.status !== undefined) reportFailedCleanup(error, task);
  });
  attach(world.solo5, { signal: interruption.signal, tracer: tasks, debug });

  const failed = (error: unknown): void => {
    // A handler of the program's own has the last word, as it would have without us.
    if (process.listenerCount("uncaughtException") > 1) return;
    if (error instanceof SyntaxError && interruption.status === undefined) {
      process.off("uncaughtException", failed);
      leaveToNode(error, tasks.taskOf(error));
      return;
    }
    process.exit(judge(error, program, tasks, interruption.status));
  };
  process.on("uncaughtException", failed);
  let pending = true;
  let drained = false;
  process.on("beforeExit", () => {
    if (pending && !drained && interruption.status === undefined) {
      reportCrash(new Error(`${program} awaits at its top level what nothing will settle`));
      process.exitCode = STATUS_CRASH;
    }
    drained = true;
  });
  process.once("exit", (status) => {
    if (interruption.status !== undefined) process.exitCode = interruption.status;
    // One that calls `process.exit(0)` has its reasons: it was asked for help, perhaps.
    else if (status === 0 && drained) process.exitCode = judgeSuccess(program, world);
  });

  try {
    await import(programUrl(program));
  } catch (error) {
    // Outside this promise it is an uncaught error like any other.
    process.nextTick(() => {
      throw error;
    });
  } finally {
    pending = false;
  }
}

/** Reports an error that nobody caught, and gives the status to end with. */
function judge(
  error: unknown,
  program: string,
  tasks: FailedTasks,
  interrupted: number | undefined,
): number {
  if (interrupted !== undefined) {
    // A run that was cancelled as we asked rejects with this; anything else went wrong on the way.
    if (!isCancellation(error)) reportCrash(error, tasks.taskOf(error));
    return interrupted;
  }
  const refused = findTenderError(error);
  if (refused !== undefined) {
    reportFaults(refused.faults);
    return STATUS_FAULT;
  }
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ERR_UNKNOWN_FILE_EXTENSION" && /^\.m?ts$/.test(extname(program))) {
    reportFaults([noTypeScript(program)]);
    return STATUS_FAULT;
  }
  reportCrash(error, tasks.taskOf(error));
  return STATUS_CRASH;
}

/** Which file and line a syntax error is about only Node's own report tells; the error itself does not. */
function leaveToNode(error: SyntaxError, task: string | undefined): void {
  reportCrashTitle(task);
  process.once("exit", () => {
    process.exitCode = STATUS_CRASH;
  });
  process.nextTick(() => {
    throw error;
  });
}

/** The status of a program that came to its end: devices that it never asked for are a fault all the same. */
function judgeSuccess(program: string, world: AttachedWorld): number {
  if (world.declared || world.attached.length === 0) return 0;
  reportFaults([
    `${program} ended without declaring any device, and attached are: ${world.attached.join(", ")}`,
  ]);
  return STATUS_FAULT;
}
