// Dice for faults: each kind has numbers of its own, so that switching one fault on, or rolling it more often,
// changes nothing about when another happens.
import { Random } from "./random.ts";

export class Chance {
  readonly #seed: number;
  readonly #name: string;
  readonly #streams = new Map<string, Random>();

  /** `name` tells what is diced for from all else that follows from `seed`. */
  constructor(seed: number, name: string) {
    this.#seed = seed;
    this.#name = name;
  }

  /** True with `probability`, 0 to 1. What never happens draws no number. */
  happens(kind: string, probability: number): boolean {
    return probability > 0 && this.#stream(kind).bits() < probability * 2 ** 32;
  }

  /** A whole number from 0 to `bound - 1`. */
  below(kind: string, bound: number): number {
    return Math.floor((this.#stream(kind).bits() / 2 ** 32) * bound);
  }

  /** Fills `size` bytes from `offset` on. */
  fill(kind: string, into: Uint8Array, offset: number, size: number): void {
    this.#stream(kind).fill(into.subarray(offset, offset + size));
  }

  #stream(kind: string): Random {
    let random = this.#streams.get(kind);
    if (random === undefined) {
      random = new Random(this.#seed, `${this.#name} ${kind}`);
      this.#streams.set(kind, random);
    }
    return random;
  }
}

/** Turns over `count` different bits of `size` bytes from `offset` on. */
export function flipBits(
  chance: Chance,
  bytes: Uint8Array,
  { offset, size, count }: { offset: number; size: number; count: number },
): void {
  const flipped = new Set<number>();
  while (flipped.size < Math.min(count, size * 8)) flipped.add(chance.below("bit", size * 8));
  for (const bit of flipped) {
    const at = offset + (bit >> 3);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (bit & 7));
  }
}
