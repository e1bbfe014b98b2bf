// A value that is made when it is first wanted, once.

import { activeTask } from "./active.ts";
import { Compound } from "./compound.ts";
import { checkFunction } from "./device.ts";
import { SchedulerError } from "./errors.ts";
import { DONE, SUSPENDED } from "./leaf.ts";
import type { Body, Operation, Suspended } from "./operation.ts";
import type { TaskState } from "./task.ts";
import { INTERRUPTED } from "./task-flags.ts";
import { WaitingLeaf, WaitList } from "./wait-list.ts";

type Made<T> = { readonly value: T } | { readonly error: unknown };

export class Lazy<T> {
  readonly #make: Body<T>;
  readonly #waiting = new WaitList<Wanted>();
  #made: Made<T> | null = null;
  #maker: TaskState | null = null;

  /** @throws {SchedulerError} ERR_SOLO5_INVALID_ARGUMENT where `make` is no function */
  constructor(make: Body<T>) {
    checkFunction("Lazy", "make", make);
    this.#make = make;
  }

  /**
   * Gives the value, or throws the error, that `make` ended with the first time. It runs in the task
   * that comes first; others wait. Where that task is interrupted meanwhile, the next one makes it afresh.
   *
   * @throws {SchedulerError} ERR_SOLO5_DEADLOCK where `make` forces this value itself
   */
  force(): Operation<T> {
    return new Compound("force", () => this.#force());
  }

  *#force(): Generator<Suspended, T, void> {
    const task = activeTask("force");
    while (this.#made === null && this.#maker !== null) {
      if (this.#maker === task) {
        throw new SchedulerError(
          "ERR_SOLO5_DEADLOCK",
          `force: task ${task.name} is making this value and would wait for itself`,
        );
      }
      yield* new Wanted(this.#waiting);
    }
    const made = this.#made ?? (yield* this.#makeIn(task));
    if ("value" in made) return made.value;
    throw made.error;
  }

  *#makeIn(task: TaskState): Generator<Suspended, Made<T>, void> {
    this.#maker = task;
    try {
      const value = yield* this.#make();
      this.#made = { value };
    } catch (error) {
      // Interrupted from outside (limits of its own are over by now): that says nothing about the value.
      if ((task.flags & INTERRUPTED) !== 0) throw error;
      this.#made = { error };
    } finally {
      this.#maker = null;
      while (this.#waiting.wakeFirst() !== null);
    }
    return this.#made;
  }
}

class Wanted extends WaitingLeaf<void> {
  readonly what = "a lazy value";
  readonly #list: WaitList<Wanted>;

  constructor(list: WaitList<Wanted>) {
    super();
    this.#list = list;
  }

  next(): IteratorResult<Suspended, void> {
    if (this.resumed()) return DONE;
    const task = this.enter();
    if (task === null) return SUSPENDED;
    this.#list.push(this);
    return this.suspend(task);
  }

  protected override unregister(): void {
    this.#list.remove(this);
  }

  protected override copy(): Wanted {
    return new Wanted(this.#list);
  }
}
