import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as sources from "../src/index.ts";
import { loadInBareEngine } from "./bare-engine.ts";
import { seed } from "./seed.ts";

/** A host's Buffer whose methods exist and do something else than Node's. */
class OddBuffer {
  latin1Write(): number {
    throw new TypeError("this host wants a Buffer");
  }
  latin1Slice(): string {
    return "";
  }
  compare(): number {
    return 0;
  }
}

describe.each([
  { host: "Node", bigstring: sources },
  { host: "an engine without Buffer", bigstring: loadInBareEngine({}) },
  {
    host: "an engine whose Buffer can't be trusted",
    bigstring: loadInBareEngine({ Buffer: OddBuffer }),
  },
])("on $host", ({ bigstring }) => {
  const latin1 = fc
    .array(fc.nat(255), { size: "max", maxLength: 700 })
    .map((codes) => codes.map((code) => String.fromCharCode(code)).join(""));

  test("a string goes to bytes, one a code unit, and back", () => {
    fc.assert(
      fc.property(latin1, fc.nat(), fc.nat(), fc.nat(9), (text, a, b, targetOffset) => {
        const [offset, end] = [a, b].map((n) => n % (text.length + 1)).sort((x, y) => x - y) as [
          number,
          number,
        ];
        const size = end - offset;
        const target = new Uint8Array(text.length + 20).fill(170);
        const expected = [...target];
        for (let i = 0; i < size; i++) expected[targetOffset + i] = text.charCodeAt(offset + i);
        bigstring.blitFromString(text, offset, target, targetOffset, size);
        expect([...target]).toEqual(expected);
        expect(bigstring.blitToString(target, targetOffset, size)).toBe(text.slice(offset, end));
      }),
      { seed },
    );
  });

  test("a code unit above 255 is refused before a byte has moved", () => {
    const wide = fc.constantFrom("\u0100", "\u0141", "\u2028", "\ud83d", "\uffff");
    fc.assert(
      fc.property(latin1, latin1, wide, (before, after, unit) => {
        const text = before + unit + after;
        const target = new Uint8Array(text.length).fill(170);
        expect(() => bigstring.blitFromString(text, 0, target, 0, text.length)).toThrow(
          expect.objectContaining({
            name: "BigstringError",
            code: "ERR_SOLO5_NOT_LATIN1",
            message: expect.stringContaining(
              `code unit ${unit.charCodeAt(0)} at index ${before.length}`,
            ),
          }),
        );
        expect(target.every((byte) => byte === 170)).toBe(true);
      }),
      { seed },
    );
  });

  test("a code unit above 255 outside the range does not matter", () => {
    const narrow = "\u00e9".repeat(100);
    const target = new Uint8Array(100);
    bigstring.blitFromString(`\u4e2d${narrow}\u4e2d`, 1, target, 0, 100);
    expect(bigstring.blitToString(target, 0, 100)).toBe(narrow);
  });

  test("a bad range is named before a bad code unit", () => {
    expect(() => bigstring.blitFromString("\u4e2d", 0, new Uint8Array(0), 0, 1)).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_OUT_OF_RANGE" }),
    );
  });

  test("blits, fills and integers work", () => {
    const array = new Uint8Array(1000);
    bigstring.fill(array, 0, 500, 7);
    for (const size of [5, 50, 400]) bigstring.blit(array, 100, array, 450, size);
    expect(array.lastIndexOf(7)).toBe(849);
    bigstring.setInt32(array, 3, -2);
    expect(bigstring.getInt32(array, 3)).toBe(-2);
    expect(() => bigstring.blit(array, 999, array, 0, 2)).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_OUT_OF_RANGE" }),
    );
  });

  test("long ranges compare as short ones do", () => {
    const [low, high] = [new Uint8Array(100), new Uint8Array(103)];
    high[98] = 200;
    expect(bigstring.compare(low, 0, high, 3, 95)).toBe(0);
    expect(bigstring.compare(low, 0, high, 3, 96)).toBe(-1);
    expect(bigstring.compare(high, 3, low, 0, 96)).toBe(1);
  });
});
