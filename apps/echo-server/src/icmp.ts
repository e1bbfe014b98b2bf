// ICMP echo.
// @see RFC 792, RFC 1122 section 3.2.2.6

import { getUint16BE, setUint16BE } from "miou-solo5";
import { addWords, checksumOf, isIntact, replaceWord } from "./checksum.ts";
import type { Fault } from "./counters.ts";
import { ETHERNET_SIZE } from "./ethernet.ts";
import { IPV4_SIZE } from "./ipv4.ts";
import { move } from "./move.ts";

export const ICMP_SIZE = 8;
export const ICMP_ECHO_REPLY = 0;
export const ICMP_ECHO = 8;

const REPLY = ETHERNET_SIZE + IPV4_SIZE;

/**
 * Why the ICMP message at `offset` gets no answer, or undefined: then it is an echo request.
 *
 * Shape: `size` bytes of the message, all of them inside the datagram.
 */
export function icmpFault(frame: Uint8Array, offset: number, size: number): Fault | undefined {
  if (size < ICMP_SIZE) return "icmp.short";
  if (!isIntact(addWords(0, frame, offset, size))) return "icmp.checksum";
  if (frame[offset] !== ICMP_ECHO) return "icmp.type";
  if (frame[offset + 1] !== 0) return "icmp.code";
  return undefined;
}

/**
 * Writes the reply to the request at `offset` behind where a header of 20 bytes stands in `reply`.
 *
 * The checksum is mended for the one word that changes, not computed anew: what our own memory or
 * a bug of ours did to the data is then found by the receiver, as it should be.
 *
 * Shape: `reply` may be `frame` itself. The header before has not been written yet.
 */
export function writeIcmpReply(
  frame: Uint8Array,
  offset: number,
  size: number,
  reply: Uint8Array,
): void {
  const checksum = getUint16BE(frame, offset + 2);
  move(frame, offset + 4, reply, REPLY + 4, size - 4);
  setUint16BE(reply, REPLY, ICMP_ECHO_REPLY << 8);
  setUint16BE(reply, REPLY + 2, replaceWord(checksum, ICMP_ECHO << 8, ICMP_ECHO_REPLY << 8));
}

/** Writes a request at `offset`; its data of `dataSize` bytes stands behind the 8 bytes already. */
export function writeIcmpRequest(
  frame: Uint8Array,
  offset: number,
  identifier: number,
  sequence: number,
  dataSize: number,
): void {
  setUint16BE(frame, offset, ICMP_ECHO << 8);
  setUint16BE(frame, offset + 2, 0);
  setUint16BE(frame, offset + 4, identifier);
  setUint16BE(frame, offset + 6, sequence);
  setUint16BE(frame, offset + 2, checksumOf(addWords(0, frame, offset, ICMP_SIZE + dataSize)));
}
