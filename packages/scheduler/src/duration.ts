// Durations in nanoseconds, from the units that people use.

/** `n` microseconds in nanoseconds. */
export function us(n: number): number {
  return n * 1e3;
}

/** `n` milliseconds in nanoseconds. */
export function ms(n: number): number {
  return n * 1e6;
}

/** `n` seconds in nanoseconds. */
export function s(n: number): number {
  return n * 1e9;
}
