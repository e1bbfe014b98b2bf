import { expect } from "vitest";
import type { Held } from "./programs/leaks.ts";

/** Checks what a program held after each tenth: from the second on nothing more. */
export function expectNothingLeft(tenths: readonly Held[]): void {
  expect(tenths.length).toBe(10);
  const [, second, , , , sixth] = tenths as [Held, Held, Held, Held, Held, Held];
  const last = tenths.at(-1) as Held;
  expect(last.descriptors).toBe(second.descriptors);
  expect(last.heap - second.heap).toBeLessThan(400_000);
  expect(last.external - second.external).toBeLessThan(100_000);
  // V8 takes memory for itself once, at some time in the first half.
  const text = JSON.stringify(tenths.map(({ resident }) => resident));
  expect(last.resident - second.resident, text).toBeLessThan(12e6);
  expect(last.resident - sixth.resident, text).toBeLessThan(3e6);
}
