// How often something may be done: so many a second in the long run, a few more at once.

const SECOND = 1_000_000_000;

export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt = -Infinity;

  /** Starts full, with `burst` tokens. */
  constructor(options: { readonly perSecond: number; readonly burst: number }) {
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#tokens = options.burst;
  }

  /** Takes a token; false where none is left. Shape: `now` in nanoseconds, never less than the time before. */
  take(now: number): boolean {
    const filled = this.#tokens + ((now - this.#filledAt) * this.#perSecond) / SECOND;
    this.#tokens = Math.min(this.#burst, filled);
    this.#filledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
