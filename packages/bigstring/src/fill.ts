import { isInRange, outOfRange } from "./range.ts";

// Node's Buffer replaces `fill` by a slower one with rules of its own.
const fillBytes = Uint8Array.prototype.fill;

/**
 * Stores the lowest 8 bits of `value` in `size` bytes.
 *
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE before a byte has changed.
 */
export function fill(target: Uint8Array, targetOffset: number, size: number, value: number): void {
  if (!isInRange(targetOffset, size, target.length)) {
    throw outOfRange("target", targetOffset, size, target.length);
  }
  fillBytes.call(target, value, targetOffset, targetOffset + size);
}
