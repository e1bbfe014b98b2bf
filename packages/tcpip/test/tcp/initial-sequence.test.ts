import { describe, expect, test } from "vitest";
// The hash has published vectors, which no number that is made of it shows.
import { siphash } from "../../src/tcp/siphash.ts";
import { SequenceSource } from "../../src/tcp.ts";

const HOUR = 3600e9;

describe("SipHash-2-4", () => {
  const key = Int32Array.of(0x03020100, 0x07060504, 0x0b0a0908, 0x0f0e0d0c);
  test.each([
    [0, 0xdd0e0e31],
    [8, 0x9a932462],
    [16, 0x57c29bdb],
  ])("of the first %i bytes is what its authors published", (size, low) => {
    const words = new Int32Array(Uint8Array.from({ length: size }, (_, i) => i).buffer);
    expect(siphash(key, words) >>> 0).toBe(low);
  });
});

describe("initial sequence numbers", () => {
  const source = new SequenceSource((into) => into.set(into.map((_, i) => i * 37 + 5)));

  test("of the same ends count up with the clock, a number every 4 us", () => {
    const first = source.initial(1, 2, 3, 4, 0);
    expect((source.initial(1, 2, 3, 4, 4_000_000) - first) | 0).toBe(1000);
    expect((source.initial(1, 2, 3, 4, HOUR) - first) >>> 0).toBe(900_000_000);
  });

  test("of ends that differ in any one thing have nothing in common", () => {
    const numbers = [
      source.initial(1, 2, 3, 4, 0),
      source.initial(9, 2, 3, 4, 0),
      source.initial(1, 9, 3, 4, 0),
      source.initial(1, 2, 9, 4, 0),
      source.initial(1, 2, 3, 9, 0),
      source.initial(3, 4, 1, 2, 0),
      source.timestampOffset(1, 2, 3, 4),
    ];
    for (const [i, a] of numbers.entries()) {
      for (const b of numbers.slice(i + 1)) expect(Math.abs((a - b) | 0)).toBeGreaterThan(1e6);
    }
  });

  test("under another secret are others", () => {
    const other = new SequenceSource((into) => into.fill(1));
    expect(other.initial(1, 2, 3, 4, 0)).not.toBe(source.initial(1, 2, 3, 4, 0));
  });

  test("are signed 32-bit integers, also after a year", () => {
    const number = source.initial(-5, 65_535, -1, 65_535, 365 * 24 * HOUR);
    expect(number).toBe(number | 0);
  });
});
