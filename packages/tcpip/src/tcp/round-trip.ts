// How long an answer takes, and how long to wait for one.
// @see RFC 6298

const MILLISECOND = 1_000_000;

/** Before anything was measured. @see RFC 6298, section 2.1 */
const FIRST_TIMEOUT = 1000 * MILLISECOND;

/** After a SYN was lost and nothing could be measured. @see RFC 6298, section 5.7 */
const TIMEOUT_AFTER_LOST_SYN = 3000 * MILLISECOND;

/** All in nanoseconds. */
export class RoundTrip {
  /** Whether there was a sample. */
  isMeasured = false;
  smoothed = 0;
  variation = 0;
  readonly #timeoutMin: number;
  readonly #timeoutMax: number;
  #base = FIRST_TIMEOUT;
  /** How often the timer has expired since the last sample. */
  #expiries = 0;

  constructor(timeoutMin: number, timeoutMax: number) {
    this.#timeoutMin = timeoutMin;
    this.#timeoutMax = timeoutMax;
  }

  /** The retransmission timeout, back-off included. */
  get timeout(): number {
    return Math.min(this.#base * 2 ** this.#expiries, this.#timeoutMax);
  }

  /**
   * Takes the time that one segment needed, never one that was sent twice and carried no timestamp (Karn's rule).
   * Ends the back-off: until this, a doubled timeout stays for new data too.
   *
   * Unlike RFC 6298 the least wait is not put under the whole timeout but under its margin, as Linux does: then a
   * path of 250 ms is not timed out by an acknowledgment that was delayed for 200 ms.
   */
  sample(duration: number): void {
    if (!this.isMeasured) {
      this.isMeasured = true;
      this.smoothed = duration;
      this.variation = duration / 2;
    } else {
      const difference = Math.abs(this.smoothed - duration);
      this.variation += (difference - this.variation) / 4;
      this.smoothed += (duration - this.smoothed) / 8;
    }
    this.#base = this.smoothed + Math.max(this.#timeoutMin, 4 * this.variation);
    this.#expiries = 0;
  }

  /**
   * The path works, though there is nothing to measure: ends the back-off, and keeps the estimate.
   * @see RFC 4015, section 3.2: an echo older than what was sent again shows that the timeout was needless
   */
  resume(): void {
    this.#expiries = 0;
  }

  /** The timer has expired: the next wait is twice as long. */
  backOff(): void {
    // Beyond 2^31 seconds nothing is left to double.
    this.#expiries = Math.min(this.#expiries + 1, 31);
  }

  /** The handshake is over, and its SYN was sent more than once. */
  forgetLostSyn(): void {
    if (this.isMeasured) return;
    this.#base = TIMEOUT_AFTER_LOST_SYN;
    this.#expiries = 0;
  }
}
