// The `debug` option of a run: what is told besides the ordinary, for the price of a stack a spawn, a
// suspension and an operation. Nothing of this runs without it.
import { active } from "./active.ts";
import { DebuggedTask } from "./debugged-task.ts";
import type { Engine } from "./engine.ts";
import type { Operation, OpIterator } from "./operation.ts";
import { FRAMES_SHOWN_MAX, programFrames, Site } from "./site.ts";
import type { TaskState } from "./task.ts";

/**
 * Operations that a task may have made and not run before the oldest counts as forgotten: a loop
 * without end whose `yield*` is missing never comes to the task's end.
 */
const UNUSED_MAX = 1000;
/** Generations that the stack of an error shows. */
const GENERATIONS_SHOWN_MAX = 10;

export class Debug {
  readonly #engine: Engine;
  /** Places that were told of: a loop forgets the same star each time round. */
  readonly #told = new Set<string>();
  /** Errors that show their tasks already: one error may end many. */
  readonly #shown = new WeakSet<Error>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Notes that the running task has made `operation`, until somebody runs it. */
  made(operation: Operation<unknown>): void {
    const maker = active.task;
    if (!(maker instanceof DebuggedTask)) return;
    maker.unused.set(operation, new Site());
    const begin = operation[Symbol.iterator];
    const noted = (): OpIterator<unknown> => {
      maker.unused.delete(operation);
      const iterator = begin.call(operation);
      // One that is busy makes a copy of itself, which is run without being asked for its iterator.
      this.usedBy(iterator as unknown as Operation<unknown>);
      return iterator;
    };
    Object.defineProperty(operation, Symbol.iterator, { configurable: true, value: noted });
    const [oldest] = maker.unused.size > UNUSED_MAX ? maker.unused.keys() : [];
    if (oldest !== undefined) this.#tell(maker, oldest);
  }

  /** Another operation, just made, will run this one. */
  usedBy(operation: Operation<unknown>): void {
    if (active.task instanceof DebuggedTask) active.task.unused.delete(operation);
  }

  /** A task has returned: what it has not run until now nobody will, but what it gave to its parent. */
  returned(task: TaskState, value: unknown): void {
    if (!(task instanceof DebuggedTask)) return;
    for (const operation of task.unused.keys()) {
      if (operation !== value) this.#tell(task, operation);
    }
  }

  /** Shows in the stack of a failed task's error where the task and those above it were spawned. */
  failed(task: TaskState, error: unknown): void {
    if (!(error instanceof Error) || typeof error.stack !== "string") return;
    if (this.#shown.has(error)) return;
    this.#shown.add(error);
    const lines: string[] = [];
    let generations = 0;
    for (let one = task; one.parent !== null; one = one.parent) {
      const frames = spawnedAt(one);
      if (frames.length === 0 || ++generations > GENERATIONS_SHOWN_MAX) break;
      lines.push(`    --- task ${one.name} (#${one.uid}), spawned by ${one.parent.name}:`);
      lines.push(...indented(frames));
    }
    if (lines.length > 0) error.stack = `${ownPart(error.stack)}\n${lines.join("\n")}`;
  }

  #tell(task: DebuggedTask<unknown>, operation: Operation<unknown>): void {
    const site = task.unused.get(operation);
    task.unused.delete(operation);
    const frames = site?.frames ?? [];
    const [place] = frames;
    // Without a place of the program's it is one of our packages that keeps it for later.
    if (place === undefined || this.#told.has(place)) return;
    this.#told.add(place);
    const what = (operation as { readonly what?: string }).what ?? "";
    const { tracer } = this.#engine;
    if (tracer?.unused !== undefined) return tracer.unused(task, { what, madeAt: frames });
    this.#warn(unusedText(task.name, what, frames));
  }

  #warn(text: string): void {
    const { console } = globalThis as { readonly console?: { warn?(text: string): void } };
    console?.warn?.(text);
  }
}

/** The sentence about an operation that nobody ran. `frames`: where it was made. */
export function unusedText(task: string, what: string, frames: readonly string[]): string {
  return [
    `task ${task} made an operation that nobody ran (${what}): is \`yield*\` missing in front of it?`,
    ...indented(frames),
  ].join("\n");
}

/** The lines of a report below that of a task. Empty without debug. */
export function placesOf(task: TaskState, indentation: string): string[] {
  if (!(task instanceof DebuggedTask)) return [];
  const lines = indented(task.waitsAt?.frames ?? [], indentation);
  const [spawned] = task.spawnedAt.frames;
  if (spawned !== undefined) lines.push(`${indentation}    spawned at ${spawned}`);
  for (const [operation, site] of task.unused) {
    const { what = "" } = operation as { readonly what?: string };
    lines.push(
      `${indentation}    made, and has not run, an operation (${what}) at ${site.frames[0]}`,
    );
  }
  return lines;
}

export function spawnedAt(task: TaskState): readonly string[] {
  return task instanceof DebuggedTask ? task.spawnedAt.frames : [];
}

/** Makes `error`, which was made outside the program's own code, show a place in it. */
export function showPlace(error: Error, frames: readonly string[]): void {
  if (frames.length === 0) return;
  error.stack = [`${error.name}: ${error.message}`, ...indented(frames)].join("\n");
}

function indented(frames: readonly string[], indentation = ""): string[] {
  return frames.slice(0, FRAMES_SHOWN_MAX).map((frame) => `${indentation}    at ${frame}`);
}

/** A stack without what lies below the task's own frames: the scheduler and its driver. */
function ownPart(stack: string): string {
  const last = programFrames(stack).at(-1);
  if (last === undefined) return stack;
  const end = stack.lastIndexOf(last) + last.length;
  return stack.slice(0, end);
}
