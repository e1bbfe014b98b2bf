// The tender's errors.

/** ERR_SOLO5_ATTACHMENT: what the program declares and what is attached to it do not fit. */
export type TenderErrorCode = "ERR_SOLO5_ATTACHMENT";

/** Something that keeps the program from being started: a fault of the set-up, not of the program. */
export class TenderError extends Error {
  override readonly name = "TenderError";
  readonly code: TenderErrorCode;
  /** Everything found, one sentence each. */
  readonly faults: readonly string[];

  constructor(code: TenderErrorCode, faults: readonly string[]) {
    super(faults.join("\n"));
    this.code = code;
    this.faults = faults;
  }
}

/** The tender's own error in `error`, in its causes or in the errors it gathers; else undefined. */
export function findTenderError(error: unknown): TenderError | undefined {
  const errors: unknown[] = [error];
  // Grows while it is walked, and holds each error once: causes may form a cycle.
  for (let index = 0; index < errors.length; index++) {
    const next = errors[index];
    if (next instanceof TenderError) return next;
    if (!(next instanceof Error)) continue;
    const gathered: unknown = "errors" in next ? next.errors : [];
    for (const inner of [next.cause, ...(Array.isArray(gathered) ? gathered : [])]) {
      if (!errors.includes(inner)) errors.push(inner);
    }
  }
  return undefined;
}
