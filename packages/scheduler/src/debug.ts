// The `debug` option of a run: what is remembered and told besides the ordinary, for the price of a
// stack a spawn, a suspension and an operation. Nothing of this happens without it.
import { active } from "./active.ts";
import type { Engine } from "./engine.ts";
import type { Suspension } from "./leaf.ts";
import type { Operation, OpIterator } from "./operation.ts";
import { indented, ownPart, Site } from "./site.ts";
import type { TaskState } from "./task.ts";
import type { UnusedOperation } from "./tracer.ts";

/**
 * Operations that a task may have made and not run before the oldest counts as forgotten: a loop
 * without end whose `yield*` is missing never comes to the task's end.
 */
const UNUSED_MAX = 1000;
/** Generations that the stack of an error shows. */
const GENERATIONS_SHOWN_MAX = 10;

/** What is remembered of one task. */
export interface TaskPlaces {
  readonly spawnedAt: Site;
  /** Null while it does not wait. */
  waitsAt: Site | null;
  /** Operations that it made and that nobody has run, the oldest first. */
  readonly unused: Map<Operation<unknown>, Site>;
}

export class Debug {
  readonly #engine: Engine;
  /** Places that were told of: a loop forgets the same star each time round. */
  readonly #told = new Set<string>();
  /** Errors that show their tasks already: one error may end many. */
  readonly #shown = new WeakSet<Error>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** To be called while the task is being spawned. */
  watch(task: TaskState): void {
    const places: TaskPlaces = { spawnedAt: new Site(), waitsAt: null, unused: new Map() };
    task.rareFields().places = places;
    let leaf: Suspension | null = null;
    // Leaves set `leaf` when they suspend, with the program's whole chain of `yield*` below them on the
    // stack. Noted here, it costs nothing to tasks that are not watched.
    Object.defineProperty(task, "leaf", {
      get: () => leaf,
      set: (next: Suspension | null) => {
        leaf = next;
        places.waitsAt = next === null ? null : new Site();
      },
    });
  }

  /** Notes that the running task has made `operation`, until somebody runs it. */
  made(operation: Operation<unknown>): void {
    const maker = active.task;
    const unused = maker?.rare?.places?.unused;
    if (maker === null || unused === undefined) return;
    unused.set(operation, new Site());
    const begin = operation[Symbol.iterator];
    const noted = (): OpIterator<unknown> => {
      unused.delete(operation);
      const iterator = begin.call(operation);
      // One that is busy makes a copy of itself, which is run without being asked for its iterator.
      this.usedBy(iterator as unknown as Operation<unknown>);
      return iterator;
    };
    Object.defineProperty(operation, Symbol.iterator, { configurable: true, value: noted });
    const [oldest] = unused.size > UNUSED_MAX ? unused.keys() : [];
    if (oldest !== undefined) this.#tell(maker, oldest);
  }

  /** Something else that the running task has just made will run this operation. */
  usedBy(operation: Operation<unknown>): void {
    active.task?.rare?.places?.unused.delete(operation);
  }

  /** A task has returned: what it has not run until now nobody will, but what it gave to its parent. */
  returned(task: TaskState, value: unknown): void {
    for (const operation of task.rare?.places?.unused.keys() ?? []) {
      if (operation !== value) this.#tell(task, operation);
    }
  }

  /** Shows in the stack of a failed task's error where the task and those above it were spawned. */
  failed(task: TaskState, error: unknown): void {
    if (!(error instanceof Error) || typeof error.stack !== "string") return;
    if (this.#shown.has(error)) return;
    this.#shown.add(error);
    const lines = [ownPart(error.stack)];
    let generations = 0;
    for (let one = task; one.parent !== null; one = one.parent) {
      const frames = spawnedAt(one);
      if (frames.length === 0 || ++generations > GENERATIONS_SHOWN_MAX) break;
      lines.push(`    --- task ${one.name} (#${one.uid}), spawned by ${one.parent.name}:`);
      lines.push(...indented(frames));
    }
    error.stack = lines.join("\n");
  }

  #tell(task: TaskState, operation: Operation<unknown>): void {
    const unused = task.rare?.places?.unused;
    const site = unused?.get(operation);
    unused?.delete(operation);
    if (site === undefined || isKept(operation, site)) return;
    const { frames } = site;
    const [place = ""] = frames;
    if (this.#told.has(place)) return;
    this.#told.add(place);
    const { tracer } = this.#engine;
    if (tracer?.unused !== undefined)
      tracer.unused(task, { what: whatOf(operation), madeAt: frames });
    else warn(unusedText(task, operation, frames));
  }
}

/** The sentence about an operation that nobody ran. `frames`: where it was made. */
function unusedText(
  task: TaskState,
  operation: Operation<unknown>,
  frames: readonly string[],
): string {
  return [
    `task ${task.name} made an operation that nobody ran (${whatOf(operation)}): ` +
      "is `yield*` missing in front of it?",
    ...indented(frames),
  ].join("\n");
}

/**
 * Whether an object of our packages made the operation while it was being made itself, to give it out later,
 * as a device does; so it is also where nothing of the program was at work.
 */
function isKept(operation: Operation<unknown>, site: Site): boolean {
  const own = new Set<string>();
  for (let type = operation.constructor; type.name !== ""; type = Object.getPrototypeOf(type)) {
    own.add(type.name);
  }
  return site.frames.length === 0 || site.constructing.some((name) => !own.has(name));
}

/** What an operation would wait for. */
function whatOf(operation: Operation<unknown>): string {
  return (operation as { readonly what?: string }).what ?? "";
}

/** Says something to whoever develops the program, where the host has a console for that. */
function warn(text: string): void {
  const { console } = globalThis as { readonly console?: { warn?(text: string): void } };
  console?.warn?.(text);
}

/**
 * The program's frames where the task was spawned. Empty without debug, as are those below; also of the
 * root, which the run itself spawns.
 */
export function spawnedAt(task: TaskState): readonly string[] {
  return task.parent === null ? [] : (task.rare?.places?.spawnedAt.frames ?? []);
}

/** Where the task waits. */
export function waitsAt(task: TaskState): readonly string[] {
  return task.rare?.places?.waitsAt?.frames ?? [];
}

/** What it has made and nobody has run yet. */
export function unusedOf(task: TaskState): UnusedOperation[] {
  const unused: UnusedOperation[] = [];
  for (const [operation, site] of task.rare?.places?.unused ?? []) {
    if (isKept(operation, site)) continue;
    unused.push({ what: whatOf(operation), madeAt: site.frames });
  }
  return unused;
}

/** A line about the task for the end of a message. */
export function spawnedText(task: TaskState): string {
  const [place] = spawnedAt(task);
  return place === undefined ? "" : `\n  ${task.name} (#${task.uid}) was spawned at ${place}`;
}

/** Makes `error`, which was made outside the program's own code, show a place in it. */
export function showPlace(error: Error, frames: readonly string[]): void {
  if (frames.length === 0) return;
  error.stack = [`${error.name}: ${error.message}`, ...indented(frames)].join("\n");
}
