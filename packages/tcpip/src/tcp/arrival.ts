// A segment arrives.
// @see RFC 9293, section 3.10.7; RFC 5961; RFC 7323, section 5.3
import { ACK, FIN, RST, type Segment, SYN } from "../wire/segment.ts";
import { after, distance, isAtMost, isBefore, later } from "../wire/sequence.ts";
import { acknowledge, isAcknowledgmentPlausible } from "./acknowledge.ts";
import type { ControlBlock } from "./control-block.ts";
import { CONNECTED, FINISHED, type State } from "./state.ts";
import { takeFin, takeText } from "./text.ts";

/** A timestamp this old says nothing any more: the other end's clock has gone half round. */
const TIMESTAMP_AGE_MAX = 24 * 24 * 3600 * 1_000_000_000;

/** Gives a segment to the connection that its ports and hosts belong to. */
export function segmentArrived(c: ControlBlock, segment: Segment, now: number): void {
  if (c.state === "CLOSED") return;
  if (c.state === "SYN-SENT") arrivedInSynSent(c, segment, now);
  else arrivedSynchronized(c, segment, now);
}

/** What a SYN settles, whoever opens: numbers, window and options. */
export function adoptSyn(c: ControlBlock, segment: Segment, now: number): void {
  const { settings } = c;
  c.irs = segment.sequence;
  c.rcv = after(segment.sequence, 1);
  c.receiveEdge = after(c.rcv, Math.min(c.receiveRing.free, 65_535));
  c.isScaling = settings.useWindowScale && segment.windowScale >= 0;
  c.sendScale = c.isScaling ? segment.windowScale : 0;
  c.hasSack = settings.useSack && segment.isSackPermitted;
  c.hasTimestamps = settings.useTimestamps && segment.hasTimestamps;
  if (c.hasTimestamps) {
    c.timestampRecent = segment.timestampValue;
    c.timestampRecentAt = now;
  }
  // The window of a SYN is never scaled.
  c.sendWindow = segment.window;
  c.sendWindowMax = segment.window;
  c.wl1 = segment.sequence;
  c.wl2 = segment.acknowledgment;
  c.adoptSegmentSize(segment.maximumSegmentSize);
}

function arrivedInSynSent(c: ControlBlock, segment: Segment, now: number): void {
  const isAcknowledging = segment.has(ACK);
  if (isAcknowledging && segment.acknowledgment !== c.sentMax) {
    if (!segment.has(RST)) resetStray(c, segment.acknowledgment);
    return;
  }
  if (segment.has(RST)) {
    if (isAcknowledging) c.end("refused");
    return;
  }
  if (!segment.has(SYN)) return;
  adoptSyn(c, segment, now);
  c.heardAt = now;
  if (!isAcknowledging) {
    // Both ends opened at the same time.
    c.state = "SYN-RECEIVED";
    c.isSynDue = true;
    return;
  }
  establish(c, segment, now);
  c.isAcknowledgmentDue = true;
  takeRest(c, after(segment.sequence, 1), segment, segment.textSize, segment.has(FIN), now);
}

function arrivedSynchronized(c: ControlBlock, segment: Segment, now: number): void {
  if (!isTimely(c, segment, now)) return;
  let { sequence, textSize } = segment;
  let hasFin = segment.has(FIN);
  let hasSyn = segment.has(SYN);
  const edge = later(c.receiveEdge, c.rcv);

  if (!isInWindow(c, segment, edge)) {
    const isSimultaneous =
      hasSyn && segment.has(ACK) && c.state === "SYN-RECEIVED" && sequence === c.irs;
    const isShut = sequence === c.rcv && edge === c.rcv && !hasSyn;
    if (isSimultaneous && !segment.has(RST)) {
      // The answer to our SYN, from an end that had sent its own before: only the acknowledgment is new.
      sequence = c.rcv;
      textSize = 0;
      hasFin = false;
      hasSyn = false;
    } else if (isShut && !segment.has(RST)) {
      // A shut window takes no text, but acknowledgments count: else two full ends would wait for each other.
      c.repeatAcknowledgment();
      textSize = 0;
      hasFin = false;
    } else {
      refuse(c, segment, now);
      return;
    }
  }
  if (segment.has(RST)) {
    arrivedReset(c, segment, now);
    return;
  }
  if (hasSyn) {
    // RFC 5961, section 4.2: an end that really starts anew answers the challenge with a reset that fits.
    c.challenge(now);
    return;
  }
  if (!segment.has(ACK)) return;
  if (c.state === "SYN-RECEIVED") {
    if (segment.acknowledgment !== c.sentMax) {
      resetStray(c, segment.acknowledgment);
      return;
    }
    establish(c, segment, now);
  } else if (!isAcknowledgmentPlausible(c, segment.acknowledgment)) {
    c.challenge(now);
    return;
  }
  c.heardAt = now;
  c.keepAliveProbes = 0;
  updateTimestamp(c, segment, now);
  acknowledge(c, segment, now);
  finAcknowledged(c, now);
  takeRest(c, sequence, segment, textSize, hasFin, now);
}

