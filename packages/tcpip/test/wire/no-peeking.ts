// Whether a parser keeps to the bytes it was given: the same bytes amid others must give the same.
import fc from "fast-check";
import { expect } from "vitest";
import { seed } from "./seed.ts";

/**
 * Runs `parse` on any bytes, and on bytes from `likely` with a few changed, at several places of larger buffers
 * with other surroundings. It must never throw, write nothing, and give the same each time.
 */
export function expectNoPeeking(
  parse: (bytes: Uint8Array, offset: number, size: number) => unknown,
  likely: readonly Uint8Array[],
): void {
  const changed = fc
    .tuple(
      fc.constantFrom(...likely),
      fc.array(fc.tuple(fc.nat(70), fc.nat(255)), { maxLength: 3 }),
      fc.nat(80),
    )
    .map(([bytes, changes, length]) => {
      const copy = Uint8Array.from(bytes);
      for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
      return copy.slice(0, Math.max(length, copy.length - length));
    });
  const any = fc.uint8Array({ maxLength: 100 });
  fc.assert(
    fc.property(fc.oneof(any, changed), fc.nat(20), (content, offset) => {
      const results = [0x00, 0xff, 0x45].map((surroundings) => {
        const bytes = new Uint8Array(offset + content.length + 80).fill(surroundings);
        bytes.set(content, offset);
        const before = bytes.slice();
        const result = parse(bytes, offset, content.length);
        expect(bytes).toEqual(before);
        return result;
      });
      // And where nothing is behind them at all.
      results.push(parse(content.slice(), 0, content.length));
      for (const result of results) expect(result).toEqual(results[0]);
    }),
    { seed, numRuns: 1000 },
  );
}
