// TCP options: kinds, sizes, and how each is written.
// @see RFC 9293 section 3.2, RFC 7323, RFC 2018

import { write16, write32 } from "./bytes.ts";

export const OPTIONS_END = 0;
export const NO_OPERATION = 1;
export const MSS = 2;
export const WINDOW_SCALE = 3;
export const SACK_PERMITTED = 4;
export const SACK = 5;
export const TIMESTAMPS = 8;

export const SACK_BLOCK_SIZE = 8;

/** The options of a segment may take this many bytes. */
export const OPTIONS_SIZE_MAX = 40;

/** Bytes that each writer takes, padding to a multiple of 4 included. */
export const MSS_OPTION_SIZE = 4;
export const WINDOW_SCALE_OPTION_SIZE = 4;
export const SACK_PERMITTED_OPTION_SIZE = 4;
export const TIMESTAMPS_OPTION_SIZE = 12;

/** Bytes of an option with `count` SACK blocks; none take none. */
export function sackOptionSize(count: number): number {
  return count === 0 ? 0 : 4 + count * SACK_BLOCK_SIZE;
}

// Each writer returns where the next option starts. The caller has made sure of the room.

export function writeMss(bytes: Uint8Array, offset: number, size: number): number {
  write16(bytes, offset, (MSS << 8) | 4);
  write16(bytes, offset + 2, size);
  return offset + MSS_OPTION_SIZE;
}

export function writeWindowScale(bytes: Uint8Array, offset: number, shift: number): number {
  write32(bytes, offset, (NO_OPERATION << 24) | (WINDOW_SCALE << 16) | (3 << 8) | shift);
  return offset + WINDOW_SCALE_OPTION_SIZE;
}

export function writeSackPermitted(bytes: Uint8Array, offset: number): number {
  const option = (SACK_PERMITTED << 8) | 2;
  write32(bytes, offset, (NO_OPERATION << 24) | (NO_OPERATION << 16) | option);
  return offset + SACK_PERMITTED_OPTION_SIZE;
}

/** @see RFC 7323, appendix A, for the two bytes before it: the fields are then aligned */
export function writeTimestamps(
  bytes: Uint8Array,
  offset: number,
  value: number,
  echo: number,
): number {
  write32(bytes, offset, (NO_OPERATION << 24) | (NO_OPERATION << 16) | (TIMESTAMPS << 8) | 10);
  write32(bytes, offset + 4, value);
  write32(bytes, offset + 8, echo);
  return offset + TIMESTAMPS_OPTION_SIZE;
}

/** Writes the first `count` (1 to 4) blocks of `sacks`: pairs of first number and the one behind the last. */
export function writeSacks(
  bytes: Uint8Array,
  offset: number,
  sacks: Int32Array,
  count: number,
): number {
  const option = (SACK << 8) | (2 + count * SACK_BLOCK_SIZE);
  write32(bytes, offset, (NO_OPERATION << 24) | (NO_OPERATION << 16) | option);
  for (let i = 0; i < 2 * count; i++) write32(bytes, offset + 4 + 4 * i, sacks[i] as number);
  return offset + sackOptionSize(count);
}
