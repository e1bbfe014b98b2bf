// What a connection sends next, one segment a call.
// @see RFC 9293, sections 3.7, 3.8 and 3.10
import { ACK, FIN, PSH, RST, SYN, TCP_HEADER_SIZE } from "../wire/segment.ts";
import { after, distance, earlier, isBefore, later } from "../wire/sequence.ts";
import { writeTcpHeader } from "../wire/tcp-header.ts";
import {
  OPTIONS_SIZE_MAX,
  sackOptionSize,
  writeMss,
  writeSackPermitted,
  writeSacks,
  writeTimestamps,
  writeWindowScale,
} from "../wire/tcp-options.ts";
import type { ControlBlock } from "./control-block.ts";
import { nextDoubtful, nextLost, pipe } from "./recovery.ts";
import { probeInterval } from "./timers.ts";

/** Duplicates that each let one new segment go before they count as a loss. @see RFC 3042 */
const LIMITED_TRANSMIT_MAX = 2;

const TRIM_DELAY = 1_000_000_000;

/** Scratch of one call. */
const sacks = new Int32Array(8);

/**
 * Writes the segment that is due to `into`, its checksum left zero, and gives its bytes; 0 where none is due. To be called
 * until it gives 0 after anything has happened to the connection.
 *
 * Shape: `room` bytes from `offset` on, at least 60; the link's MTU less the IP header.
 */
export function emit(
  c: ControlBlock,
  into: Uint8Array,
  offset: number,
  room: number,
  now: number,
): number {
  if (c.isResetDue) return emitReset(c, into, offset);
  if (c.isStrayResetDue) return emitStrayReset(c, into, offset);
  if (c.state === "CLOSED") return 0;
  if (c.isSynDue) return emitSyn(c, into, offset, now);
  if (c.state === "SYN-SENT") return 0;
  if (c.repeatsDue > 0) {
    c.repeatsDue--;
    return emitBare(c, into, offset, c.nxt, now);
  }
  if (c.isSending) {
    const size = emitText(c, into, offset, room, now);
    if (size > 0) return size;
  }
  if (c.isKeepAliveDue) {
    c.isKeepAliveDue = false;
    // A number that the other end has acknowledged: it can't but answer. @see RFC 9293, section 3.8.4
    return emitBare(c, into, offset, after(c.nxt, -1), now);
  }
  if (c.isAcknowledgmentDue) return emitBare(c, into, offset, c.nxt, now);
  const isTrimmable = c.sendRing.isTrimmable || c.receiveRing.isTrimmable;
  if (isTrimmable && c.trimAt === Infinity) c.trimAt = now + TRIM_DELAY;
  return 0;
}

function emitText(
  c: ControlBlock,
  into: Uint8Array,
  offset: number,
  room: number,
  now: number,
): number {
  const optionSize = c.optionSize + sackOptionSize(sackCountOf(c));
  // RFC 9293, section 3.7.1: options make the text shorter, not the segment longer.
  const textMax = Math.min(
    c.segmentSize + c.optionSize - optionSize,
    room - TCP_HEADER_SIZE - optionSize,
  );
  const lost = nextLost(c);
  const under = pipe(c);
  const allowed = c.congestion.window;
  if (lost !== c.nxt && (c.isRetransmissionDue || under === 0 || under + textMax <= allowed)) {
    return emitAgain(c, into, offset, lost, textMax, now);
  }
  c.isRetransmissionDue = false;

  const unsent = Math.max(0, distance(c.nxt, c.textEnd));
  const usable = distance(c.nxt, after(c.una, c.sendWindow));
  const isIdle = c.una === c.nxt;
  if (isIdle && unsent > 0 && now - c.sentAt > c.roundTrip.timeout) c.congestion.idled();
  let size = Math.max(0, Math.min(unsent, textMax, usable));
  const isBlocked = size > 0 && under > 0 && under + size > allowed + limitedTransmit(c);
  c.isCongestionLimited = isBlocked;
  if (isBlocked) return 0;
  if (size > 0 && !c.isProbeDue && !isWorthIt(c, size, textMax, unsent, usable)) size = 0;
  const hasFin = c.isFinQueued && !c.isFinSent && size === unsent;
  if (size > 0 || hasFin) return emitNew(c, into, offset, size, hasFin, now);

  const doubtful = nextDoubtful(c);
  if (doubtful !== c.nxt && under + textMax <= allowed) {
    return emitAgain(c, into, offset, doubtful, textMax, now);
  }
  if (!isIdle || unsent === 0) {
    c.isProbeDue = false;
    return 0;
  }
  // Only the window stands in the way, and what opens it may get lost: ask now and then.
  if (c.isProbeDue) return emitProbe(c, into, offset, now);
  if (c.probeAt === Infinity) c.probeAt = now + probeInterval(c);
  return 0;
}

