import { hostLatin1Slice, hostLatin1Write } from "./engine.ts";
import { BigstringError } from "./errors.ts";
import { isInRange, outOfRange } from "./range.ts";

/** Up to here a loop beats the host's built-ins. A read grows a string at every step. */
const WRITE_LOOP_SIZE_MAX = 24;
const READ_LOOP_SIZE_MAX = 8;

/** Arguments of one `String.fromCharCode`: few, because an engine may keep them on a shallow stack. */
const CODES_PER_CALL = 256;

/** Engines know whether a string is one-byte, and answer this without looking at its characters. */
const WIDE_CODE_UNIT = /[\u0100-\uffff]/;

/**
 * Copies `size` code units of `source` into as many bytes.
 *
 * Shape: `sourceOffset` and `size` count UTF-16 code units, each below 256 (Latin-1).
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE, then ERR_SOLO5_NOT_LATIN1, before a byte has moved.
 * @see the seed's bigstring_blit_from_string (an OCaml string is bytes)
 */
export function blitFromString(
  source: string,
  sourceOffset: number,
  target: Uint8Array,
  targetOffset: number,
  size: number,
): void {
  if (!isInRange(sourceOffset, size, source.length)) {
    throw outOfRange("source", sourceOffset, size, source.length);
  }
  if (!isInRange(targetOffset, size, target.length)) {
    throw outOfRange("target", targetOffset, size, target.length);
  }
  if (size <= WRITE_LOOP_SIZE_MAX || hostLatin1Write === undefined) {
    checkLatin1(source, sourceOffset, size);
    for (let index = 0; index < size; index++) {
      target[targetOffset + index] = source.charCodeAt(sourceOffset + index);
    }
    return;
  }
  if (WIDE_CODE_UNIT.test(source)) checkLatin1(source, sourceOffset, size);
  const text =
    size === source.length ? source : source.substring(sourceOffset, sourceOffset + size);
  hostLatin1Write.call(target, text, targetOffset, size);
}

/**
 * The `size` bytes at `sourceOffset` as a string of as many code units (Latin-1).
 *
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE
 */
export function blitToString(source: Uint8Array, sourceOffset: number, size: number): string {
  if (!isInRange(sourceOffset, size, source.length)) {
    throw outOfRange("source", sourceOffset, size, source.length);
  }
  const end = sourceOffset + size;
  let text = "";
  if (size <= READ_LOOP_SIZE_MAX) {
    for (let offset = sourceOffset; offset < end; offset++) {
      text += String.fromCharCode(source[offset] as number);
    }
    return text;
  }
  if (hostLatin1Slice !== undefined) return hostLatin1Slice.call(source, sourceOffset, end);
  for (let start = sourceOffset; start < end; start += CODES_PER_CALL) {
    const codes = source.subarray(start, Math.min(start + CODES_PER_CALL, end));
    // `apply` takes any array-like and is three times faster here than spreading; its type is not told.
    text += String.fromCharCode.apply(null, codes as unknown as number[]);
  }
  return text;
}

function checkLatin1(source: string, sourceOffset: number, size: number): void {
  let all = 0;
  for (let index = 0; index < size; index++) all |= source.charCodeAt(sourceOffset + index);
  if (all <= 255) return;
  let index = sourceOffset;
  while (source.charCodeAt(index) <= 255) index++;
  throw new BigstringError(
    "ERR_SOLO5_NOT_LATIN1",
    `source has the code unit ${source.charCodeAt(index)} at index ${index}: wanted code units up to ` +
      "255, one a byte; encode the text first, for example as UTF-8",
  );
}
