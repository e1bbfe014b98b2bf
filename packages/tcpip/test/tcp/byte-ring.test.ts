// Inner parts with a memory of their own, held against naive models: a fault in them would show in a transfer only by chance.
import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteRing } from "../../src/tcp/byte-ring.ts";
import { SequenceRanges } from "../../src/tcp/sequence-ranges.ts";
import { seed } from "../wire/seed.ts";

test("a ring gives back what was appended, put ahead and advanced, whatever the order", () => {
  const step = fc.record({
    kind: fc.constantFrom("append", "ahead", "drop", "copy", "trim"),
    size: fc.nat(3000),
    gap: fc.nat(2000),
  });
  fc.assert(
    fc.property(fc.integer({ min: 2048, max: 6000 }), fc.array(step), (sizeMax, steps) => {
      const ring = new ByteRing(sizeMax);
      let model: number[] = [];
      let next = 1;
      const fresh = (size: number) => Uint8Array.from({ length: size }, () => next++ & 0xff);
      for (const { kind, size, gap } of steps) {
        if (kind === "append") {
          const bytes = fresh(size);
          const taken = ring.append(bytes, 0, size);
          expect(taken).toBe(Math.min(size, sizeMax - model.length));
          model.push(...bytes.slice(0, taken));
        } else if (kind === "ahead") {
          // First what lies behind the gap, then the gap.
          const position = model.length + gap;
          const count = Math.min(size, sizeMax - position);
          if (count <= 0) continue;
          const bytes = fresh(gap + count);
          expect(ring.reserve(position + count)).toBeGreaterThanOrEqual(position + count);
          ring.put(position, bytes, gap, count);
          ring.put(model.length, bytes, 0, gap);
          ring.advance(gap + count);
          model.push(...bytes);
        } else if (kind === "drop") {
          const count = Math.min(size, model.length);
          ring.drop(count);
          model = model.slice(count);
        } else if (kind === "copy") {
          const position = Math.min(gap, model.length);
          const count = Math.min(size, model.length - position);
          const target = new Uint8Array(count + 4).fill(0xee);
          ring.copy(position, target, 2, count);
          const edge = [0xee, 0xee];
          expect([...target]).toEqual([
            ...edge,
            ...model.slice(position, position + count),
            ...edge,
          ]);
        } else {
          ring.trim();
        }
        expect(ring.length).toBe(model.length);
        expect(ring.free).toBe(sizeMax - model.length);
        expect(ring.capacity).toBeLessThanOrEqual(sizeMax);
        if (model.length > 0) expect(ring.capacity).toBeGreaterThanOrEqual(model.length);
      }
    }),
    { seed },
  );
});

test("a ring takes 2 KiB for a little, no more than its bound for much, and nothing once trimmed", () => {
  const ring = new ByteRing(100_000);
  expect(ring.capacity).toBe(0);
  ring.append(Uint8Array.of(1), 0, 1);
  expect(ring.capacity).toBe(2048);
  expect(ring.isTrimmable).toBe(false);
  ring.append(new Uint8Array(99_999), 0, 99_999);
  expect(ring.capacity).toBe(100_000);
  ring.trim();
  expect(ring.capacity).toBe(100_000);
  ring.drop(100_000);
  expect(ring.isTrimmable).toBe(true);
  ring.trim();
  expect(ring.capacity).toBe(0);
});

const SPAN = 300;

test("ranges are those of a set of numbers, anywhere on the circle", () => {
  const step = fc.record({
    kind: fc.constantFrom("add", "add", "add", "remove", "look"),
    from: fc.nat(SPAN - 1),
    size: fc.integer({ min: 1, max: 30 }),
  });
  const origin = fc.constantFrom(0, 2 ** 31 - 150, -150, -(2 ** 31));
  fc.assert(
    fc.property(origin, fc.array(step, { maxLength: 60 }), (zero, steps) => {
      const at = (offset: number) => (zero + offset) | 0;
      const ranges = new SequenceRanges();
      const model = new Array<boolean>(SPAN + 40).fill(false);
      for (const { kind, from, size } of steps) {
        if (kind === "add") {
          const isNew = model.slice(from, from + size).includes(false);
          expect(ranges.add(at(from), at(from + size))).toBe(isNew);
          model.fill(true, from, from + size);
        } else if (kind === "remove") {
          ranges.removeBefore(at(from));
          model.fill(false, 0, from);
        } else {
          const missing = model.slice(from, from + size).filter((has) => !has).length;
          expect(ranges.missing(at(from), at(from + size))).toBe(missing);
          const first = model.indexOf(false, from);
          expect(ranges.firstMissing(at(from))).toBe(at(first));
        }
        const got = Array.from({ length: ranges.count }, (_, i) => [
          (ranges.start(i) - zero) | 0,
          (ranges.end(i) - zero) | 0,
        ]);
        expect(got).toEqual(runsOf(model));
      }
    }),
    { seed, numRuns: 300 },
  );
});

/** Where `true` stands, as pairs of first and behind last. */
function runsOf(model: readonly boolean[]): number[][] {
  const runs: number[][] = [];
  for (const [i, has] of model.entries()) {
    if (!has) continue;
    if (model[i - 1] === true) (runs.at(-1) as number[])[1] = i + 1;
    else runs.push([i, i + 1]);
  }
  return runs;
}