function limitedTransmit(c: ControlBlock): number {
  if (c.recovery !== "none" || c.hasSack) return 0;
  return Math.min(c.duplicates, LIMITED_TRANSMIT_MAX) * c.segmentSize;
}

/**
 * Whether a segment of `size` is worth sending: full, or the last there is with nothing else under way (Nagle's rule,
 * unless it is off or the end is near), or half of the largest window seen.
 * @see RFC 9293, sections 3.7.4 and 3.8.6.2.1
 */
function isWorthIt(
  c: ControlBlock,
  size: number,
  textMax: number,
  unsent: number,
  usable: number,
): boolean {
  if (size >= textMax) return true;
  const mayBeSmall = c.una === c.nxt || c.settings.noDelay || c.isFinQueued;
  return mayBeSmall && (unsent <= usable || size >= c.sendWindowMax / 2);
}

function emitNew(
  c: ControlBlock,
  into: Uint8Array,
  offset: number,
  size: number,
  hasFin: boolean,
  now: number,
): number {
  const start = c.nxt;
  c.nxt = after(start, size + (hasFin ? 1 : 0));
  c.sentMax = later(c.sentMax, c.nxt);
  if (c.timedAt < 0 && c.recovery === "none") {
    c.timedAt = now;
    c.timedEnd = c.nxt;
  }
  c.probeAt = Infinity;
  c.isProbeDue = false;
  c.sentAt = now;
  startTimers(c, now);
  return emitSegment(c, into, offset, start, size, hasFin ? FIN : 0, now);
}

/** Sends again from `start` on: up to what is known to have arrived, and text that was not sent yet where it fits in. */
function emitAgain(
  c: ControlBlock,
  into: Uint8Array,
  offset: number,
  start: number,
  textMax: number,
  now: number,
): number {
  const sentEnd = c.sacked.nextStart(start, c.nxt);
  let end = earlier(after(start, textMax), earlier(sentEnd, c.textEnd));
  let hasFin = sentEnd === c.nxt && c.isFinSent && end === c.textEnd;
  if (end === c.nxt && !hasFin) {
    const limit = earlier(c.textEnd, after(c.una, c.sendWindow));
    const extended = earlier(after(start, textMax), limit);
    if (isBefore(end, extended)) {
      end = extended;
      c.nxt = extended;
      c.sentMax = later(c.sentMax, extended);
    }
    hasFin = c.isFinQueued && !c.isFinSent && end === c.textEnd;
    if (hasFin) {
      c.nxt = after(end, 1);
      c.sentMax = later(c.sentMax, c.nxt);
    }
  }
  const size = distance(start, end);
  const isRescue =
    c.recovery === "fast" &&
    c.sacked.count > 0 &&
    !isBefore(start, c.sacked.end(c.sacked.count - 1));
  if (isRescue && !c.isRetransmissionDue) c.isRescued = true;
  else
    c.highRetransmitted = later(c.highRetransmitted, earlier(after(end, hasFin ? 1 : 0), sentEnd));
  c.isRetransmissionDue = false;
  // Karn's rule: an acknowledgment would not tell which of the two it is for.
  if (isBefore(start, c.timedEnd)) c.timedAt = -1;
  // The one that everything waits for gets a whole timeout, not what is left of its first.
  if (start === c.una) {
    c.retransmitAt = now + c.roundTrip.timeout;
    c.isFirstResent = true;
    c.resentTimestamp = c.timestamp(now);
  }
  c.sentAt = now;
  startTimers(c, now);
  return emitSegment(c, into, offset, start, size, hasFin ? FIN : 0, now);
}

/** One byte beyond the window. It does not count as sent: what it brings back is a window, and perhaps room for it. */
function emitProbe(c: ControlBlock, into: Uint8Array, offset: number, now: number): number {
  c.isProbeDue = false;
  c.sentMax = later(c.sentMax, after(c.nxt, 1));
  return emitSegment(c, into, offset, c.nxt, 1, 0, now);
}

function startTimers(c: ControlBlock, now: number): void {
  if (c.retransmitAt === Infinity) c.retransmitAt = now + c.roundTrip.timeout;
  if (c.giveUpAt === Infinity) c.giveUpAt = now + c.settings.userTimeout;
}

