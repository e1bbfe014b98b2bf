import { hostCompare } from "./engine.ts";
import { isInRange, outOfRange } from "./range.ts";

/** Up to here a loop beats the call of the host's memcmp. */
const LOOP_SIZE_MAX = 32;

/**
 * Orders two ranges of `size` bytes as unsigned bytes, first difference first: -1, 0 or 1.
 *
 * Shape: any offsets, sizes and alignments. Stops at the first difference: not for secrets.
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE
 */
export function compare(
  a: Uint8Array,
  aOffset: number,
  b: Uint8Array,
  bOffset: number,
  size: number,
): -1 | 0 | 1 {
  if (!isInRange(aOffset, size, a.length)) throw outOfRange("a", aOffset, size, a.length);
  if (!isInRange(bOffset, size, b.length)) throw outOfRange("b", bOffset, size, b.length);
  if (size > LOOP_SIZE_MAX && hostCompare !== undefined) {
    const order = hostCompare.call(a, b, bOffset, bOffset + size, aOffset, aOffset + size);
    return order < 0 ? -1 : order > 0 ? 1 : 0;
  }
  for (let index = 0; index < size; index++) {
    const difference = (a[aOffset + index] as number) - (b[bOffset + index] as number);
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return 0;
}

/**
 * Whether two ranges of `size` bytes hold the same bytes.
 *
 * Shape: any offsets, sizes and alignments. Stops at the first difference: not for secrets.
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE
 */
export function equal(
  a: Uint8Array,
  aOffset: number,
  b: Uint8Array,
  bOffset: number,
  size: number,
): boolean {
  return compare(a, aOffset, b, bOffset, size) === 0;
}
