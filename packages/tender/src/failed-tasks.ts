// Remembers which task threw an error, for the report of a crash.

/** What a run tells of a task that has ended. */
interface EndedTask {
  readonly name: string;
  outcome(): { readonly status: string; readonly error?: unknown };
}

/** A tracer of runs that hears of ends only: of all events the rarest. */
export class FailedTasks {
  readonly #names = new WeakMap<object, string>();

  /** Tasks end from the bottom up, so the first to end with an error is the one that threw it. */
  end(task: EndedTask): void {
    const outcome = task.outcome();
    const { error } = outcome;
    if (outcome.status !== "failed" || typeof error !== "object" || error === null) return;
    if (!this.#names.has(error)) this.#names.set(error, task.name);
  }

  /** The task that threw `error`, where it was one. */
  taskOf(error: unknown): string | undefined {
    return typeof error === "object" && error !== null ? this.#names.get(error) : undefined;
  }
}
