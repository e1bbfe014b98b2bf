// The Internet checksum.
// @see RFC 1071, RFC 1624

/**
 * Adds `size` bytes to `total` as big-endian words of 16 bits, the last padded with a zero byte.
 *
 * Shape: `total` and the result are plain sums, not folded; only the last part of a sum may have an odd size.
 * 65,535 bytes stay below 2^31, so that a whole datagram is added without a carry.
 */
export function addWords(total: number, bytes: Uint8Array, offset: number, size: number): number {
  const end = offset + size;
  const wordsEnd = end - (size & 1);
  // Four words a round: the loop's own work would otherwise be half of the time.
  const roundsEnd = wordsEnd - 7;
  let sum = total;
  let at = offset;
  for (; at < roundsEnd; at += 8) {
    const high =
      (bytes[at] as number) +
      (bytes[at + 2] as number) +
      (bytes[at + 4] as number) +
      (bytes[at + 6] as number);
    const low =
      (bytes[at + 1] as number) +
      (bytes[at + 3] as number) +
      (bytes[at + 5] as number) +
      (bytes[at + 7] as number);
    sum += (high << 8) + low;
  }
  for (; at < wordsEnd; at += 2) sum += ((bytes[at] as number) << 8) + (bytes[at + 1] as number);
  if (wordsEnd < end) sum += (bytes[wordsEnd] as number) << 8;
  return sum;
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
