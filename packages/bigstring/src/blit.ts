import { moveTiny, moveWords } from "./chunks.ts";
import { isInRange, outOfRange } from "./range.ts";
import { ViewCache } from "./view-cache.ts";

// How bytes are moved, by size (figures: `npm run bench -- blit`, on V8):
// - up to 16: byte by byte, all loads before all stores. No allocation, no call of a built-in.
// - up to 128: the same with 32-bit words, through DataViews that `ViewCache` has ready. They work at
//   any alignment; an Int32Array, a fifth faster, would need both offsets aligned.
// - above, and where there is no view: memmove, by `copyWithin` inside one array, else by `set`, which
//   costs a view of the source (20-40 ns, the reason for all the rest) unless that is taken whole.
//
// Overlap: two arrays may be views of one buffer, but asking (`.buffer`, `.byteOffset`) costs more
// than a small blit. So nothing asks: small blits load everything before they store anything, and
// memmove doesn't care.

const TINY_SIZE_MAX = 16;
const SMALL_SIZE_MAX = 128;

const sources = new ViewCache();
const targets = new ViewCache();

/**
 * Copies `size` bytes, as if through a temporary where the ranges overlap.
 *
 * Shape: any offsets, sizes and alignments; source and target may be one array, or views of one
 * ArrayBuffer or SharedArrayBuffer.
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE before a byte has moved.
 */
export function blit(
  source: Uint8Array,
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
  if (size <= TINY_SIZE_MAX) moveTiny(source, sourceOffset, target, targetOffset, size);
  else if (size <= SMALL_SIZE_MAX) moveSmall(source, sourceOffset, target, targetOffset, size);
  else move(source, sourceOffset, target, targetOffset, size);
}

/**
 * Copies `size` bytes into `target`, as `blit` does, or into a fresh array of exactly that size, and
 * returns it. The fresh array shares nothing with `source`, also where `source` is a Node Buffer.
 *
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE before a byte has moved.
 * @see the seed's bigstring_blit_to_bytes
 */
export function blitToBytes(source: Uint8Array, sourceOffset: number, size: number): Uint8Array;
export function blitToBytes<Target extends Uint8Array>(
  source: Uint8Array,
  sourceOffset: number,
  target: Target,
  targetOffset: number,
  size: number,
): Target;
export function blitToBytes(
  source: Uint8Array,
  sourceOffset: number,
  targetOrSize: Uint8Array | number,
  targetOffset?: number,
  size?: number,
): Uint8Array {
  if (typeof targetOrSize === "object") {
    blit(source, sourceOffset, targetOrSize, targetOffset as number, size as number);
    return targetOrSize;
  }
  if (!isInRange(sourceOffset, targetOrSize, source.length)) {
    throw outOfRange("source", sourceOffset, targetOrSize, source.length);
  }
  const fresh = new Uint8Array(targetOrSize);
  blit(source, sourceOffset, fresh, 0, targetOrSize);
  return fresh;
}

/** 17 to 128 bytes. */
function moveSmall(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  to: number,
  size: number,
): void {
  const sourceView = sources.find(source);
  const targetView = targets.find(target);
  if (sourceView === undefined || targetView === undefined) move(source, from, target, to, size);
  else moveWords(sourceView, from, targetView, to, size);
}

/** Any size, by memmove. */
function move(
  source: Uint8Array,
  sourceOffset: number,
  target: Uint8Array,
  targetOffset: number,
  size: number,
): void {
  if (source === target) target.copyWithin(targetOffset, sourceOffset, sourceOffset + size);
  else if (size === source.length) target.set(source, targetOffset);
  else {
    // Not `subarray`, which asks the class for what to make, and makes a Buffer of a Buffer's: 60 ns more.
    const part = new Uint8Array(source.buffer, source.byteOffset + sourceOffset, size);
    target.set(part, targetOffset);
  }
}
