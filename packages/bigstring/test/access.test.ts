import fc from "fast-check";
import { expect, test } from "vitest";
import {
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
import { seed } from "./seed.ts";

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const bytesAndOffset = fc
  .uint8Array({ minLength: 4, maxLength: 40 })
  .chain((bytes) => fc.tuple(fc.constant(bytes), fc.nat(bytes.length - 4)));

test("reads agree with DataView at any alignment", () => {
  fc.assert(
    fc.property(bytesAndOffset, ([bytes, offset]) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      expect(getUint8(bytes, offset)).toBe(view.getUint8(offset));
      expect(getInt32(bytes, offset)).toBe(view.getInt32(offset, LITTLE_ENDIAN));
      expect(getUint16BE(bytes, offset)).toBe(view.getUint16(offset));
      expect(getUint32BE(bytes, offset)).toBe(view.getUint32(offset));
    }),
    { seed },
  );
});

test("writes agree with DataView at any alignment and touch nothing else", () => {
  const value = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double());
  fc.assert(
    fc.property(bytesAndOffset, value, ([bytes, offset], stored) => {
      const check = (
        write: (bytes: Uint8Array, offset: number, value: number) => void,
        model: (view: DataView) => void,
      ): void => {
        const ours = bytes.slice();
        const theirs = bytes.slice();
        write(ours, offset, stored);
        model(new DataView(theirs.buffer));
        expect([...ours]).toEqual([...theirs]);
      };
      check(setUint8, (view) => view.setUint8(offset, stored));
      check(setInt32, (view) => view.setInt32(offset, stored, LITTLE_ENDIAN));
      check(setUint16BE, (view) => view.setUint16(offset, stored));
      check(setUint32BE, (view) => view.setUint32(offset, stored));
    }),
    { seed },
  );
});

test("fill stores the lowest 8 bits in the range and nowhere else", () => {
  for (const make of [(): Uint8Array => new Uint8Array(8), (): Uint8Array => Buffer.alloc(8)]) {
    const target = make();
    fill(target, 2, 3, 0x1ff);
    expect([...target]).toEqual([0, 0, 255, 255, 255, 0, 0, 0]);
    fill(target, 4, 4, -2);
    fill(target, 0, 0, 7);
    expect([...target]).toEqual([0, 0, 255, 255, 254, 254, 254, 254]);
  }
});

test("compare and equal agree with a byte loop", () => {
  const naive = (a: readonly number[], b: readonly number[]): number => {
    const index = a.findIndex((byte, i) => byte !== b[i]);
    return index < 0 ? 0 : (a[index] as number) < (b[index] as number) ? -1 : 1;
  };
  const range = fc.record({ size: fc.nat(100), aOffset: fc.nat(9), bOffset: fc.nat(9) });
  fc.assert(
    fc.property(range, fc.nat(120), fc.integer(), ({ size, aOffset, bOffset }, where, byte) => {
      const a = Uint8Array.from({ length: 120 }, (_, i) => (i - aOffset) * 7);
      const b = Buffer.from(Array.from({ length: 120 }, (_, i) => (i - bOffset) * 7));
      b[where] = byte;
      const [inA, inB] = [a.slice(aOffset, aOffset + size), [...b].slice(bOffset, bOffset + size)];
      const expected = naive([...inA], inB);
      expect(compare(a, aOffset, b, bOffset, size)).toBe(expected);
      expect(compare(b, bOffset, a, aOffset, size)).toBe(expected === 0 ? 0 : -expected);
      expect(equal(a, aOffset, b, bOffset, size)).toBe(expected === 0);
    }),
    { seed, numRuns: 1000 },
  );
});
