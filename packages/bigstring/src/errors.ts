/**
 * The stable codes of `BigstringError`. A changed code is a breaking change, a new one is not.
 *
 * - `ERR_SOLO5_OUT_OF_RANGE`: an offset or a size is no byte count, or leaves the buffer.
 * - `ERR_SOLO5_NOT_LATIN1`: a code unit above 255 does not fit a byte.
 */
export type BigstringErrorCode = "ERR_SOLO5_OUT_OF_RANGE" | "ERR_SOLO5_NOT_LATIN1";

/** A `RangeError`, thrown before a byte has moved. The contract is `code`; the wording may change. */
export class BigstringError extends RangeError {
  override readonly name = "BigstringError";
  readonly code: BigstringErrorCode;

  constructor(code: BigstringErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
