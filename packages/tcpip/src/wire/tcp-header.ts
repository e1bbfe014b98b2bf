// Writing TCP headers.
// @see RFC 9293, section 3.1

import { write16, write32 } from "./bytes.ts";
import { addWords, checksumOf, isIntact } from "./checksum.ts";

const CHECKSUM_OFFSET = 16;

/**
 * Writes the 20 bytes that every header has. The options stand behind them already, or will; the checksum
 * is left zero, for `sealSegment`.
 *
 * Shape: `headerSize` in bytes with the options, a multiple of 4 from 20 to 60; `window` 0 to 65,535, as it
 * goes on the wire.
 */
export function writeTcpHeader(
  bytes: Uint8Array,
  offset: number,
  sourcePort: number,
  targetPort: number,
  sequence: number,
  acknowledgment: number,
  headerSize: number,
  flags: number,
  window: number,
): void {
  write16(bytes, offset, sourcePort);
  write16(bytes, offset + 2, targetPort);
  write32(bytes, offset + 4, sequence);
  write32(bytes, offset + 8, acknowledgment);
  bytes[offset + 12] = (headerSize / 4) << 4;
  bytes[offset + 13] = flags;
  write16(bytes, offset + 14, window);
  write32(bytes, offset + CHECKSUM_OFFSET, 0);
}

/**
 * Writes the checksum of the segment of `size` bytes at `offset`, whose field is zero.
 *
 * Shape: `pseudoHeader` is the sum of the words of the IP layer's pseudo-header, not folded.
 */
export function sealSegment(
  bytes: Uint8Array,
  offset: number,
  size: number,
  pseudoHeader: number,
): void {
  const sum = addWords(pseudoHeader, bytes, offset, size);
  write16(bytes, offset + CHECKSUM_OFFSET, checksumOf(sum));
}

/** Whether the checksum of the segment of `size` bytes at `offset` is right. */
export function isSealed(
  bytes: Uint8Array,
  offset: number,
  size: number,
  pseudoHeader: number,
): boolean {
  return isIntact(addWords(pseudoHeader, bytes, offset, size));
}
