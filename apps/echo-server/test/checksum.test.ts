import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addWords, checksumOf, fold, isIntact, replaceWord } from "../src/checksum.ts";
import { bytesOf, naiveChecksum, seed, word } from "./frames.ts";

describe("the Internet checksum", () => {
  test("adds the example of RFC 1071, section 3", () => {
    const bytes = bytesOf("0001 f203 f4f5 f6f7");
    expect(fold(addWords(0, bytes, 0, 8))).toBe(0xddf2);
    expect(checksumOf(addWords(0, bytes, 0, 8))).toBe(0x220d);
  });

  test("is that of a well-known IPv4 header", () => {
    const header = bytesOf("4500 0073 0000 4000 4011 0000 c0a8 0001 c0a8 00c7");
    expect(checksumOf(addWords(0, header, 0, 20))).toBe(0xb861);
  });

  test("pads an odd last byte with zero", () => {
    expect(checksumOf(addWords(0, Uint8Array.of(0x12), 0, 1))).toBe(0xedff);
  });

  test("is mended as the example of RFC 1624, section 4, in the form of zero that always holds", () => {
    // There the result is 0x0000, the same value in ones' complement.
    expect(replaceWord(0xdd2f, 0x5555, 0x3285)).toBe(0xffff);
    expect(isIntact(0xcd7a + 0x3285 + 0xffff)).toBe(true);
  });

  test("mended down to nothing but zeros is 0xffff: zero would be refused", () => {
    const before = naiveChecksum([8, 0]);
    expect(replaceWord(before, 0x0800, 0)).toBe(0xffff);
    expect(isIntact(0xffff)).toBe(true);
    expect(isIntact(0)).toBe(false);
  });

  test("equals the definition for any bytes, at any offset", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(9), (bytes, offset) => {
        const from = Math.min(offset, bytes.length);
        const size = bytes.length - from;
        const wanted = naiveChecksum(Array.from(bytes.subarray(from)));
        expect(checksumOf(addWords(0, bytes, from, size))).toBe(wanted);
      }),
      { seed },
    );
  });

  test("holds for the longest datagram with the greatest sum", () => {
    const bytes = new Uint8Array(65_535).fill(255);
    expect(checksumOf(addWords(0, bytes, 0, bytes.length))).toBe(naiveChecksum(Array.from(bytes)));
  });

  test("after any word has been replaced is accepted by who adds up everything", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 0, max: 0xffff }),
        (words, after) => {
          const before = words[0] as number;
          const checksum = replaceWord(naiveChecksum(words.flatMap(word)), before, after);
          const total = [after, ...words.slice(1), checksum].reduce((sum, value) => sum + value, 0);
          expect(isIntact(total)).toBe(true);
        },
      ),
      { seed },
    );
  });
});
