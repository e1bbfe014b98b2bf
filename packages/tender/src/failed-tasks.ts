// Remembers which task threw an error, for the report of a crash.

/** What a run tells of a task that has ended. */
interface EndedTask {
  readonly name: string;
  outcome(): { readonly status: string; readonly error?: unknown; readonly suppressed?: unknown };
}

/**
 * A tracer of runs that hears of ends only: of all events the rarest.
 *
 * `cleanupFailed` is called with what a cancelled task threw besides its cancellation; its outcome
 * hides that.
 */
export class FailedTasks {
  readonly #names = new WeakMap<object, string>();
  readonly #cleanupFailed: (task: string, error: unknown) => void;

  constructor(cleanupFailed: (task: string, error: unknown) => void) {
    this.#cleanupFailed = cleanupFailed;
  }

  /** Tasks end from the bottom up, so the first to end with an error is the one that threw it. */
  end(task: EndedTask): void {
    const { error, suppressed } = task.outcome();
    if (suppressed !== undefined && !isCancellation(suppressed)) {
      this.#cleanupFailed(task.name, suppressed);
    }
    if (typeof error !== "object" || error === null || this.#names.has(error)) return;
    this.#names.set(error, task.name);
  }

  /** The task that threw `error`, where it was one. */
  taskOf(error: unknown): string | undefined {
    return typeof error === "object" && error !== null ? this.#names.get(error) : undefined;
  }
}

/** Whether `error` only says that a task, or the run, was cancelled. By its code: copies differ in class. */
export function isCancellation(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_SOLO5_CANCELLED";
}
