import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blit, blitToBytes } from "../src/index.ts";
import { seed } from "./seed.ts";

/** What every blit must equal: a byte loop through a temporary. */
function naiveBlit(
  source: Uint8Array,
  sourceOffset: number,
  target: Uint8Array,
  targetOffset: number,
  size: number,
): void {
  const temporary: number[] = [];
  for (let i = 0; i < size; i++) temporary.push(source[sourceOffset + i] as number);
  for (let i = 0; i < size; i++) target[targetOffset + i] = temporary[i] as number;
}

/** Arrays over one buffer (at every alignment, overlapping) and over buffers of their own. */
function pool(makeBuffer: (size: number) => ArrayBufferLike, length: number): Uint8Array[] {
  const shared = makeBuffer(length * 2);
  const views = [0, 1, 2, 3, 7].map((offset) => new Uint8Array(shared, offset, length));
  const buffer = Buffer.from(shared as ArrayBuffer, 5, length);
  return [...views, buffer, new Uint8Array(makeBuffer(length)), Buffer.alloc(length)];
}

const numbered = (length: number, from: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + from * 17 + (i >> 8)) & 255);

const allBytes = (arrays: readonly Uint8Array[]): string =>
  [...new Set(arrays.map(({ buffer }) => buffer))]
    .map((buffer) => Buffer.from(new Uint8Array(buffer)).toString("latin1"))
    .join("|");

/** Sizes around every change of strategy, and anything else. */
const sizes = (sizeMax: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: 0, max: 20 }),
    fc.integer({ min: 0, max: 140 }),
    fc.integer({ min: 0, max: sizeMax }),
  );

describe.each([
  { kind: "ArrayBuffer", makeBuffer: (size: number) => new ArrayBuffer(size) },
  { kind: "SharedArrayBuffer", makeBuffer: (size: number) => new SharedArrayBuffer(size) },
])("over $kind", ({ makeBuffer }) => {
  test("any blit equals a byte loop through a temporary, whatever overlaps", () => {
    const LENGTH = 400;
    // The same arrays serve all runs: blits are to be tried with the views they have cached, too.
    const ours = pool(makeBuffer, LENGTH);
    const theirs = pool(makeBuffer, LENGTH);
    const index = fc.nat(ours.length - 1);
    let fillCount = 0;
    fc.assert(
      fc.property(index, index, sizes(LENGTH), fc.nat(), fc.nat(), (from, to, size, a, b) => {
        const content = numbered(LENGTH, fillCount++);
        for (const array of [...ours, ...theirs]) array.set(content);
        const offsets = [a % (LENGTH - size + 1), b % (LENGTH - size + 1)] as const;
        const [source, target] = [ours[from], ours[to]] as [Uint8Array, Uint8Array];
        blit(source, offsets[0], target, offsets[1], size);
        const [model, result] = [theirs[from], theirs[to]] as [Uint8Array, Uint8Array];
        naiveBlit(model, offsets[0], result, offsets[1], size);
        expect(allBytes(ours) === allBytes(theirs)).toBe(true);
      }),
      { seed, numRuns: 6000 },
    );
  });

  test("every size to 300 moves by every small distance both ways", () => {
    const buffer = makeBuffer(700);
    const content = numbered(700, 1);
    const whole = new Uint8Array(buffer);
    const views = [whole, new Uint8Array(buffer, 0), new Uint8Array(buffer, 0, 690)];
    for (let size = 0; size <= 300; size++) {
      for (const distance of [-33, -8, -5, -4, -1, 0, 1, 3, 4, 7, 16, 32, 129]) {
        const [source, target] = [views[size % 3], views[(size + 1) % 3]] as [
          Uint8Array,
          Uint8Array,
        ];
        whole.set(content);
        blit(source, 40, target, 40 + distance, size);
        const expected = content.slice();
        naiveBlit(content, 40, expected, 40 + distance, size);
        expect(Buffer.compare(whole, expected), `size ${size}, distance ${distance}`).toBe(0);
      }
    }
  });
});

