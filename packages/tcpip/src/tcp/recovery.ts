// Losses: how they are noticed, what counts as under way meanwhile, and which numbers are sent again.
//
// One set of rules serves all three kinds of repair. `sacked` is the scoreboard, empty where the other end does not
// acknowledge selectively. What lies below `lostEdgeOf` and is not in the scoreboard is lost; what lies below
// `highRetransmitted` was sent again. A timeout declares everything lost and starts again at the first number.
// @see RFC 5681, RFC 6582 (NewReno), RFC 6675 (with SACK)
import type { Segment } from "../wire/segment.ts";
import { after, distance, earlier, isAtMost, isBefore, later } from "../wire/sequence.ts";
import type { ControlBlock } from "./control-block.ts";

/** So many duplicates mean a loss, fewer may be reordering. */
const DUPLICATES_MIN = 3;

/**
 * Takes the selective acknowledgments of a segment. True where they tell something new.
 *
 * Blocks below what is acknowledged (duplicates told by RFC 2883) and such that we never sent are passed over.
 */
export function updateScoreboard(c: ControlBlock, segment: Segment): boolean {
  let isNew = false;
  for (let i = 0; i < segment.sackCount; i++) {
    const start = later(segment.sacks[2 * i] as number, c.una);
    const end = segment.sacks[2 * i + 1] as number;
    if (!isBefore(start, end) || isBefore(c.nxt, end)) continue;
    if (c.sacked.add(start, end)) isNew = true;
  }
  return isNew;
}

/**
 * Behind the last number that is lost: three ranges above it were received, or more than two full segments.
 * @see RFC 6675, section 4, IsLost
 */
export function lostEdgeOf(c: ControlBlock): number {
  const { sacked } = c;
  let edge = later(c.lostEdge, c.una);
  let bytes = 0;
  for (let i = sacked.count - 1; i >= 0; i--) {
    bytes += distance(sacked.start(i), sacked.end(i));
    const isLost =
      sacked.count - i >= DUPLICATES_MIN || bytes > (DUPLICATES_MIN - 1) * c.segmentSize;
    if (isLost) {
      edge = later(edge, sacked.start(i));
      break;
    }
  }
  return edge;
}

/**
 * How many bytes are under way: sent, neither received nor lost, plus what was sent again.
 * @see RFC 6675, section 4, SetPipe
 */
export function pipe(c: ControlBlock): number {
  // Without a scoreboard fast recovery counts by widening its window instead.
  if (c.recovery === "none" && c.sacked.count === 0) return c.flight;
  if (c.recovery === "fast" && !c.hasSack) return c.flight;
  const sentAgain = c.recovery === "none" ? 0 : c.sacked.missing(c.una, c.highRetransmitted);
  return c.sacked.missing(lostEdgeOf(c), c.nxt) + sentAgain;
}

/**
 * Where the next range starts that is to be sent again; `nxt` where there is none.
 * @see RFC 6675, section 4, NextSeg, rule 1
 */
export function nextLost(c: ControlBlock): number {
  if (c.isRetransmissionDue) return c.sacked.firstMissing(c.una);
  if (c.recovery === "none" || (c.recovery === "fast" && !c.hasSack)) return c.nxt;
  const start = c.sacked.firstMissing(later(c.highRetransmitted, c.una));
  return isBefore(start, lostEdgeOf(c)) ? start : c.nxt;
}

/**
 * The same where nothing is known to be lost and nothing new can be sent: a gap in the scoreboard, else once in
 * a recovery the last segment, so that a loss at the very end needs no timeout.
 * @see RFC 6675, section 4, NextSeg, rules 3 and 4
 */
export function nextDoubtful(c: ControlBlock): number {
  if (c.recovery !== "fast" || !c.hasSack || c.sacked.count === 0) return c.nxt;
  const start = c.sacked.firstMissing(later(c.highRetransmitted, c.una));
  const highest = c.sacked.end(c.sacked.count - 1);
  if (isBefore(start, highest)) return start;
  if (c.isRescued || !isBefore(highest, c.recoveryPoint)) return c.nxt;
  return later(highest, after(earlier(c.nxt, c.recoveryPoint), -c.segmentSize));
}

