// IPv4 headers.
// @see RFC 791, RFC 1122 section 3.2

import { getUint16BE, setUint16BE } from "miou-solo5";
import { getAddress, isAnswerable, type Place, setAddress } from "./address.ts";
import { addWords, checksumOf, isIntact } from "./checksum.ts";
import type { Fault } from "./counters.ts";
import { ETHERNET_SIZE } from "./ethernet.ts";

export const IPV4_SIZE = 20;
export const PROTOCOL_ICMP = 1;
export const PROTOCOL_UDP = 17;
export const TIME_TO_LIVE = 64;

const IPV4 = ETHERNET_SIZE;
const TRAFFIC_CLASS = IPV4 + 1;
const TOTAL_SIZE = IPV4 + 2;
const IDENTIFICATION = IPV4 + 4;
const FRAGMENT = IPV4 + 6;
const LIVE = IPV4 + 8;
const PROTOCOL = IPV4 + 9;
const CHECKSUM = IPV4 + 10;
const SOURCE = IPV4 + 12;
const TARGET = IPV4 + 16;
const OPTIONS = IPV4 + 20;

const DO_NOT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;

const OPTION_END = 0;
const OPTION_NOTHING = 1;
const OPTION_LOOSE_ROUTE = 131;
const OPTION_STRICT_ROUTE = 137;

/**
 * Why the datagram in a frame gets no answer, or undefined: then it is whole, in one piece, from a
 * single host, and for `place.address`.
 *
 * Shape: `frame` holds `size` bytes, of which the Ethernet header has been checked.
 */
export function ipv4Fault(frame: Uint8Array, size: number, place: Place): Fault | undefined {
  if (size < IPV4 + IPV4_SIZE) return "ipv4.short";
  const first = frame[IPV4] as number;
  if (first >>> 4 !== 4) return "ipv4.version";
  const headerSize = ipv4HeaderSize(frame);
  if (headerSize < IPV4_SIZE || IPV4 + headerSize > size) return "ipv4.header-size";
  if (!isIntact(addWords(0, frame, IPV4, headerSize))) return "ipv4.checksum";
  const totalSize = getUint16BE(frame, TOTAL_SIZE);
  if (totalSize < headerSize || IPV4 + totalSize > size) return "ipv4.total-size";
  // Nothing may be sent with 0. A datagram that arrives with 1 is at its goal and as good as any.
  if (frame[LIVE] === 0) return "ipv4.time-to-live";
  if (headerSize > IPV4_SIZE && !areOptionsFine(frame, IPV4 + headerSize)) return "ipv4.options";
  if (!isAnswerable(getAddress(frame, SOURCE), place)) return "ipv4.source";
  if (getAddress(frame, TARGET) !== place.address) return "ipv4.target";
  if ((getUint16BE(frame, FRAGMENT) & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) !== 0) {
    return "ipv4.fragment";
  }
  return undefined;
}

/** Bytes of the header, options included. */
export function ipv4HeaderSize(frame: Uint8Array): number {
  return ((frame[IPV4] as number) & 15) * 4;
}

/** Bytes behind the header. What the frame holds beyond them is padding. */
export function ipv4PayloadSize(frame: Uint8Array): number {
  return getUint16BE(frame, TOTAL_SIZE) - ipv4HeaderSize(frame);
}

export function ipv4Protocol(frame: Uint8Array): number {
  return frame[PROTOCOL] as number;
}

export function ipv4Source(frame: Uint8Array): number {
  return getAddress(frame, SOURCE);
}

export function ipv4Target(frame: Uint8Array): number {
  return getAddress(frame, TARGET);
}

/** The sum of the header that UDP's checksum covers beside its own; `size` is UDP's. */
export function pseudoHeaderSum(source: number, target: number, size: number): number {
  return (
    (source >>> 16) + (source & 0xffff) + (target >>> 16) + (target & 0xffff) + PROTOCOL_UDP + size
  );
}

/** Writes a header of 20 bytes for `payloadSize` bytes behind it, checksum included. */
export function writeIpv4(
  frame: Uint8Array,
  protocol: number,
  source: number,
  target: number,
  payloadSize: number,
): void {
  frame[IPV4] = 0x45;
  frame[TRAFFIC_CLASS] = 0;
  setUint16BE(frame, TOTAL_SIZE, IPV4_SIZE + payloadSize);
  setUint16BE(frame, IDENTIFICATION, 0);
  setUint16BE(frame, FRAGMENT, DO_NOT_FRAGMENT);
  finishHeader(frame, protocol, source, target);
}

/**
 * Writes the header of an answer to the datagram in `frame`, from its target to its source.
 *
 * The precedence bits of the service type are the request's, its congestion bits aren't ours to repeat.
 * Identification and don't-fragment are the request's too: an answer is never longer, so that it is unique and
 * divisible where the request was, and no counter of ours tells strangers how much we send (RFC 6864,
 * RFC 6274 section 3.5). Options are not returned.
 *
 * Shape: `reply` may be `frame` itself.
 */
export function writeIpv4Answer(frame: Uint8Array, reply: Uint8Array, payloadSize: number): void {
  const protocol = ipv4Protocol(frame);
  const source = ipv4Source(frame);
  const target = ipv4Target(frame);
  reply[TRAFFIC_CLASS] = (frame[TRAFFIC_CLASS] as number) & 0xfc;
  setUint16BE(reply, IDENTIFICATION, getUint16BE(frame, IDENTIFICATION));
  setUint16BE(reply, FRAGMENT, getUint16BE(frame, FRAGMENT) & DO_NOT_FRAGMENT);
  reply[IPV4] = 0x45;
  setUint16BE(reply, TOTAL_SIZE, IPV4_SIZE + payloadSize);
  finishHeader(reply, protocol, target, source);
}

function finishHeader(frame: Uint8Array, protocol: number, source: number, target: number): void {
  frame[LIVE] = TIME_TO_LIVE;
  frame[PROTOCOL] = protocol;
  setUint16BE(frame, CHECKSUM, 0);
  setAddress(frame, SOURCE, source);
  setAddress(frame, TARGET, target);
  setUint16BE(frame, CHECKSUM, checksumOf(addWords(0, frame, IPV4, IPV4_SIZE)));
}

/**
 * Whether every option lies inside the header and none routes. Source routes are refused, as hosts do
 * (RFC 7126): an answer would have to follow whichever way its sender made up.
 */
function areOptionsFine(frame: Uint8Array, end: number): boolean {
  let at = OPTIONS;
  while (at < end) {
    const kind = frame[at];
    if (kind === OPTION_END) return true;
    if (kind === OPTION_NOTHING) {
      at += 1;
      continue;
    }
    if (kind === OPTION_LOOSE_ROUTE || kind === OPTION_STRICT_ROUTE) return false;
    const size = at + 1 < end ? (frame[at + 1] as number) : 0;
    if (size < 2 || at + size > end) return false;
    at += size;
  }
  return true;
}