/**
 * Whether a part of it lies in the window. A segment without length may also stand right behind the window's end: after a
 * window filled to the last byte the other end's acknowledgments have that number until what was lost of it has come.
 */
function isInWindow(c: ControlBlock, segment: Segment, edge: number): boolean {
  const { sequence, length } = segment;
  if (length === 0) return isAtMost(c.rcv, sequence) && isAtMost(sequence, edge);
  return isBefore(sequence, edge) && isBefore(c.rcv, after(sequence, length));
}

/** Answers what lies outside of the window. */
function refuse(c: ControlBlock, segment: Segment, now: number): void {
  if (segment.has(RST)) return;
  if (segment.has(SYN)) {
    const isRepeated = c.state === "SYN-RECEIVED" && segment.sequence === c.irs;
    if (isRepeated && !segment.has(ACK)) c.isSynDue = true;
    else c.challenge(now);
    return;
  }
  // Its last number is our last: the other end has not heard that we have its FIN.
  if (c.state === "TIME-WAIT" && segment.has(FIN)) c.lingerAt = now + c.settings.timeWaitDuration;
  // The end of what we acknowledged last, sent again: its sender shall learn how long this copy took, not the first.
  // Its acknowledgment must be plausible as for text in the window: a timestamp taken from anybody would be an attack.
  const end = after(segment.sequence, segment.length);
  const isLastAgain = segment.length > 0 && segment.has(ACK) && end === c.lastAcknowledged;
  if (isLastAgain && isAcknowledgmentPlausible(c, segment.acknowledgment)) {
    updateTimestamp(c, segment, now);
  }
  // Two ends that disagree must not answer each other's bare acknowledgments for ever.
  if (segment.length === 0) c.challenge(now);
  else c.repeatAcknowledgment();
}

/** @see RFC 5961, section 3.2: anything but the exact number may be a guess */
function arrivedReset(c: ControlBlock, segment: Segment, now: number): void {
  if (segment.sequence !== c.rcv) {
    c.challenge(now);
    return;
  }
  // RFC 1337: a reset must not cut TIME-WAIT short, else old segments could meet a new connection.
  if (c.state === "TIME-WAIT") return;
  const isRefusal = c.state === "SYN-RECEIVED" && !c.isPassive;
  c.end(isRefusal ? "refused" : "reset");
}

/** Protection against wrapped sequence numbers. False where the segment has been dealt with. */
function isTimely(c: ControlBlock, segment: Segment, now: number): boolean {
  if (!c.hasTimestamps || segment.has(RST)) return true;
  // RFC 7323, section 3.2: once agreed, every segment has the option; but an end that has started anew does not know.
  if (!segment.hasTimestamps) return segment.has(SYN);
  const isOld = isBefore(segment.timestampValue, c.timestampRecent);
  if (!isOld || now - c.timestampRecentAt > TIMESTAMP_AGE_MAX) return true;
  if (segment.length === 0) c.challenge(now);
  else c.repeatAcknowledgment();
  return false;
}

/** @see RFC 7323, section 4.3: only of a segment that covers what was acknowledged last */
function updateTimestamp(c: ControlBlock, segment: Segment, now: number): void {
  if (!c.hasTimestamps || isBefore(c.lastAcknowledged, segment.sequence)) return;
  const isOld = isBefore(segment.timestampValue, c.timestampRecent);
  if (isOld && now - c.timestampRecentAt <= TIMESTAMP_AGE_MAX) return;
  c.timestampRecent = segment.timestampValue;
  c.timestampRecentAt = now;
}

