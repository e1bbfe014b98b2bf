// What every congestion control has: how much may be under way, and what changes that.
// @see RFC 5681

/** The control's own state and decisions; when something was lost is found elsewhere (`recovery.ts`). */
export interface CongestionControl {
  readonly name: string;
  /** The congestion window: how many bytes may be under way. */
  window: number;
  /** Below it the window grows exponentially. Infinity before the first loss. */
  threshold: number;
  /** The connection is established: full segments carry `segmentSize` bytes of text. */
  start(segmentSize: number): void;
  /** New data was acknowledged, while the window was what held the sender back, outside fast recovery. */
  acknowledged(size: number, now: number, roundTrip: number): void;
  /** Duplicates show a loss: lowers threshold and window. */
  lost(flight: number, now: number): void;
  /** The timer shows one. `isFirst` is false where the same data is lost again. */
  timedOut(flight: number, isFirst: boolean): void;
  /** Nothing was sent for longer than a timeout: what the window had learnt is stale. */
  idled(): void;
}

/** @see RFC 6928, section 2 */
export function initialWindow(segmentSize: number): number {
  return Math.min(10 * segmentSize, Math.max(2 * segmentSize, 14_600));
}

/** Segments that one acknowledgment may add in slow start. @see RFC 9406, section 4.2, for those that don't pace */
const SLOW_START_SEGMENTS_MAX = 8;

/**
 * How much the window grows in slow start: by what was acknowledged, but not by more than eight segments at a time, so
 * that an acknowledgment of very much causes no burst; by one segment after a timeout. Eight, not the two of RFC 3465: many
 * receivers, ours too, acknowledge segments together that came together.
 * @see RFC 3465, section 2; RFC 9406, section 4.2
 */
export function slowStartGrowth(
  size: number,
  segmentSize: number,
  isAfterTimeout: boolean,
): number {
  return Math.min(size, segmentSize * (isAfterTimeout ? 1 : SLOW_START_SEGMENTS_MAX));
}
