// The scheduler's errors. Programs tell them apart by `code`, never by their text.

export type SchedulerErrorCode =
  | "ERR_SOLO5_BUSY"
  | "ERR_SOLO5_CANCELLATION_IGNORED"
  | "ERR_SOLO5_CANCELLED"
  | "ERR_SOLO5_CLOSED"
  | "ERR_SOLO5_DEADLOCK"
  | "ERR_SOLO5_DEVICES"
  | "ERR_SOLO5_DEVICE_TASK_FAILED"
  | "ERR_SOLO5_DUPLICATE_DEVICE"
  | "ERR_SOLO5_INVALID_ARGUMENT"
  | "ERR_SOLO5_INVARIANT"
  | "ERR_SOLO5_IN_A_TASK"
  | "ERR_SOLO5_NOT_AN_OPERATION"
  | "ERR_SOLO5_NOT_A_CHILD"
  | "ERR_SOLO5_NOT_OWNER"
  | "ERR_SOLO5_NO_WORLD"
  | "ERR_SOLO5_OUTSIDE_TASK"
  | "ERR_SOLO5_PROMISE_IN_SYNC"
  | "ERR_SOLO5_RESOURCE_LEAKED"
  | "ERR_SOLO5_STILL_HAS_CHILDREN"
  | "ERR_SOLO5_TIMEOUT"
  | "ERR_SOLO5_TWO_SCHEDULERS";

/** A caller's mistake, or a run that could not go on. */
export class SchedulerError extends Error {
  override readonly name = "SchedulerError";
  readonly code: SchedulerErrorCode;
  /** ERR_SOLO5_DEVICES only: why each device could not be acquired, in the order of the list. */
  declare readonly errors?: readonly unknown[];

  constructor(
    code: SchedulerErrorCode,
    message: string,
    options?: ErrorOptions & { readonly errors?: readonly unknown[] },
  ) {
    super(message, options);
    this.code = code;
    // Absent, not empty: hosts print it wherever it is.
    if (options?.errors !== undefined) this.errors = options.errors;
  }
}

/**
 * Thrown at a suspension point of a task that was cancelled, and again at each later one. Catch it
 * to clean up, then let it go on: what a cancelled task returns or throws no longer counts.
 */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
  readonly code = "ERR_SOLO5_CANCELLED";

  constructor() {
    super("the task was cancelled");
  }
}

/** Ends the run: something the scheduler rests on is not true. */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new SchedulerError("ERR_SOLO5_INVARIANT", `broken invariant: ${what}`);
}
