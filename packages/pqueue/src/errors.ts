/**
 * The stable codes of `PqueueError`. A changed code is a breaking change, a new one is not.
 *
 * - `ERR_SOLO5_NOT_COMPARABLE`: the comparator answered something that is not an order (`NaN`, `undefined`).
 * - `ERR_SOLO5_FOREIGN_ENTRY`: what was to be cancelled is not an entry of this queue.
 */
export type PqueueErrorCode = "ERR_SOLO5_NOT_COMPARABLE" | "ERR_SOLO5_FOREIGN_ENTRY";

/** A mistake of the caller's. The contract is `code`; the wording may change. */
export class PqueueError extends Error {
  override readonly name = "PqueueError";
  readonly code: PqueueErrorCode;

  constructor(code: PqueueErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
