// Background children: started and forgotten by the code that starts them, collected by the task
// that owns the collector.
import { active, activeTask } from "./active.ts";
import { SchedulerError } from "./errors.ts";
import { Leaf, SUSPENDED } from "./leaf.ts";
import type { Operation, Suspended, Task } from "./operation.ts";
import type { TaskState } from "./task.ts";

/**
 * Children of one task that are awaited when they happen to have finished. They count as its
 * children until collected: a task that returns must have taken them all.
 *
 * Bound to the task that first uses it; used by another it throws ERR_SOLO5_NOT_OWNER.
 */
export interface Orphans<T> {
  /** How many have not been collected. */
  readonly length: number;
  /** One that has ended, the earliest first; null where none has. Await it, or take its outcome. */
  care(): Task<T> | null;
  /** Any one, ended ones first, then the oldest; null where none is left. Await or cancel it. */
  take(): Task<T> | null;
  /** Waits until one has ended and gives it; null where none is left. */
  get(): Operation<Task<T> | null>;
}

export function orphans<T = unknown>(): Orphans<T> {
  return new OrphanList<T>();
}

/** The collector that `spawn` was given, which the running task may use. Checked before the child exists. */
export function checkOrphans<T>(list: Orphans<T>): OrphanList<T> {
  if (!(list instanceof OrphanList)) {
    throw new SchedulerError(
      "ERR_SOLO5_INVALID_ARGUMENT",
      "spawn: `orphans` must come from orphans()",
    );
  }
  list.requireOwner("spawn");
  return list;
}

export class OrphanList<T = unknown> implements Orphans<T> {
  #owner: TaskState | null = null;
  readonly #living = new Set<TaskState>();
  readonly #ended = new Set<TaskState>();
  #getter: GetOrphan<T> | null = null;

  get length(): number {
    this.requireOwner("length");
    return this.#living.size + this.#ended.size;
  }

  add(task: TaskState): void {
    task.rareFields().orphans = this as OrphanList;
    this.#living.add(task);
  }

  care(): Task<T> | null {
    this.requireOwner("care");
    return this.#collect(this.#ended);
  }

  take(): Task<T> | null {
    this.requireOwner("take");
    return this.#collect(this.#ended) ?? this.#collect(this.#living);
  }

  get(): Operation<Task<T> | null> {
    this.requireOwner("get");
    return new GetOrphan(this);
  }

  /** The task was awaited or cancelled by its parent directly. */
  remove(task: TaskState): void {
    this.#living.delete(task);
    this.#ended.delete(task);
  }

  childEnded(task: TaskState): void {
    if (!this.#living.delete(task)) return;
    this.#ended.add(task);
    const waiting = this.#getter?.task;
    if (waiting) active.engine?.wake(waiting);
  }

  setGetter(getter: GetOrphan<T> | null): void {
    this.#getter = getter;
  }

  /** Whether `get` need not wait: one has ended, or none is left. */
  get isReady(): boolean {
    return this.#ended.size > 0 || this.#living.size === 0;
  }

  #collect(from: Set<TaskState>): Task<T> | null {
    for (const task of from) {
      from.delete(task);
      if (task.rare !== null) task.rare.orphans = null;
      return task;
    }
    return null;
  }

  /** Binds the collector to the running task, or refuses a task to which it is not bound. */
  requireOwner(verb: string): void {
    const task = activeTask(`orphans.${verb}`);
    this.#owner ??= task;
    if (this.#owner === task) return;
    throw new SchedulerError(
      "ERR_SOLO5_NOT_OWNER",
      `orphans.${verb}: this collector belongs to task ${this.#owner.name}, not to ${task.name}: ` +
        "each task collects its own children",
    );
  }
}

class GetOrphan<T> extends Leaf<Task<T> | null> {
  readonly what = "an orphan to end";
  readonly #orphans: OrphanList<T>;

  constructor(list: OrphanList<T>) {
    super();
    this.#orphans = list;
  }

  next(): IteratorResult<Suspended, Task<T> | null> {
    if (this.resumed()) {
      this.#orphans.setGetter(null);
      return { done: true, value: this.#orphans.care() };
    }
    this.#orphans.requireOwner("get");
    const task = this.enter();
    if (task === null) return SUSPENDED;
    if (this.#orphans.isReady) {
      if (!this.mayGoOn(task)) return SUSPENDED;
      return { done: true, value: this.#orphans.care() };
    }
    this.#orphans.setGetter(this);
    return this.suspend(task);
  }

  protected override unregister(): void {
    this.#orphans.setGetter(null);
  }

  protected override copy(): GetOrphan<T> {
    return new GetOrphan(this.#orphans);
  }
}
