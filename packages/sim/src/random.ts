// The seeded generator behind everything that a simulated world leaves to chance.

/** xoshiro128** (Blackman, Vigna): the same numbers on every engine. */
export class Random {
  readonly #state = new Uint32Array(4);

  /**
   * `seed` is any safe integer. Each `name` has numbers of its own, so that what one machine draws does not
   * depend on which others there are.
   */
  constructor(seed: number, name: string) {
    let mixed = hash(name, seed);
    // SplitMix32 spreads the seed, so that neighbouring seeds have nothing in common.
    for (let i = 0; i < 4; i++) {
      mixed = (mixed + 0x9e3779b9) >>> 0;
      let bits = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
      bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
      this.#state[i] = bits ^ (bits >>> 15);
    }
  }

  /** 32 random bits, as a number from 0 to 2^32 - 1. */
  bits(): number {
    const state = this.#state;
    const [a = 0, b = 0, c = 0, d = 0] = state;
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    state[2] = c ^ a;
    state[3] = d ^ b;
    state[1] = b ^ (c ^ a);
    state[0] = a ^ (d ^ b);
    state[2] = c ^ a ^ (b << 9);
    state[3] = rotateLeft(d ^ b, 11);
    return result;
  }

  fill(into: Uint8Array): void {
    for (let i = 0; i < into.length; i++) into[i] = this.bits() >>> 24;
  }
}

/** FNV-1a over both halves of the seed and the name's code units. */
function hash(name: string, seed: number): number {
  let sum = 0x811c9dc5;
  const add = (value: number): void => {
    sum = Math.imul(sum ^ (value & 0xffff), 0x01000193);
    sum = Math.imul(sum ^ (value >>> 16), 0x01000193);
  };
  add(seed >>> 0);
  add(Math.floor(seed / 2 ** 32) >>> 0);
  for (let i = 0; i < name.length; i++) add(name.charCodeAt(i));
  return sum >>> 0;
}

function rotateLeft(value: number, count: number): number {
  return (value << count) | (value >>> (32 - count));
}
