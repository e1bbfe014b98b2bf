import { BigstringError } from "./errors.ts";

/**
 * Whether `size` bytes from `offset` on lie within `length` bytes. No for whatever isn't a count of
 * bytes: fractions, NaN, negative numbers, 2^53 and above, other types. A detached buffer has length 0.
 */
export function isInRange(offset: number, size: number, length: number): boolean {
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(size) &&
    offset >= 0 &&
    size >= 0 &&
    offset <= length - size
  );
}

/** The error for what `isInRange` refused. `what` names the buffer as the caller knows it. */
export function outOfRange(
  what: string,
  offset: number,
  size: number,
  length: number,
): BigstringError {
  return new BigstringError(
    "ERR_SOLO5_OUT_OF_RANGE",
    `${what} has ${length} bytes (a detached one has 0): wanted an offset and a size in whole bytes ` +
      `within them; got offset ${String(offset)}, size ${String(size)}`,
  );
}
