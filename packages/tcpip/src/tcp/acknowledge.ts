// The acknowledgment and the window that a segment brings.
// @see RFC 9293, section 3.10.7.4, fifth
import { FIN, type Segment, SYN } from "../wire/segment.ts";
import { after, distance, earlier, isAtMost, isBefore, later } from "../wire/sequence.ts";
import type { ControlBlock } from "./control-block.ts";
import { checkScoreboard, duplicateArrived, progressMade, updateScoreboard } from "./recovery.ts";
import { WRITABLE } from "./state.ts";

const MILLISECOND = 1_000_000;

/** An echo that claims more than this is a fault of the other end's. */
const ROUND_TRIP_MAX = 600_000;

/**
 * Whether the acknowledgment can be of what we sent: not of what never left, and not older than a window.
 * @see RFC 5961, section 5
 */
export function isAcknowledgmentPlausible(c: ControlBlock, acknowledgment: number): boolean {
  return (
    isAtMost(acknowledgment, c.sentMax) &&
    distance(acknowledgment, c.una) <= Math.max(c.sendWindowMax, 1)
  );
}

/** Takes a plausible acknowledgment of a synchronised connection. */
export function acknowledge(c: ControlBlock, segment: Segment, now: number): void {
  const { acknowledgment } = segment;
  // The window of a SYN, in the answer to a simultaneous open, is not scaled.
  const window = segment.has(SYN) ? segment.window : segment.window << c.sendScale;
  const isNewsOfSack = c.hasSack && segment.sackCount > 0 && updateScoreboard(c, segment);
  if (isBefore(c.una, acknowledgment)) {
    advance(c, segment, now);
  } else if (acknowledgment === c.una && isBefore(c.una, c.nxt)) {
    const isDuplicate = c.hasSack
      ? isNewsOfSack
      : segment.textSize === 0 && !segment.has(FIN) && window === c.sendWindow;
    if (isDuplicate) duplicateArrived(c, now);
  }
  if (isNewsOfSack) checkScoreboard(c, now);
  updateWindow(c, segment, window, now);
}

/** @see RFC 9293, section 3.10.7.4: a segment that is older than the last one that told a window tells nothing */
function updateWindow(c: ControlBlock, segment: Segment, window: number, now: number): void {
  const { sequence, acknowledgment } = segment;
  const isNews =
    isBefore(c.wl1, sequence) || (c.wl1 === sequence && isAtMost(c.wl2, acknowledgment));
  // What only acknowledges the present must not turn back what a reordered, newer segment has told.
  if (!isNews || isBefore(acknowledgment, c.una)) return;
  if (window > c.sendWindow && c.probeAt !== Infinity) {
    c.probeAt = Infinity;
    c.probes = 0;
    c.giveUpAt = c.una === c.nxt ? Infinity : now + c.settings.userTimeout;
  }
  c.sendWindow = window;
  c.sendWindowMax = Math.max(c.sendWindowMax, window);
  c.wl1 = sequence;
  c.wl2 = acknowledgment;
  // However long the window stays shut: who answers is there. @see RFC 9293, section 3.8.6.1
  if (window === 0) {
    c.retries = 0;
    if (c.giveUpAt !== Infinity) c.giveUpAt = now + c.settings.userTimeout;
  }
}

function advance(c: ControlBlock, segment: Segment, now: number): void {
  const { acknowledgment } = segment;
  const size = distance(c.una, acknowledgment);
  measure(c, segment, now);
  c.isFirstResent = false;
  const text = distance(c.textStart, earlier(acknowledgment, c.textEnd));
  if (text > 0) {
    c.sendRing.drop(text);
    c.textStart = after(c.textStart, text);
    c.events |= WRITABLE;
  }
  c.una = acknowledgment;
  c.nxt = later(c.nxt, acknowledgment);
  c.retries = 0;
  progressMade(c, size, now);
  const isAllAcknowledged = c.una === c.nxt;
  // RFC 6298, sections 5.2 and 5.3: only progress touches the timer, never a duplicate.
  c.retransmitAt = isAllAcknowledged ? Infinity : now + c.roundTrip.timeout;
  c.giveUpAt = isAllAcknowledged ? Infinity : now + c.settings.userTimeout;
}

/** One segment a round trip is timed to the nanosecond; else the timestamps serve, which tell resent text apart. */
function measure(c: ControlBlock, segment: Segment, now: number): void {
  if (c.timedAt >= 0) {
    if (isBefore(segment.acknowledgment, c.timedEnd)) return;
    c.roundTrip.sample(now - c.timedAt);
    c.timedAt = -1;
  } else if (c.hasTimestamps && segment.hasTimestamps && segment.timestampEcho !== 0) {
    if (c.isFirstResent && isBefore(segment.timestampEcho, c.resentTimestamp)) {
      // The answer to an earlier copy: its acknowledgment was lost or late, and the time since then is no round trip.
      c.roundTrip.resume();
      return;
    }
    const elapsed = distance(segment.timestampEcho, c.timestamp(now));
    if (elapsed < 0 || elapsed > ROUND_TRIP_MAX) return;
    // The clock's own step is the least that it can tell.
    c.roundTrip.sample(Math.max(elapsed, 1) * MILLISECOND);
  }
}