/** A segment that acknowledges nothing new: perhaps a sign of a loss. */
export function duplicateArrived(c: ControlBlock, now: number): void {
  c.duplicates++;
  if (c.recovery === "fast" && !c.hasSack) {
    // Each duplicate is a segment that has left the network.
    c.congestion.window += c.segmentSize;
  } else if (c.recovery === "none") {
    const isLoss = c.duplicates >= DUPLICATES_MIN && !(c.isRecoveryFresh && !c.hasSack);
    if (isLoss) startFastRecovery(c, now);
  }
}

/** The scoreboard may show a loss before the third duplicate, also where duplicates themselves were lost. */
export function checkScoreboard(c: ControlBlock, now: number): void {
  if (c.recovery !== "none" || c.sacked.count === 0) return;
  if (isBefore(c.una, lostEdgeOf(c))) startFastRecovery(c, now);
}

function startFastRecovery(c: ControlBlock, now: number): void {
  c.recovery = "fast";
  c.recoveryPoint = c.nxt;
  c.congestion.lost(c.flight, now);
  if (!c.hasSack) c.congestion.window += DUPLICATES_MIN * c.segmentSize;
  c.highRetransmitted = c.una;
  c.lostEdge = c.una;
  c.isRescued = false;
  c.isRetransmissionDue = true;
}

/** The timer has expired: everything that is under way counts as lost. */
export function startTimeoutRecovery(c: ControlBlock): void {
  c.congestion.timedOut(c.flight, c.retries === 1);
  // The other end may take back what it acknowledged selectively (RFC 2018, section 8). That it does so shows where it
  // claims to have the very number that it waits for; a second timeout makes it likely.
  const { sacked } = c;
  if (sacked.count > 0 && (c.retries > 1 || isAtMost(sacked.start(0), c.una))) sacked.clear();
  c.recovery = "timeout";
  c.recoveryPoint = c.nxt;
  c.lostEdge = c.nxt;
  c.highRetransmitted = c.una;
  c.duplicates = 0;
  c.isRetransmissionDue = true;
}

/** `size` numbers more are acknowledged: `una` has moved already. */
export function progressMade(c: ControlBlock, size: number, now: number): void {
  c.duplicates = 0;
  c.isRecoveryFresh = false;
  c.sacked.removeBefore(c.una);
  c.highRetransmitted = later(c.highRetransmitted, c.una);
  c.lostEdge = later(c.lostEdge, c.una);
  // A retransmission that was due may just have become needless; a partial acknowledgment renews it below.
  c.isRetransmissionDue = false;
  if (c.recovery === "none" || !isBefore(c.una, c.recoveryPoint)) {
    const wasFast = c.recovery === "fast";
    if (c.recovery !== "none") endRecovery(c);
    c.recoveryPoint = c.una;
    if (!wasFast && c.isCongestionLimited) grow(c, size, now);
  } else if (c.recovery === "timeout") {
    grow(c, size, now);
  } else if (!c.hasSack) {
    // A partial acknowledgment: the next segment was lost as well. @see RFC 6582, section 3.2, step 3
    const { congestion, segmentSize } = c;
    congestion.window = Math.max(
      congestion.window - size + (size >= segmentSize ? segmentSize : 0),
      segmentSize,
    );
    c.isRetransmissionDue = true;
  }
}

function grow(c: ControlBlock, size: number, now: number): void {
  c.congestion.acknowledged(size, now, c.roundTrip.smoothed);
}

function endRecovery(c: ControlBlock): void {
  const { congestion, segmentSize } = c;
  if (c.recovery === "fast") {
    // Without SACK the window was widened; what it falls to must not allow a burst. @see RFC 6582, section 3.2
    const burstless = c.hasSack ? Infinity : Math.max(c.flight, segmentSize) + segmentSize;
    congestion.window = Math.min(congestion.threshold, burstless);
  }
  c.isRecoveryFresh = c.una === c.recoveryPoint;
  c.recovery = "none";
  c.lostEdge = c.una;
}