/** The SYN of ours is acknowledged. */
function establish(c: ControlBlock, segment: Segment, now: number): void {
  if (c.retries > 0) c.roundTrip.forgetLostSyn();
  else if (c.timedAt >= 0) c.roundTrip.sample(now - c.timedAt);
  c.timedAt = -1;
  c.retries = 0;
  c.una = segment.acknowledgment;
  c.nxt = later(c.nxt, c.una);
  c.recoveryPoint = c.una;
  c.lostEdge = c.una;
  c.highRetransmitted = c.una;
  c.retransmitAt = Infinity;
  c.giveUpAt = Infinity;
  c.isSynDue = false;
  const window = segment.has(SYN) ? segment.window : segment.window << c.sendScale;
  c.sendWindow = window;
  c.sendWindowMax = Math.max(c.sendWindowMax, window);
  c.wl1 = segment.sequence;
  c.wl2 = segment.acknowledgment;
  c.state = c.isFinQueued ? "FIN-WAIT-1" : "ESTABLISHED";
  c.events |= CONNECTED;
  if (c.settings.keepAlive !== null) c.keepAliveAt = now + c.settings.keepAlive.idle;
}

/** The next state where our FIN has just been acknowledged. */
function finAcknowledged(c: ControlBlock, now: number): void {
  if (!c.isFinAcknowledged) return;
  c.events |= FINISHED;
  if (c.state === "FIN-WAIT-1") {
    c.state = "FIN-WAIT-2";
    if (c.isReadClosed) c.lingerAt = now + c.settings.finishDuration;
  } else if (c.state === "CLOSING") {
    startTimeWait(c, now);
  } else if (c.state === "LAST-ACK") {
    c.end("closed");
  }
}

function takeRest(
  c: ControlBlock,
  sequence: number,
  segment: Segment,
  textSize: number,
  hasFin: boolean,
  now: number,
): void {
  if (!c.isReceiving) {
    // The other end has finished: text behind its FIN is none.
    if (c.state === "TIME-WAIT" && hasFin) c.lingerAt = now + c.settings.timeWaitDuration;
    if (c.state !== "CLOSED" && (textSize > 0 || hasFin)) c.repeatAcknowledgment();
    return;
  }
  // What lies before the window was received already, what lies behind it will come again.
  const old = Math.max(0, Math.min(distance(sequence, c.rcv), textSize));
  const start = after(sequence, old);
  const room = Math.max(0, distance(start, later(c.receiveEdge, c.rcv)));
  let size = textSize - old;
  let fin = hasFin;
  if (size + (fin ? 1 : 0) > room) {
    fin = fin && size < room;
    size = Math.min(size, room);
    // Whoever sends past the window should hear where it ends.
    c.isAcknowledgmentDue = true;
  }
  if (c.finAhead !== null) {
    size = Math.max(0, Math.min(size, distance(start, c.finAhead)));
  }
  if (size > 0) {
    if (c.isReadClosed) {
      // RFC 9293, section 3.6.1: nobody is there who could read it, and the other end must know.
      c.isResetDue = true;
      c.end("aborted");
      return;
    }
    takeText(c, start, segment.bytes, segment.textOffset + old, size, now);
  } else if (old > 0 || (fin && start !== c.rcv)) {
    c.repeatAcknowledgment();
  }
  const isFinInOrder =
    (fin && takeFin(c, after(start, size))) || (c.finAhead === c.rcv && takeFin(c, c.rcv));
  if (isFinInOrder) peerFinished(c, now);
}

const AFTER_FIN: Partial<Record<State, State>> = {
  ESTABLISHED: "CLOSE-WAIT",
  "FIN-WAIT-1": "CLOSING",
};

function peerFinished(c: ControlBlock, now: number): void {
  const next = AFTER_FIN[c.state];
  if (next === undefined) startTimeWait(c, now);
  else c.state = next;
}

function startTimeWait(c: ControlBlock, now: number): void {
  c.state = "TIME-WAIT";
  c.events |= FINISHED;
  c.lingerAt = now + c.settings.timeWaitDuration;
  c.retransmitAt = Infinity;
  c.probeAt = Infinity;
  c.keepAliveAt = Infinity;
  c.giveUpAt = Infinity;
  c.sendRing.clear();
  c.sacked.clear();
}

/** Answers an acknowledgment that can't be: its sender believes in a connection that is none. */
function resetStray(c: ControlBlock, sequence: number): void {
  c.isStrayResetDue = true;
  c.strayResetSequence = sequence;
}
