// ICMP messages for IPv4.
// @see RFC 792; RFC 1122, section 3.2.2
import { read16, write16, write32 } from "./bytes.ts";
import { addWords, checksumOf, isIntact } from "./checksum.ts";

/** What every message we know starts with: type, code, checksum, and 4 bytes that depend on the type. */
export const ICMP_SIZE = 8;

export const ICMP_ECHO_REPLY = 0;
export const ICMP_UNREACHABLE = 3;
export const ICMP_SOURCE_QUENCH = 4;
export const ICMP_REDIRECT = 5;
export const ICMP_ECHO = 8;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMP_PARAMETER_PROBLEM = 12;

export const CODE_PROTOCOL_UNREACHABLE = 2;
export const CODE_PORT_UNREACHABLE = 3;
export const CODE_FRAGMENTATION_NEEDED = 4;
/** Of "time exceeded": not all fragments arrived in time. */
export const CODE_REASSEMBLY = 1;

const CHECKSUM = 2;
const IDENTIFIER = 4;
const SEQUENCE = 6;
const NEXT_MTU = 6;

export type IcmpFault = "icmp.checksum" | "icmp.short";

/** Why the message of `size` bytes at `offset` is not in order, or null. Shape: all of it inside `bytes`. */
export function icmpFault(bytes: Uint8Array, offset: number, size: number): IcmpFault | null {
  if (size < ICMP_SIZE) return "icmp.short";
  return isIntact(addWords(0, bytes, offset, size)) ? null : "icmp.checksum";
}

export function icmpType(bytes: Uint8Array, offset: number): number {
  return bytes[offset] as number;
}

export function icmpCode(bytes: Uint8Array, offset: number): number {
  return bytes[offset + 1] as number;
}

/** Of an echo: who asked. */
export function icmpIdentifier(bytes: Uint8Array, offset: number): number {
  return read16(bytes, offset + IDENTIFIER);
}

/** Of an echo: which of its questions. */
export function icmpSequence(bytes: Uint8Array, offset: number): number {
  return read16(bytes, offset + SEQUENCE);
}

/** Of "fragmentation needed": what the next link takes; 0 from routers older than RFC 1191. */
export function icmpNextMtu(bytes: Uint8Array, offset: number): number {
  return read16(bytes, offset + NEXT_MTU);
}

/**
 * Makes an echo message of the `size` bytes at `offset`, of which the data stands behind the first 8 already.
 *
 * Shape: `type` is ICMP_ECHO or ICMP_ECHO_REPLY.
 */
export function writeEcho(
  bytes: Uint8Array,
  offset: number,
  size: number,
  type: number,
  identifier: number,
  sequence: number,
): void {
  write16(bytes, offset, type << 8);
  write16(bytes, offset + IDENTIFIER, identifier);
  write16(bytes, offset + SEQUENCE, sequence);
  sealIcmp(bytes, offset, size);
}

/** Makes an error message of the `size` bytes at `offset`, of which the quoted packet stands behind the first 8. */
export function writeIcmpError(
  bytes: Uint8Array,
  offset: number,
  size: number,
  type: number,
  code: number,
): void {
  write16(bytes, offset, (type << 8) | code);
  write32(bytes, offset + IDENTIFIER, 0);
  sealIcmp(bytes, offset, size);
}

function sealIcmp(bytes: Uint8Array, offset: number, size: number): void {
  write16(bytes, offset + CHECKSUM, 0);
  write16(bytes, offset + CHECKSUM, checksumOf(addWords(0, bytes, offset, size)));
}
