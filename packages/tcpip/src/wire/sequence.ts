// Sequence numbers: 32 bits that wrap around, kept as signed integers (`bytes.ts` says why). Order is only
// defined between numbers less than 2^31 apart, which windows of at most 2^30 make sure of.
// @see RFC 9293, section 3.4

/** The number `count` after `sequence`; before it where `count` is negative. */
export function after(sequence: number, count: number): number {
  return (sequence + count) | 0;
}

/** How far `to` is after `from`: negative where it comes before. */
export function distance(from: number, to: number): number {
  return (to - from) | 0;
}

export function isBefore(a: number, b: number): boolean {
  return ((a - b) | 0) < 0;
}

export function isAtMost(a: number, b: number): boolean {
  return ((a - b) | 0) <= 0;
}

/** The later of two. */
export function later(a: number, b: number): number {
  return ((a - b) | 0) < 0 ? b : a;
}

/** The earlier of two. */
export function earlier(a: number, b: number): number {
  return ((a - b) | 0) < 0 ? a : b;
}