function emitSegment(
  c: ControlBlock,
  into: Uint8Array,
  offset: number,
  sequence: number,
  size: number,
  flags: number,
  now: number,
): number {
  const textOffset = writeOptions(c, into, offset + TCP_HEADER_SIZE, now);
  const position = distance(c.textStart, sequence);
  if (size > 0) c.sendRing.copy(position, into, textOffset, size);
  // Pushed where nothing more of what was written follows.
  const push = size > 0 && position + size === c.sendRing.length ? PSH : 0;
  writeHeader(c, into, offset, sequence, textOffset - offset, ACK | flags | push);
  return textOffset - offset + size;
}

function emitBare(
  c: ControlBlock,
  into: Uint8Array,
  offset: number,
  sequence: number,
  now: number,
): number {
  const end = writeOptions(c, into, offset + TCP_HEADER_SIZE, now);
  writeHeader(c, into, offset, sequence, end - offset, ACK);
  return end - offset;
}

function emitSyn(c: ControlBlock, into: Uint8Array, offset: number, now: number): number {
  const { settings } = c;
  const isAnswer = c.state === "SYN-RECEIVED";
  c.isSynDue = false;
  let at = writeMss(into, offset + TCP_HEADER_SIZE, settings.maximumSegmentSize);
  if (isAnswer ? c.hasSack : settings.useSack) at = writeSackPermitted(into, at);
  if (isAnswer ? c.hasTimestamps : settings.useTimestamps) {
    at = writeTimestamps(into, at, c.timestamp(now), isAnswer ? c.timestampRecent : 0);
  }
  if (isAnswer ? c.isScaling : settings.useWindowScale) {
    at = writeWindowScale(into, at, c.receiveScale);
  }
  // Only the first is timed: of a second nobody knows which was answered.
  c.timedAt = c.sentMax === c.iss ? now : -1;
  c.nxt = after(c.iss, 1);
  c.sentMax = c.nxt;
  c.timedEnd = c.nxt;
  c.sentAt = now;
  startTimers(c, now);
  const { localPort, remotePort } = c.ends;
  const window = Math.min(c.receiveRing.free, 65_535);
  const flags = isAnswer ? SYN | ACK : SYN;
  const acknowledgment = isAnswer ? c.rcv : 0;
  if (isAnswer) noteAcknowledged(c);
  const size = at - offset;
  writeTcpHeader(into, offset, localPort, remotePort, c.iss, acknowledgment, size, flags, window);
  return size;
}

function emitReset(c: ControlBlock, into: Uint8Array, offset: number): number {
  c.isResetDue = false;
  const { localPort, remotePort } = c.ends;
  const flags = RST | ACK;
  writeTcpHeader(into, offset, localPort, remotePort, c.nxt, c.rcv, TCP_HEADER_SIZE, flags, 0);
  return TCP_HEADER_SIZE;
}

function emitStrayReset(c: ControlBlock, into: Uint8Array, offset: number): number {
  c.isStrayResetDue = false;
  const { localPort, remotePort } = c.ends;
  const sequence = c.strayResetSequence;
  writeTcpHeader(into, offset, localPort, remotePort, sequence, 0, TCP_HEADER_SIZE, RST, 0);
  return TCP_HEADER_SIZE;
}

function sackCountOf(c: ControlBlock): number {
  if (!c.hasSack || c.ahead.count === 0) return 0;
  const room = OPTIONS_SIZE_MAX - c.optionSize;
  return Math.min(c.ahead.count, Math.floor((room - 4) / 8));
}

function writeOptions(c: ControlBlock, into: Uint8Array, offset: number, now: number): number {
  let at = offset;
  if (c.hasTimestamps) at = writeTimestamps(into, at, c.timestamp(now), c.timestampRecent);
  const count = sackCountOf(c);
  if (count === 0) return at;
  c.ahead.latest(sacks, count);
  return writeSacks(into, at, sacks, count);
}

function writeHeader(
  c: ControlBlock,
  into: Uint8Array,
  offset: number,
  sequence: number,
  headerSize: number,
  flags: number,
): void {
  const shift = c.isScaling ? c.receiveScale : 0;
  const window = c.window() >> shift;
  c.receiveEdge = later(c.receiveEdge, after(c.rcv, window << shift));
  noteAcknowledged(c);
  const { localPort, remotePort } = c.ends;
  writeTcpHeader(into, offset, localPort, remotePort, sequence, c.rcv, headerSize, flags, window);
}

function noteAcknowledged(c: ControlBlock): void {
  c.lastAcknowledged = c.rcv;
  c.unacknowledged = 0;
  c.isAcknowledgmentDue = false;
  c.acknowledgeAt = Infinity;
}
