// The numbers by which fragments find together again.

const COUNT = 256;

/**
 * Counters chosen by a secret hash of the target, each from a random start: a number comes back to one target only
 * after 65,536 packets, and tells others neither how much we send nor what comes next for somebody else.
 *
 * @see RFC 6864, section 4.3; RFC 6274, section 3.5
 */
export class Identifications {
  readonly #counters = new Uint16Array(COUNT);
  readonly #secret: number;

  /** `entropy` fills its argument with unpredictable bytes. */
  constructor(entropy: (into: Uint8Array) => void) {
    entropy(new Uint8Array(this.#counters.buffer));
    const secret = new Int32Array(1);
    entropy(new Uint8Array(secret.buffer));
    this.#secret = secret[0] as number;
  }

  next(target: number): number {
    const mixed = Math.imul(target ^ this.#secret, 0x9e3779b1);
    const index = mixed >>> 24;
    const identification = this.#counters[index] as number;
    this.#counters[index] = identification + 1;
    return identification;
  }
}
