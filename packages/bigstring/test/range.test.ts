import { describe, expect, test } from "vitest";
import {
  BigstringError,
  blit,
  blitFromString,
  blitToBytes,
  blitToString,
  compare,
  equal,
  fill,
  getInt32,
  getUint8,
  getUint16BE,
  getUint32BE,
  setInt32,
  setUint8,
  setUint16BE,
  setUint32BE,
} from "../src/index.ts";

const LENGTH = 200;

/** Never a count of bytes, whatever the buffer. */
const NO_COUNTS: readonly unknown[] = [
  Number.NaN,
  0.5,
  1.000001,
  -1,
  -0.1,
  2 ** 53,
  2 ** 64,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  "1",
  "",
  null,
  undefined,
  true,
  1n,
  Symbol("1"),
  [],
  [1],
  {},
  { valueOf: () => 1 },
];

/** Offset and size that are counts, but leave a buffer of LENGTH bytes. */
const OUTSIDE: readonly (readonly [number, number])[] = [
  [0, LENGTH + 1],
  [1, LENGTH],
  [LENGTH, 1],
  [LENGTH + 1, 0],
  [LENGTH - 63, 64],
  [2 ** 32, 0],
  [2 ** 32, 1],
  [2 ** 31, 2 ** 31],
  [0, 2 ** 32],
  [2 ** 53 - 1, 2 ** 53 - 1],
  [2 ** 53 - 1, 1],
];

const BAD: readonly (readonly [unknown, unknown])[] = [
  ...OUTSIDE,
  ...NO_COUNTS.flatMap((bad) => [[bad, 8] as const, [8, bad] as const, [bad, 80] as const]),
];

type Ranged = (offset: number, size: number, bytes: Uint8Array) => unknown;

/** Each function with each of its ranges: the other range is fine. */
const RANGED: Record<string, Ranged> = {
  "blit's source": (o, n, bytes) => blit(bytes, o, new Uint8Array(4 * LENGTH), 0, n),
  "blit's target": (o, n, bytes) => blit(new Uint8Array(4 * LENGTH), 0, bytes, o, n),
  "blit's source in one array": (o, n, bytes) => blit(bytes, o, bytes, 0, n),
  "blit's target in one array": (o, n, bytes) => blit(bytes, 0, bytes, o, n),
  "blitToBytes' source": (o, n, bytes) => blitToBytes(bytes, o, n),
  "blitToBytes' target": (o, n, bytes) => blitToBytes(new Uint8Array(999), 0, bytes, o, n),
  "blitFromString's source": (o, n, bytes) => blitFromString("x".repeat(LENGTH), o, bytes, 0, n),
  "blitFromString's target": (o, n, bytes) => blitFromString("x".repeat(999), 0, bytes, o, n),
  "blitToString's source": (o, n, bytes) => blitToString(bytes, o, n),
  "fill's target": (o, n, bytes) => fill(bytes, o, n, 1),
  "compare's first": (o, n, bytes) => compare(bytes, o, new Uint8Array(999), 0, n),
  "compare's second": (o, n, bytes) => compare(new Uint8Array(999), 0, bytes, o, n),
  "equal's first": (o, n, bytes) => equal(bytes, o, new Uint8Array(999), 0, n),
  "equal's second": (o, n, bytes) => equal(new Uint8Array(999), 0, bytes, o, n),
};

const thrownBy = (action: () => unknown): unknown => {
  try {
    action();
  } catch (error) {
    return error;
  }
  return "nothing was thrown";
};

const expectOutOfRange = (error: unknown, told: string): void => {
  expect(error, told).toBeInstanceOf(RangeError);
  expect(error, told).toBeInstanceOf(BigstringError);
  expect(error, told).toMatchObject({ name: "BigstringError", code: "ERR_SOLO5_OUT_OF_RANGE" });
};

describe("a bad range is refused before a byte has moved", () => {
  test.each(Object.entries(RANGED))("%s", (_title, call) => {
    for (const [offset, size] of BAD) {
      const bytes = new Uint8Array(LENGTH).fill(5);
      const told = `offset ${String(offset)}, size ${String(size)}`;
      expectOutOfRange(
        thrownBy(() => call(offset as number, size as number, bytes)),
        told,
      );
      expect(new Set(bytes), told).toEqual(new Set([5]));
    }
    for (const [offset, size] of [
      [0, 0],
      [LENGTH, 0],
      [0, LENGTH],
      [LENGTH - 1, 1],
      [-0, 1],
    ] as const) {
      expect(thrownBy(() => call(offset, size, new Uint8Array(LENGTH)))).toBe("nothing was thrown");
    }
  });

  const accesses: [string, number, (bytes: Uint8Array, offset: number) => unknown][] = [
    ["getUint8", 1, getUint8],
    ["getUint16BE", 2, getUint16BE],
    ["getInt32", 4, getInt32],
    ["getUint32BE", 4, getUint32BE],
    ["setUint8", 1, (bytes, offset) => setUint8(bytes, offset, 1)],
    ["setUint16BE", 2, (bytes, offset) => setUint16BE(bytes, offset, 1)],
    ["setInt32", 4, (bytes, offset) => setInt32(bytes, offset, 1)],
    ["setUint32BE", 4, (bytes, offset) => setUint32BE(bytes, offset, 1)],
  ];
  test.each(accesses)("%s", (_name, size, access) => {
    const bytes = new Uint8Array(LENGTH).fill(5);
    for (const offset of [...NO_COUNTS, LENGTH - size + 1, LENGTH, 2 ** 32, 2 ** 53 - 1]) {
      const error = thrownBy(() => access(bytes, offset as number));
      expectOutOfRange(error, String(offset));
    }
    expect(new Set(bytes)).toEqual(new Set([5]));
    expectOutOfRange(
      thrownBy(() => access(new Uint8Array(0), 0)),
      "an empty array",
    );
    access(bytes, LENGTH - size);
  });
});

test("the message names the buffer, what it has and what was asked", () => {
  const error = thrownBy(() => blit(new Uint8Array(10), 0, new Uint8Array(8), 5, 4)) as Error;
  expect(error.message).toMatch(/^target has 8 bytes .* got offset 5, size 4$/);
});
