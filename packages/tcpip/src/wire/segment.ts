// A received TCP segment: its header's fields, and where its text lies.
// @see RFC 9293, section 3.1

import { read16, read32 } from "./bytes.ts";
import {
  MSS,
  NO_OPERATION,
  OPTIONS_END,
  SACK,
  SACK_BLOCK_SIZE,
  SACK_PERMITTED,
  TIMESTAMPS,
  WINDOW_SCALE,
} from "./tcp-options.ts";

export const TCP_HEADER_SIZE = 20;

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;
export const URG = 0x20;

/** 40 bytes of options hold four blocks at most. */
export const SACK_BLOCKS_MAX = 4;

/** What `window scale` may be; a greater one counts as this. @see RFC 7323, section 2.3 */
const WINDOW_SCALE_MAX = 14;

/**
 * One segment, parsed. An object is filled again and again: nothing is allocated per segment, and nothing
 * of it may be kept beyond the call that it was given to.
 */
export class Segment {
  sourcePort = 0;
  targetPort = 0;
  /** Signed 32 bits; of the SYN, else of the first byte of text. */
  sequence = 0;
  /** Meaningful with ACK only. */
  acknowledgment = 0;
  /** FIN, SYN, RST, PSH, ACK and URG; the other two bits are masked out. */
  flags = 0;
  /** As it stands in the header, unscaled. */
  window = 0;
  /** Where the text lies. */
  bytes: Uint8Array = NOTHING;
  textOffset = 0;
  textSize = 0;
  /** 0 where the option is missing. */
  maximumSegmentSize = 0;
  /** -1 where the option is missing. */
  windowScale = -1;
  isSackPermitted = false;
  hasTimestamps = false;
  timestampValue = 0;
  timestampEcho = 0;
  sackCount = 0;
  /** Pairs of numbers: the first of a block, and the one behind its last. */
  readonly sacks = new Int32Array(2 * SACK_BLOCKS_MAX);

  /** How many sequence numbers it takes. @see RFC 9293, section 3.4 */
  get length(): number {
    const { flags } = this;
    return this.textSize + ((flags & SYN) >> 1) + (flags & FIN);
  }

  has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  /** Lets go of the buffer, so that a kept object keeps nothing else alive. */
  forget(): void {
    this.bytes = NOTHING;
    this.textSize = 0;
  }
}

const NOTHING = new Uint8Array(0);

/**
 * Fills `into` with the segment of `size` bytes at `offset`. False where it is none: shorter than its own
 * header, or than the least one. The checksum is not looked at: it covers parts of the IP header.
 *
 * Options that run over the header's end, or have an impossible size, end the list; those before them count.
 *
 * Shape: the caller has checked that the range lies inside `bytes`.
 */
export function parseSegment(
  bytes: Uint8Array,
  offset: number,
  size: number,
  into: Segment,
): boolean {
  if (size < TCP_HEADER_SIZE) return false;
  const headerSize = ((bytes[offset + 12] as number) >>> 4) * 4;
  if (headerSize < TCP_HEADER_SIZE || headerSize > size) return false;
  into.sourcePort = read16(bytes, offset);
  into.targetPort = read16(bytes, offset + 2);
  into.sequence = read32(bytes, offset + 4);
  into.acknowledgment = read32(bytes, offset + 8);
  into.flags = (bytes[offset + 13] as number) & 0x3f;
  into.window = read16(bytes, offset + 14);
  into.bytes = bytes;
  into.textOffset = offset + headerSize;
  into.textSize = size - headerSize;
  into.maximumSegmentSize = 0;
  into.windowScale = -1;
  into.isSackPermitted = false;
  into.hasTimestamps = false;
  into.timestampValue = 0;
  into.timestampEcho = 0;
  into.sackCount = 0;
  if (headerSize > TCP_HEADER_SIZE) {
    parseOptions(bytes, offset + TCP_HEADER_SIZE, offset + headerSize, into);
  }
  return true;
}

function parseOptions(bytes: Uint8Array, offset: number, end: number, into: Segment): void {
  let at = offset;
  while (at < end) {
    const kind = bytes[at] as number;
    if (kind === OPTIONS_END) return;
    if (kind === NO_OPERATION) {
      at++;
      continue;
    }
    if (at + 1 >= end) return;
    const size = bytes[at + 1] as number;
    if (size < 2 || at + size > end) return;
    parseOption(bytes, at, kind, size, into);
    at += size;
  }
}

/** An option of the wrong size is left out, as one that is not known. */
function parseOption(
  bytes: Uint8Array,
  at: number,
  kind: number,
  size: number,
  into: Segment,
): void {
  if (kind === TIMESTAMPS && size === 10) {
    into.hasTimestamps = true;
    into.timestampValue = read32(bytes, at + 2);
    into.timestampEcho = read32(bytes, at + 6);
  } else if (kind === SACK && size > 2 && (size - 2) % SACK_BLOCK_SIZE === 0) {
    parseSacks(bytes, at + 2, (size - 2) / SACK_BLOCK_SIZE, into);
  } else if (kind === MSS && size === 4) {
    into.maximumSegmentSize = read16(bytes, at + 2);
  } else if (kind === WINDOW_SCALE && size === 3) {
    into.windowScale = Math.min(bytes[at + 2] as number, WINDOW_SCALE_MAX);
  } else if (kind === SACK_PERMITTED && size === 2) {
    into.isSackPermitted = true;
  }
}

function parseSacks(bytes: Uint8Array, offset: number, count: number, into: Segment): void {
  // A second SACK option, which nobody sends, takes the place of the first: five blocks can't come.
  into.sackCount = Math.min(count, SACK_BLOCKS_MAX);
  for (let i = 0; i < into.sackCount; i++) {
    into.sacks[2 * i] = read32(bytes, offset + i * SACK_BLOCK_SIZE);
    into.sacks[2 * i + 1] = read32(bytes, offset + i * SACK_BLOCK_SIZE + 4);
  }
}