test("big blits equal a byte loop, inside one array and between two", () => {
  const LENGTH = 100_000;
  const content = numbered(LENGTH, 3);
  for (const size of [1514, 4096, 65_536, LENGTH]) {
    for (const [from, to] of [
      [0, LENGTH - size],
      [LENGTH - size, 0],
    ] as const) {
      const expected = content.slice();
      naiveBlit(content, from, expected, to, size);
      const inside = content.slice();
      blit(inside, from, inside, to, size);
      expect(Buffer.compare(inside, expected)).toBe(0);
      const between = content.slice();
      blit(Buffer.from(content), from, between, to, size);
      expect(Buffer.compare(between, expected)).toBe(0);
    }
  }
});

describe("a buffer that changes under its array", () => {
  const WARM = 2000;

  test("a grown or shrunk array is blitted as it is now", () => {
    const Resizable = ArrayBuffer as unknown as new (
      size: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { resize(size: number): void };
    const buffer = new Resizable(64, { maxByteLength: 256 });
    const array = new Uint8Array(buffer);
    const target = new Uint8Array(256);
    for (let i = 0; i < WARM; i++) blit(array, 0, target, 0, 40);
    buffer.resize(256);
    array.fill(7);
    blit(array, 200, target, 100, 40);
    expect([target[99], target[100], target[139], target[140]]).toEqual([0, 7, 7, 0]);
    buffer.resize(32);
    expect(() => blit(array, 0, target, 0, 40)).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_OUT_OF_RANGE" }),
    );
  });

  test("a detached array is out of range for all but nothing", () => {
    const array = new Uint8Array(64).fill(1);
    const other = new Uint8Array(64);
    for (let i = 0; i < WARM; i++) blit(array, 0, other, 0, 40);
    for (let i = 0; i < WARM; i++) blit(other, 0, array, 0, 40);
    structuredClone(array.buffer, { transfer: [array.buffer] });
    other.fill(9);
    const outOfRange = expect.objectContaining({ code: "ERR_SOLO5_OUT_OF_RANGE" });
    expect(() => blit(array, 0, other, 0, 40)).toThrow(outOfRange);
    expect(() => blit(other, 0, array, 0, 40)).toThrow(outOfRange);
    expect(() => blit(array, 0, other, 0, 1)).toThrow(outOfRange);
    expect(new Set(other)).toEqual(new Set([9]));
    blit(array, 0, other, 0, 0);
    blit(other, 64, array, 0, 0);
  });

  test("arrays over more than 256 KiB are not kept alive", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage: () => void = runInNewContext("gc");
    const small = new Uint8Array(64);
    const used = (size: number): WeakRef<object> => {
      const array = new Uint8Array(size);
      for (let i = 0; i < WARM; i++) blit(array, 0, small, 0, 40);
      for (let i = 0; i < WARM; i++) blit(small, 0, array, 0, 40);
      return new WeakRef(array);
    };
    const refs = [used(256 * 1024 + 1), used(1024 * 1024)];
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(refs.map((ref) => ref.deref() === undefined)).toEqual([true, true]);
  });
});

describe("blitToBytes", () => {
  test("fills the given target and returns it", () => {
    const target = new Uint8Array(4);
    expect(blitToBytes(Uint8Array.of(1, 2, 3), 1, target, 2, 2)).toBe(target);
    expect([...target]).toEqual([0, 0, 2, 3]);
  });

  test("gives a fresh array of the exact size that shares nothing, of a Buffer too", () => {
    const source = Buffer.from([1, 2, 3, 4]);
    const fresh = blitToBytes(source, 1, 2);
    expect(fresh).toStrictEqual(Uint8Array.of(2, 3));
    expect(fresh.buffer.byteLength).toBe(2);
    fresh[0] = 99;
    expect([...source]).toEqual([1, 2, 3, 4]);
    expect(blitToBytes(source, 4, 0)).toStrictEqual(new Uint8Array(0));
  });
});
