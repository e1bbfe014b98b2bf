// UDP headers.
// @see RFC 768; RFC 1122, section 4.1
import { read16, write16 } from "./bytes.ts";
import { addWords, checksumOf, isIntact } from "./checksum.ts";

export const UDP_SIZE = 8;

const TARGET_PORT = 2;
const SIZE = 4;
const CHECKSUM = 6;

export type UdpFault = "udp.short" | "udp.size";

/**
 * Why the header at `offset` is not in order, or null. The checksum is `isUdpIntact`'s.
 *
 * Shape: `available` bytes are there, all inside `bytes`. The datagram may be shorter (the rest is nobody's),
 * never longer.
 */
export function udpFault(bytes: Uint8Array, offset: number, available: number): UdpFault | null {
  if (available < UDP_SIZE) return "udp.short";
  const size = udpSize(bytes, offset);
  return size < UDP_SIZE || size > available ? "udp.size" : null;
}

export function udpSourcePort(bytes: Uint8Array, offset: number): number {
  return read16(bytes, offset);
}

export function udpTargetPort(bytes: Uint8Array, offset: number): number {
  return read16(bytes, offset + TARGET_PORT);
}

/** Bytes of header and data. */
export function udpSize(bytes: Uint8Array, offset: number): number {
  return read16(bytes, offset + SIZE);
}

/** Whether the datagram came with a checksum, which IPv4 does not demand. */
export function hasUdpChecksum(bytes: Uint8Array, offset: number): boolean {
  return read16(bytes, offset + CHECKSUM) !== 0;
}

/**
 * Whether the checksum of the datagram at `offset` is right, which must have one.
 *
 * Shape: `pseudoHeader` is the sum of its words for the datagram's own size, not folded.
 */
export function isUdpIntact(
  bytes: Uint8Array,
  offset: number,
  size: number,
  pseudoHeader: number,
): boolean {
  return isIntact(addWords(pseudoHeader, bytes, offset, size));
}

/**
 * Writes the header of the datagram of `size` bytes at `offset`, checksum included; its data stands behind
 * the first 8 already.
 *
 * Shape: ports 0 to 65,535; `size` 8 to 65,535; `pseudoHeader` as for `isUdpIntact`.
 */
export function writeUdp(
  bytes: Uint8Array,
  offset: number,
  sourcePort: number,
  targetPort: number,
  size: number,
  pseudoHeader: number,
): void {
  write16(bytes, offset, sourcePort);
  write16(bytes, offset + TARGET_PORT, targetPort);
  write16(bytes, offset + SIZE, size);
  write16(bytes, offset + CHECKSUM, 0);
  const checksum = checksumOf(addWords(pseudoHeader, bytes, offset, size));
  // Zero stands for "no checksum"; the other way to write it is as right.
  write16(bytes, offset + CHECKSUM, checksum === 0 ? 0xffff : checksum);
}
