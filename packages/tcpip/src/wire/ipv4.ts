// IPv4 headers.
// @see RFC 791, section 3.1; RFC 1122, section 3.2.1
import { read16, read32, write16, write32 } from "./bytes.ts";
import { addWords, checksumOf, isIntact } from "./checksum.ts";

/** Without options: what we write. */
export const IPV4_SIZE = 20;
/** With as many options as there can be. */
export const IPV4_SIZE_MAX = 60;
/** Header and payload of the longest packet. */
export const IPV4_TOTAL_SIZE_MAX = 65_535;

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;

// Bits of the word with the fragment's offset.
export const DO_NOT_FRAGMENT = 0x4000;
export const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;

const TRAFFIC_CLASS = 1;
const TOTAL_SIZE = 2;
const IDENTIFICATION = 4;
const FRAGMENT = 6;
const HOPS = 8;
const PROTOCOL = 9;
const CHECKSUM = 10;
const SOURCE = 12;
const TARGET = 16;

const OPTION_END = 0;
const OPTION_NOTHING = 1;
const OPTION_LOOSE_ROUTE = 131;
const OPTION_STRICT_ROUTE = 137;

export type Ipv4Fault =
  | "ipv4.checksum"
  | "ipv4.header-size"
  | "ipv4.options"
  | "ipv4.short"
  | "ipv4.total-size"
  | "ipv4.version";

/**
 * Why the header at `offset` is not in order, or null. Addresses are not looked at.
 *
 * Shape: `size` bytes are there, all inside `bytes`; the packet may be shorter (the rest is a frame's padding).
 */
export function ipv4Fault(bytes: Uint8Array, offset: number, size: number): Ipv4Fault | null {
  if (size < IPV4_SIZE) return "ipv4.short";
  if ((bytes[offset] as number) >>> 4 !== 4) return "ipv4.version";
  const headerSize = ipv4HeaderSize(bytes, offset);
  if (headerSize < IPV4_SIZE || headerSize > size) return "ipv4.header-size";
  if (!isIntact(addWords(0, bytes, offset, headerSize))) return "ipv4.checksum";
  const totalSize = ipv4TotalSize(bytes, offset);
  if (totalSize < headerSize || totalSize > size) return "ipv4.total-size";
  if (headerSize === IPV4_SIZE || areOptionsFine(bytes, offset + IPV4_SIZE, offset + headerSize)) {
    return null;
  }
  return "ipv4.options";
}

/** Bytes of the header, options included. */
export function ipv4HeaderSize(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) & 15) * 4;
}

/** Bytes of header and payload. */
export function ipv4TotalSize(bytes: Uint8Array, offset: number): number {
  return read16(bytes, offset + TOTAL_SIZE);
}

export function ipv4Identification(bytes: Uint8Array, offset: number): number {
  return read16(bytes, offset + IDENTIFICATION);
}

/** Whether it is a piece of a packet, not a whole one. */
export function isIpv4Fragment(bytes: Uint8Array, offset: number): boolean {
  return (read16(bytes, offset + FRAGMENT) & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) !== 0;
}

/** Where in the whole payload the fragment's starts, in bytes. */
export function ipv4FragmentOffset(bytes: Uint8Array, offset: number): number {
  return (read16(bytes, offset + FRAGMENT) & FRAGMENT_OFFSET) * 8;
}

export function hasMoreFragments(bytes: Uint8Array, offset: number): boolean {
  return (read16(bytes, offset + FRAGMENT) & MORE_FRAGMENTS) !== 0;
}

export function ipv4Hops(bytes: Uint8Array, offset: number): number {
  return bytes[offset + HOPS] as number;
}

export function ipv4Protocol(bytes: Uint8Array, offset: number): number {
  return bytes[offset + PROTOCOL] as number;
}

export function ipv4Source(bytes: Uint8Array, offset: number): number {
  return read32(bytes, offset + SOURCE);
}

export function ipv4Target(bytes: Uint8Array, offset: number): number {
  return read32(bytes, offset + TARGET);
}

/**
 * Writes a header of 20 bytes at `offset`, checksum included.
 *
 * Shape: `totalSize` 20 to 65,535; `fragment` is DO_NOT_FRAGMENT or MORE_FRAGMENTS with the offset in units of 8 bytes.
 */
export function writeIpv4(
  bytes: Uint8Array,
  offset: number,
  totalSize: number,
  trafficClass: number,
  identification: number,
  fragment: number,
  hops: number,
  protocol: number,
  source: number,
  target: number,
): void {
  bytes[offset] = 0x45;
  bytes[offset + TRAFFIC_CLASS] = trafficClass;
  write16(bytes, offset + TOTAL_SIZE, totalSize);
  write16(bytes, offset + IDENTIFICATION, identification);
  write16(bytes, offset + FRAGMENT, fragment);
  bytes[offset + HOPS] = hops;
  bytes[offset + PROTOCOL] = protocol;
  write16(bytes, offset + CHECKSUM, 0);
  write32(bytes, offset + SOURCE, source);
  write32(bytes, offset + TARGET, target);
  sealIpv4(bytes, offset, IPV4_SIZE);
}

/** Makes the header of a first fragment that of the whole packet. Shape: a header in order at `offset`. */
export function makeIpv4Whole(bytes: Uint8Array, offset: number, totalSize: number): void {
  write16(bytes, offset + TOTAL_SIZE, totalSize);
  write16(bytes, offset + FRAGMENT, 0);
  sealIpv4(bytes, offset, ipv4HeaderSize(bytes, offset));
}

/**
 * The sum of the words that a transport's checksum covers beside its own, not folded.
 *
 * Shape: `size` in bytes of the transport's header and data.
 * @see RFC 768; RFC 9293, section 3.1
 */
export function ipv4PseudoHeader(
  source: number,
  target: number,
  protocol: number,
  size: number,
): number {
  return (
    (source >>> 16) + (source & 0xffff) + (target >>> 16) + (target & 0xffff) + protocol + size
  );
}

function sealIpv4(bytes: Uint8Array, offset: number, headerSize: number): void {
  write16(bytes, offset + CHECKSUM, 0);
  write16(bytes, offset + CHECKSUM, checksumOf(addWords(0, bytes, offset, headerSize)));
}

/**
 * Whether every option lies inside the header and none routes; that done, all are skipped. Source routes are
 * refused, as hosts do (RFC 7126, sections 4.3 and 4.4): an answer would have to follow whichever way its sender made up.
 */
function areOptionsFine(bytes: Uint8Array, offset: number, end: number): boolean {
  let at = offset;
  while (at < end) {
    const kind = bytes[at];
    if (kind === OPTION_END) return true;
    if (kind === OPTION_NOTHING) {
      at += 1;
      continue;
    }
    if (kind === OPTION_LOOSE_ROUTE || kind === OPTION_STRICT_ROUTE) return false;
    const size = at + 1 < end ? (bytes[at + 1] as number) : 0;
    if (size < 2 || at + size > end) return false;
    at += size;
  }
  return true;
}
