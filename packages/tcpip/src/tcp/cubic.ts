// CUBIC: after a loss back to 0.7 of the window, then fast up to where the loss was, slowly past it, and fast
// again, as a function of the time since the loss rather than of the round trips.
// @see RFC 9438
import { type CongestionControl, initialWindow, slowStartGrowth } from "./congestion.ts";

/** Segments a second cubed. */
const C = 0.4;
const BETA = 0.7;
/** Segments a round trip that make it as fast as NewReno, given BETA. @see RFC 9438, section 4.3 */
const RENO_GROWTH = (3 * (1 - BETA)) / (1 + BETA);
const SECOND = 1_000_000_000;

export class Cubic implements CongestionControl {
  readonly name = "cubic";
  window = 0;
  threshold = Infinity;
  #segmentSize = 0;
  /** The window, in segments, at the last loss. */
  #windowMax = 0;
  /** Seconds from the epoch's start to where the window is `windowMax` again. */
  #timeToMax = 0;
  /** When this epoch of congestion avoidance began; -1 where none has. */
  #epoch = -1;
  /** Segments that NewReno would have by now. */
  #renoWindow = 0;
  #isAfterTimeout = false;

  start(segmentSize: number): void {
    this.#segmentSize = segmentSize;
    this.window = initialWindow(segmentSize);
  }

  acknowledged(size: number, now: number, roundTrip: number): void {
    if (this.window < this.threshold) {
      this.window += slowStartGrowth(size, this.#segmentSize, this.#isAfterTimeout);
      return;
    }
    this.#isAfterTimeout = false;
    const window = this.window / this.#segmentSize;
    if (this.#epoch < 0) this.#begin(now, window);
    const time = (now - this.#epoch) / SECOND;
    const segments = size / this.#segmentSize;
    // Past the last maximum NewReno itself would be as fast as the standard says, one segment a round trip.
    const growth = this.#renoWindow < this.#windowMax ? RENO_GROWTH : 1;
    this.#renoWindow += (growth * segments) / window;
    if (this.#at(time) < this.#renoWindow) {
      this.window = Math.max(this.window, this.#renoWindow * this.#segmentSize);
      return;
    }
    const target = Math.min(Math.max(this.#at(time + roundTrip / SECOND), window), 1.5 * window);
    this.window += ((target - window) / window) * size;
  }

  lost(flight: number): void {
    this.#reduce(flight);
    this.window = this.threshold;
    this.#isAfterTimeout = false;
  }

  timedOut(flight: number, isFirst: boolean): void {
    if (isFirst) this.#reduce(flight);
    this.window = this.#segmentSize;
    this.#isAfterTimeout = true;
  }

  idled(): void {
    this.window = Math.min(this.window, initialWindow(this.#segmentSize));
    this.#epoch = -1;
  }

  #begin(now: number, window: number): void {
    this.#epoch = now;
    this.#renoWindow = window;
    if (this.#windowMax <= window) {
      this.#windowMax = window;
      this.#timeToMax = 0;
    } else {
      this.#timeToMax = Math.cbrt((this.#windowMax - window) / C);
    }
  }

  /** Segments that the cubic function gives at `time` seconds of the epoch. */
  #at(time: number): number {
    return C * (time - this.#timeToMax) ** 3 + this.#windowMax;
  }

  #reduce(flight: number): void {
    const window = this.window / this.#segmentSize;
    // Fast convergence: a maximum that falls short of the last one makes room for whoever is new.
    this.#windowMax = window < this.#windowMax ? (window * (1 + BETA)) / 2 : window;
    this.#epoch = -1;
    this.threshold = Math.max(flight * BETA, 2 * this.#segmentSize);
  }
}
