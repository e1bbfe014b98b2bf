// The standard congestion control: one segment more a round trip, half after a loss.
// @see RFC 5681, RFC 6582
import { type CongestionControl, initialWindow, slowStartGrowth } from "./congestion.ts";

export class NewReno implements CongestionControl {
  readonly name = "newreno";
  window = 0;
  threshold = Infinity;
  #segmentSize = 0;
  /** Bytes acknowledged towards the next segment more. */
  #credit = 0;
  #isAfterTimeout = false;

  start(segmentSize: number): void {
    this.#segmentSize = segmentSize;
    this.window = initialWindow(segmentSize);
  }

  acknowledged(size: number): void {
    if (this.window < this.threshold) {
      this.window += slowStartGrowth(size, this.#segmentSize, this.#isAfterTimeout);
      return;
    }
    this.#isAfterTimeout = false;
    this.#credit += size;
    if (this.#credit < this.window) return;
    this.#credit -= this.window;
    this.window += this.#segmentSize;
  }

  lost(flight: number): void {
    this.threshold = Math.max(flight / 2, 2 * this.#segmentSize);
    this.window = this.threshold;
    this.#credit = 0;
    this.#isAfterTimeout = false;
  }

  timedOut(flight: number, isFirst: boolean): void {
    if (isFirst) this.threshold = Math.max(flight / 2, 2 * this.#segmentSize);
    this.window = this.#segmentSize;
    this.#credit = 0;
    this.#isAfterTimeout = true;
  }

  idled(): void {
    this.window = Math.min(this.window, initialWindow(this.#segmentSize));
  }
}
