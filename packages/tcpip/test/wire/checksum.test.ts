import fc from "fast-check";
import { expect, test } from "vitest";
import { addWords, checksumOf, fold, isIntact, replaceWord } from "../../src/wire.ts";
import { seed } from "./seed.ts";

/** The definition, a word at a time with the carry taken in at once. */
function naiveSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += (bytes[i] as number) * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

test("the example of RFC 1071 sums to ddf2", () => {
  const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
  expect(fold(addWords(0, bytes, 0, 8))).toBe(0xddf2);
  expect(checksumOf(addWords(0, bytes, 0, 8))).toBe(0x220d);
});

test("the header of a well-known packet is intact, and not after any bit has flipped", () => {
  const header = Uint8Array.from(
    "4500003c1c4640004006b1e6ac100a63ac100a0c".match(/../g) ?? [],
    (hex) => Number.parseInt(hex, 16),
  );
  expect(isIntact(addWords(0, header, 0, 20))).toBe(true);
  for (let bit = 0; bit < 160; bit++) {
    header[bit >> 3] = (header[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(isIntact(addWords(0, header, 0, 20))).toBe(false);
    header[bit >> 3] = (header[bit >> 3] as number) ^ (1 << (bit & 7));
  }
});

test("65,535 bytes of ones lose no carry", () => {
  const bytes = new Uint8Array(65_535).fill(0xff);
  expect(fold(addWords(0, bytes, 0, 65_534))).toBe(0xffff);
  expect(fold(addWords(0, bytes, 0, 65_535))).toBe(naiveSum(bytes));
});

test("any bytes at any offset, in a view of a larger buffer, sum as the definition says", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 700 }),
      fc.nat(17),
      fc.nat(5),
      fc.nat(0xffff),
      (content, offset, shift, before) => {
        const bytes = new Uint8Array(new ArrayBuffer(1000), shift, 800);
        bytes.fill(0xee);
        bytes.set(content, offset);
        const sum = fold(addWords(before, bytes, offset, content.length));
        // 0 and ffff are the same number.
        expect(sum % 0xffff).toBe((naiveSum(content) + before) % 0xffff);
      },
    ),
    { seed, numRuns: 500 },
  );
});

test("arrays in turn, and one whose bytes have changed, are summed as they are now", () => {
  const arrays = [1, 2, 3, 4].map((value) => new Uint8Array(512).fill(value));
  for (let round = 0; round < 3; round++) {
    for (const bytes of arrays) {
      bytes[round] = (bytes[round] as number) + 9;
      expect(fold(addWords(0, bytes, 0, 512)) % 0xffff).toBe(naiveSum(bytes) % 0xffff);
    }
  }
});

test("a mended checksum is what a fresh one would be", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 4, maxLength: 40 }),
      fc.nat(0xffff),
      (content, replacement) => {
        const before = ((content[2] as number) << 8) | (content[3] as number);
        const checksum = checksumOf(addWords(0, content, 0, content.length));
        content[2] = replacement >>> 8;
        content[3] = replacement;
        const mended = replaceWord(checksum, before, replacement);
        expect(isIntact(addWords(mended, content, 0, content.length))).toBe(true);
      },
    ),
    { seed },
  );
});
