// The Internet checksum.
// @see RFC 1071, RFC 1624

/** Below this many bytes a loop over bytes is over before a view is found. */
const VIEWED_SIZE_MIN = 128;

/** Buffers above this are not held by the memory of recent views; a batch of long frames is below. */
const HELD_SIZE_MAX = 1 << 20;

/**
 * The arrays that were summed last: a stack receives into one and sends from another, so that two
 * places remember nearly all. A DataView reads 32 bits at any alignment, three times as fast as bytes;
 * making one costs about as much as summing 400 bytes.
 */
let array0: Uint8Array | null = null;
let array1: Uint8Array | null = null;
let view0: DataView = new DataView(new ArrayBuffer(0));
let view1: DataView = view0;

/**
 * Adds `size` bytes to `total` as big-endian words of 16 bits, the last padded with a zero byte.
 *
 * Shape: `total` and the result are sums that `fold` has yet to bring to 16 bits; up to 65,535 bytes a call, and
 * a dozen calls in a row, stay exact. Only the last part of a sum may have an odd size. The caller has checked the range.
 * @see RFC 1071, section 2: the sum may be taken in either byte order, and swapped at the end
 */
export function addWords(total: number, bytes: Uint8Array, offset: number, size: number): number {
  if (size < VIEWED_SIZE_MIN) return addBytes(total, bytes, offset, size);
  const view = viewOf(bytes);
  const roundsEnd = offset + size - 31;
  // Two sums, so that additions need not wait for each other; of 65,535 bytes both stay below 2^31 together.
  let low = 0;
  let high = 0;
  let at = offset;
  for (; at < roundsEnd; at += 32) {
    const a = view.getInt32(at, true);
    const b = view.getInt32(at + 4, true);
    const c = view.getInt32(at + 8, true);
    const d = view.getInt32(at + 12, true);
    const e = view.getInt32(at + 16, true);
    const f = view.getInt32(at + 20, true);
    const g = view.getInt32(at + 24, true);
    const h = view.getInt32(at + 28, true);
    low = (low + (a & 0xffff) + (b & 0xffff) + (c & 0xffff) + (d & 0xffff)) | 0;
    high = (high + (a >>> 16) + (b >>> 16) + (c >>> 16) + (d >>> 16)) | 0;
    low = (low + (e & 0xffff) + (f & 0xffff) + (g & 0xffff) + (h & 0xffff)) | 0;
    high = (high + (e >>> 16) + (f >>> 16) + (g >>> 16) + (h >>> 16)) | 0;
  }
  const folded = fold(low + high);
  const swapped = ((folded & 0xff) << 8) | (folded >>> 8);
  return addBytes(total + swapped, bytes, at, offset + size - at);
}

/** Folds a sum of words into 16 bits with end-around carry: the ones' complement sum. */
export function fold(total: number): number {
  let sum = total;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/** The checksum of what was added up: its field must have been zero, or left out. */
export function checksumOf(total: number): number {
  return 0xffff - fold(total);
}

/** Whether what was added up, checksum field included, carries a right checksum. */
export function isIntact(total: number): boolean {
  return fold(total) === 0xffff;
}

/**
 * The checksum after one word of what it covers has become another.
 *
 * Of the two ways to write zero it gives 0xffff, which is right for any data; 0 would be wrong where
 * all that is covered is zero.
 * @see RFC 1624, section 3
 */
export function replaceWord(checksum: number, before: number, after: number): number {
  return 0xffff - ((0xffff - checksum + (0xffff - before) + after) % 0xffff);
}

function addBytes(total: number, bytes: Uint8Array, offset: number, size: number): number {
  const wordsEnd = offset + (size & ~1);
  let sum = total;
  let at = offset;
  for (; at < wordsEnd; at += 2) sum += ((bytes[at] as number) << 8) + (bytes[at + 1] as number);
  if ((size & 1) !== 0) sum += (bytes[at] as number) << 8;
  return sum;
}

/** A view of exactly `bytes`; remembered, unless it would keep a big or changeable buffer alive. */
function viewOf(bytes: Uint8Array): DataView {
  if (bytes === array0) return view0;
  if (bytes === array1) return view1;
  const buffer = bytes.buffer as ArrayBufferLike & {
    readonly resizable?: boolean;
    readonly growable?: boolean;
  };
  const view = new DataView(buffer, bytes.byteOffset, bytes.length);
  if (buffer.byteLength > HELD_SIZE_MAX || buffer.resizable || buffer.growable) return view;
  array1 = array0;
  view1 = view0;
  array0 = bytes;
  view0 = view;
  return view;
}
