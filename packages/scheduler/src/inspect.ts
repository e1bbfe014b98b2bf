// A look at a run that goes on: who is there, in which state, waiting for what, since when.
import { active, outsideTask } from "./active.ts";
import { spawnedAt, unusedOf, waitsAt } from "./debug.ts";
import type { Engine } from "./engine.ts";
import { SchedulerError } from "./errors.ts";
import type { Run } from "./operation.ts";
import { indented } from "./site.ts";
import type { TaskState } from "./task.ts";
import { ENDED, ENDING, QUEUED, STARTED } from "./task-flags.ts";
import { indentation, taskTree } from "./task-tree.ts";
import type { UnusedOperation } from "./tracer.ts";

/** One task, and those below it that their parents have not collected. */
export interface TaskInspection {
  readonly uid: number;
  readonly name: string;
  /**
   * "new": has not begun; "runnable": stands in the run queue; "ending": its body has ended and its
   * children are being stopped; "ended": its parent has not awaited or cancelled it yet.
   */
  readonly state: "new" | "runnable" | "running" | "waiting" | "ending" | "ended";
  /** What a waiting task waits for, in the words of the deadlock report; else null. */
  readonly waitsFor: string | null;
  /** The start of the turn in which that wait began: nanoseconds of `clockMonotonic`; else null. */
  readonly since: number | null;
  /** With `debug`, where it waits: the program's frames, innermost first. Else empty. */
  readonly waitsAt: readonly string[];
  /** The same of where it was spawned. */
  readonly spawnedAt: readonly string[];
  /** With `debug`, the operations that it has made and that nobody has run yet. */
  readonly unused: readonly UnusedOperation[];
  /** The oldest first. */
  readonly children: readonly TaskInspection[];
}

/** What a run was doing. As text it is one line a task, so `print(`${inspect(run)}\n`)` shows it. */
export class Inspection {
  /** When: nanoseconds of the world's `clockMonotonic`. */
  readonly at: number;
  readonly root: TaskInspection;

  constructor(at: number, root: TaskInspection) {
    this.at = at;
    this.root = root;
  }

  toString(): string {
    const lines: string[] = [];
    const visit = [{ task: this.root, depth: 0 }];
    for (let next = visit.pop(); next !== undefined; next = visit.pop()) {
      const { task, depth } = next;
      lines.push(...taskLines(task, indentation(depth), this.at));
      visit.push(...task.children.map((child) => ({ task: child, depth: depth + 1 })).reverse());
    }
    return lines.join("\n");
  }
}

const engines = new WeakMap<Run<unknown>, Engine>();

/** Lets `inspect` find the tasks of a run. */
export function inspectable(run: Run<unknown>, engine: Engine): void {
  engines.set(run, engine);
}

/**
 * What the tasks of `run` are doing right now; without `run`, those of the run whose task calls.
 *
 * Costs nothing until it is called, and then some microseconds a task.
 * @throws {SchedulerError} ERR_SOLO5_INVALID_ARGUMENT for what `start` did not give; ERR_SOLO5_OUTSIDE_TASK
 */
export function inspect(run?: Run<unknown>): Inspection {
  if (run === undefined) {
    if (active.engine === null) throw outsideTask("inspect without a run");
    return inspectEngine(active.engine);
  }
  const engine = engines.get(run);
  if (engine !== undefined) return inspectEngine(engine);
  throw new SchedulerError("ERR_SOLO5_INVALID_ARGUMENT", "inspect takes what `start` gave");
}

function inspectEngine(engine: Engine): Inspection {
  const at = engine.solo5.clockMonotonic();
  const seen = new Map<TaskState, TaskInspection & { readonly children: TaskInspection[] }>();
  for (const { task } of taskTree(engine.root)) {
    const inspection = { ...inspectTask(task), children: [] };
    seen.set(task, inspection);
    if (task.parent !== null) seen.get(task.parent)?.children.push(inspection);
  }
  return new Inspection(at, seen.get(engine.root) as TaskInspection);
}

export function inspectTask(task: TaskState): Omit<TaskInspection, "children"> {
  const state = stateOf(task);
  const waits = state === "waiting";
  return {
    uid: task.uid,
    name: task.name,
    state,
    waitsFor: waits ? (task.leaf?.what ?? null) : null,
    since: waits ? task.since : null,
    waitsAt: waits ? waitsAt(task) : [],
    spawnedAt: spawnedAt(task),
    unused: unusedOf(task),
  };
}

function stateOf(task: TaskState): TaskInspection["state"] {
  if ((task.flags & ENDED) !== 0) return "ended";
  if ((task.flags & ENDING) !== 0) return "ending";
  if (task === active.task) return "running";
  if ((task.flags & QUEUED) === 0) return "waiting";
  return (task.flags & STARTED) === 0 ? "new" : "runnable";
}

const STATE_TEXTS = {
  new: "has not begun",
  runnable: "can run",
  running: "is running",
  waiting: "waits",
  ending: "waits for its children to stop",
  ended: "has ended, and was not awaited yet",
};

function taskLines(task: TaskInspection, indent: string, now: number): string[] {
  const { since, waitsFor } = task;
  const doing =
    since === null ? STATE_TEXTS[task.state] : `has waited ${age(now - since)} for ${waitsFor}`;
  const lines = [`${indent}${task.name} (#${task.uid}) ${doing}`];
  lines.push(...placeLines(task, indent));
  return lines;
}

/** With debug: the lines below that of a task, where it waits and where it was spawned. */
export function placeLines(
  { waitsAt, spawnedAt, unused }: Pick<TaskInspection, "waitsAt" | "spawnedAt" | "unused">,
  indent: string,
): string[] {
  const lines = indented(waitsAt, indent);
  if (spawnedAt[0] !== undefined) lines.push(`${indent}    spawned at ${spawnedAt[0]}`);
  for (const { what, madeAt } of unused) {
    lines.push(`${indent}    made, but has not run, an operation (${what}) at ${madeAt[0]}`);
  }
  return lines;
}

/** Nanoseconds in the unit that reads best. */
function age(ns: number): string {
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${rounded(ns / 1e3)} us`;
  if (ns < 1e9) return `${rounded(ns / 1e6)} ms`;
  return `${rounded(ns / 1e9)} s`;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
