// Chance for stories: all of it from the world's seed.
import type { World } from "@miou-solo5/sim";
import { getUint32BE } from "miou-solo5";

export class Dice {
  readonly #entropy: (into: Uint8Array) => void;
  readonly #bytes = new Uint8Array(4);

  constructor(world: World, name = "fate") {
    this.#entropy = world.machine(name).solo5.entropy;
  }

  /** A whole number from 0 to `bound - 1`. */
  below(bound: number): number {
    this.#entropy(this.#bytes);
    return Math.floor((getUint32BE(this.#bytes, 0) / 2 ** 32) * bound);
  }

  /** True with `probability`. */
  chance(probability: number): boolean {
    return this.below(1_000_000) < probability * 1_000_000;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}
