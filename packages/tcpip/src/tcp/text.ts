// Text and FIN that a segment brings: in order to the reader, ahead of order to its place in the ring.
// @see RFC 9293, section 3.10.7.4, seventh and eighth
import { after, distance, isBefore } from "../wire/sequence.ts";
import type { ControlBlock } from "./control-block.ts";
import { READABLE } from "./state.ts";

/**
 * Takes text that starts at `sequence`, not before `rcv`, and lies inside the window.
 *
 * True where something came in order: text, or a FIN that had come before its time.
 */
export function takeText(
  c: ControlBlock,
  sequence: number,
  bytes: Uint8Array,
  offset: number,
  size: number,
  now: number,
): boolean {
  const { maximumSegmentSize } = c.settings;
  c.receiveSegmentSize = Math.max(c.receiveSegmentSize, Math.min(size, maximumSegmentSize));
  const gap = distance(c.rcv, sequence);
  if (gap > 0) {
    takeAhead(c, sequence, gap, bytes, offset, size);
    return false;
  }
  const ring = c.receiveRing;
  ring.put(ring.length, bytes, offset, size);
  const hadGap = c.ahead.count > 0;
  const end = c.ahead.firstMissing(after(sequence, size));
  const count = distance(c.rcv, end);
  ring.advance(count);
  c.rcv = end;
  c.ahead.removeBefore(end);
  c.events |= READABLE;
  acknowledgeLater(c, size, now);
  // RFC 5681, section 4.2: what fills a gap is acknowledged at once, so that the sender's repair goes on.
  if (hadGap) c.isAcknowledgmentDue = true;
  return true;
}

function takeAhead(
  c: ControlBlock,
  sequence: number,
  gap: number,
  bytes: Uint8Array,
  offset: number,
  size: number,
): void {
  // Each such segment is answered by a duplicate of its own: the sender counts them.
  c.repeatAcknowledgment();
  if (c.finAhead !== null && isBefore(c.finAhead, after(sequence, size))) return;
  // Nothing new, or more ranges than are kept: not acknowledged, so it will come again.
  if (!c.ahead.add(sequence, after(sequence, size))) return;
  c.receiveRing.put(c.receiveRing.length + gap, bytes, offset, size);
}

/**
 * An acknowledgment for every second full segment, or after a while for less.
 * @see RFC 9293, section 3.8.6.3
 */
function acknowledgeLater(c: ControlBlock, size: number, now: number): void {
  const { acknowledgmentDelay } = c.settings;
  c.unacknowledged += size;
  if (acknowledgmentDelay === 0 || c.unacknowledged >= 2 * c.receiveSegmentSize) {
    c.isAcknowledgmentDue = true;
  } else if (c.acknowledgeAt === Infinity) {
    c.acknowledgeAt = now + acknowledgmentDelay;
  }
}

/** Takes a FIN whose number is `sequence`. True where it is in order; else it is kept for when it is. */
export function takeFin(c: ControlBlock, sequence: number): boolean {
  if (sequence !== c.rcv) {
    c.finAhead ??= sequence;
    return false;
  }
  c.rcv = after(c.rcv, 1);
  c.finAhead = null;
  c.isPeerFinished = true;
  c.isAcknowledgmentDue = true;
  c.events |= READABLE;
  return true;
}
