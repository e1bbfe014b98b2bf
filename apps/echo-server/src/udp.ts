// UDP, and the echo service on port 7.
// @see RFC 768, RFC 862

import { getUint16BE, setUint16BE } from "miou-solo5";
import { addWords, checksumOf, isIntact } from "./checksum.ts";
import type { Fault } from "./counters.ts";
import { ETHERNET_SIZE } from "./ethernet.ts";
import { IPV4_SIZE, ipv4Source, ipv4Target, pseudoHeaderSum } from "./ipv4.ts";
import { move } from "./move.ts";

export const UDP_SIZE = 8;
export const ECHO_PORT = 7;

const REPLY = ETHERNET_SIZE + IPV4_SIZE;

/**
 * Why the UDP datagram at `offset` gets no answer, or undefined: then it is to be echoed.
 *
 * Shape: `available` bytes of it lie inside the IP datagram. Its own length may be less (the rest is not
 * ours), never more.
 */
export function udpFault(frame: Uint8Array, offset: number, available: number): Fault | undefined {
  if (available < UDP_SIZE) return "udp.short";
  const size = udpSize(frame, offset);
  if (size < UDP_SIZE || size > available) return "udp.size";
  if (getUint16BE(frame, offset + 6) !== 0) {
    const header = pseudoHeaderSum(ipv4Source(frame), ipv4Target(frame), size);
    if (!isIntact(addWords(header, frame, offset, size))) return "udp.checksum";
  }
  if (getUint16BE(frame, offset + 2) !== ECHO_PORT) return "udp.port";
  if (!mayAnswer(getUint16BE(frame, offset))) return "udp.source-port";
  return undefined;
}

/** Bytes of the datagram at `offset`, its header included. */
export function udpSize(frame: Uint8Array, offset: number): number {
  return getUint16BE(frame, offset + 4);
}

/**
 * Writes the echo of the datagram at `offset` behind where an IP header of 20 bytes stands in `reply`.
 *
 * Addresses and ports only change places, so that the sum, and with it the checksum, stays the same. A
 * datagram that came without one is answered with one (RFC 1122, section 4.1.3.4).
 *
 * Shape: `reply` may be `frame` itself. The header before has not been written yet. Returns the
 * datagram's bytes.
 */
export function writeUdpEcho(frame: Uint8Array, offset: number, reply: Uint8Array): number {
  const sourcePort = getUint16BE(frame, offset);
  const targetPort = getUint16BE(frame, offset + 2);
  const size = udpSize(frame, offset);
  const header = pseudoHeaderSum(ipv4Source(frame), ipv4Target(frame), size);
  move(frame, offset + 4, reply, REPLY + 4, size - 4);
  setUint16BE(reply, REPLY, targetPort);
  setUint16BE(reply, REPLY + 2, sourcePort);
  if (getUint16BE(reply, REPLY + 6) === 0) writeChecksum(reply, REPLY, header, size);
  return size;
}

/**
 * Writes the header at `offset` of a datagram whose data of `dataSize` bytes stands behind it already.
 *
 * Shape: the IP header is written separately; source and target are its addresses.
 */
export function writeUdp(
  frame: Uint8Array,
  offset: number,
  from: { readonly address: number; readonly port: number },
  to: { readonly address: number; readonly port: number },
  dataSize: number,
): void {
  const size = UDP_SIZE + dataSize;
  setUint16BE(frame, offset, from.port);
  setUint16BE(frame, offset + 2, to.port);
  setUint16BE(frame, offset + 4, size);
  writeChecksum(frame, offset, pseudoHeaderSum(from.address, to.address, size), size);
}

/** A sum that comes out as zero is sent as 0xffff: zero stands for "no checksum". */
function writeChecksum(frame: Uint8Array, offset: number, header: number, size: number): void {
  setUint16BE(frame, offset + 6, 0);
  const checksum = checksumOf(addWords(header, frame, offset, size));
  setUint16BE(frame, offset + 6, checksum === 0 ? 0xffff : checksum);
}

/**
 * Whether an answer to this port can end the conversation.
 *
 * One forged datagram from port 7 to port 7 would let two echo servers answer each other for ever (CERT
 * CA-1996-01); the other small services answer whatever they get as well: daytime 13, quote of the
 * day 17, chargen 19, time 37. Port 0 means that no answer is wanted.
 */
function mayAnswer(port: number): boolean {
  return port !== 0 && port !== 7 && port !== 13 && port !== 17 && port !== 19 && port !== 37;
}
