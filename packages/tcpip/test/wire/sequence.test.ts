import fc from "fast-check";
import { expect, test } from "vitest";
import { after, distance, earlier, isAtMost, isBefore, later } from "../../src/wire.ts";
import { seed } from "./seed.ts";

const sequence = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const count = fc.integer({ min: 1, max: 2 ** 31 - 1 });

test("numbers less than 2^31 apart are ordered, also across the wrap", () => {
  fc.assert(
    fc.property(sequence, count, (start, size) => {
      const end = after(start, size);
      expect(distance(start, end)).toBe(size);
      expect(distance(end, start)).toBe(-size);
      expect([isBefore(start, end), isBefore(end, start), isBefore(start, start)]).toEqual([
        true,
        false,
        false,
      ]);
      expect([isAtMost(start, end), isAtMost(end, start), isAtMost(start, start)]).toEqual([
        true,
        false,
        true,
      ]);
      expect([later(start, end), later(end, start)]).toEqual([end, end]);
      expect([earlier(start, end), earlier(end, start)]).toEqual([start, start]);
    }),
    { seed },
  );
});

test("the number after the greatest is the least", () => {
  expect(after(0x7fffffff, 1)).toBe(-0x80000000);
  expect(after(-1, 1)).toBe(0);
  expect(after(0, -1)).toBe(-1);
});
