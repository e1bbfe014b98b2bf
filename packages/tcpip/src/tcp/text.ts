// Text and FIN that a segment brings: in order to the reader, ahead of order to its place in the ring.
// @see RFC 9293, section 3.10.7.4, seventh and eighth
import { after, distance, isBefore } from "../wire/sequence.ts";
import type { ControlBlock } from "./control-block.ts";
import { READABLE } from "./state.ts";

/**
 * Takes text that starts at `sequence`, not before `rcv`, and lies inside the window. What there is no memory for is not taken.
 */
export function takeText(
  c: ControlBlock,
  sequence: number,
  bytes: Uint8Array,
  offset: number,
  size: number,
  now: number,
): void {
  const { maximumSegmentSize } = c.settings;
  c.receiveSegmentSize = Math.max(c.receiveSegmentSize, Math.min(size, maximumSegmentSize));
  const gap = distance(c.rcv, sequence);
  const ring = c.receiveRing;
  const room = ring.reserve(ring.length + gap + size) - ring.length - gap;
  if (room < size) {
    // The window had promised more than there is memory now: the rest will come again.
    c.memory.onRefused();
    if (room <= 0) {
      c.repeatAcknowledgment();
      return;
    }
  }
  const count = Math.min(size, room);
  if (gap > 0) {
    takeAhead(c, sequence, gap, bytes, offset, count);
    return;
  }
  ring.put(ring.length, bytes, offset, count);
  takeNext(c, after(sequence, count));
  acknowledgeLater(c, count, now);
}

/** What was put in order up to `sequence` counts, and what had come behind it before. */
function takeNext(c: ControlBlock, sequence: number): void {
  const hadGap = c.ahead.count > 0;
  const end = c.ahead.firstMissing(sequence);
  c.receiveRing.advance(distance(c.rcv, end));
  c.rcv = end;
  c.ahead.removeBefore(end);
  c.events |= READABLE;
  // RFC 5681, section 4.2: what fills a gap is acknowledged at once, so that the sender's repair goes on.
  if (hadGap) c.isAcknowledgmentDue = true;
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
