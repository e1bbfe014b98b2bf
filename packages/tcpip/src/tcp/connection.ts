// A connection: the standard's state machine, without a clock, a device or a task of its own.

import { TcpipError } from "../errors.ts";
import { ACK, RST, type Segment, SYN } from "../wire/segment.ts";
import { distance, isAtMost, isBefore, later } from "../wire/sequence.ts";
import { adoptSyn, segmentArrived } from "./arrival.ts";
import { type ConnectionEnds, ControlBlock } from "./control-block.ts";
import { emit } from "./emit.ts";
import { type TextMemory, UNBOUNDED } from "./memory.ts";
import type { TcpSettings } from "./settings.ts";
import { type Ending, READABLE, type State, WRITABLE } from "./state.ts";
import { deadlineOf, expire } from "./timers.ts";

/** So many full segments that came at the same time may be acknowledged together. */
const GATHERED_SEGMENTS_MAX = 8;

/** A header full of options, and the least that a segment's text may be limited to. */
export const ROOM_MIN = 128;

/**
 * One end of a TCP connection. Whoever drives it gives it segments, the time and a program's wishes; then calls `emit` until
 * that gives 0, looks at `takeEvents`, and comes back at `deadline`.
 *
 * Times are nanoseconds of one monotonic clock.
 * Memory: about 1.3 KiB; text in both directions on top, 2 KiB each for a little of it, at most `sendBufferSize` and
 * `receiveBufferSize`; given back a second after it has gone.
 * @see RFC 9293; docs of `TcpSettings` for what can be chosen
 */
export class Connection {
  readonly #block: ControlBlock;

  /** Use `Connection.open` or `Connection.accept`. */
  private constructor(block: ControlBlock) {
    this.#block = block;
  }

  /** Opens actively: the SYN is due. */
  static open(
    settings: TcpSettings,
    ends: ConnectionEnds,
    now: number,
    memory: TextMemory = UNBOUNDED,
  ): Connection {
    const block = new ControlBlock(settings, ends, false, now, memory);
    block.state = "SYN-SENT";
    block.isSynDue = true;
    return new Connection(block);
  }

  /**
   * Answers `syn`, a segment with SYN and neither ACK nor RST that came to a listening port. Text in it is not taken: it
   * comes again once the connection stands.
   */
  static accept(
    settings: TcpSettings,
    ends: ConnectionEnds,
    syn: Segment,
    now: number,
    memory: TextMemory = UNBOUNDED,
  ): Connection {
    const block = new ControlBlock(settings, ends, true, now, memory);
    block.state = "SYN-RECEIVED";
    block.isSynDue = true;
    adoptSyn(block, syn, now);
    return new Connection(block);
  }

  get ends(): ConnectionEnds {
    return this.#block.ends;
  }

  get state(): State {
    return this.#block.state;
  }

  /** How it ended; null before. */
  get ending(): Ending | null {
    return this.#block.ending;
  }

  /** Bytes that `receive` would give now. */
  get readable(): number {
    return this.#block.receiveRing.length;
  }

  /** Everything that the other end has sent, up to its FIN, was received. */
  get isEnd(): boolean {
    return this.#block.isPeerFinished && this.#block.receiveRing.length === 0;
  }

  /** Everything that the other end has sent, up to its FIN, has come. */
  get hasWholeText(): boolean {
    return this.#block.isPeerFinished;
  }

  /** Bytes that `send` would take now. */
  get writable(): number {
    return this.#mayWrite ? this.#block.sendRing.free : 0;
  }

  /** Bytes that were taken and not acknowledged yet. */
  get unsettled(): number {
    return this.#block.sendRing.length;
  }

  /** All that was written and the FIN behind it has arrived, and the other end's FIN has come or nobody waits for it. */
  get isFinished(): boolean {
    const { state, isReadClosed } = this.#block;
    return state === "TIME-WAIT" || (state === "FIN-WAIT-2" && isReadClosed);
  }

  /** How often the retransmission timer has expired since something new was acknowledged. */
  get retries(): number {
    return this.#block.retries;
  }

  /** When `timerExpired` has something to do; Infinity for never. */
  get deadline(): number {
    return deadlineOf(this.#block);
  }

  /** What holds the sending back, for those who tune or test. Durations in nanoseconds, windows in bytes. */
  get flow(): Flow {
    const c = this.#block;
    return {
      congestionWindow: Math.floor(c.congestion.window),
      slowStartThreshold: Math.floor(c.congestion.threshold),
      sendWindow: c.sendWindow,
      flight: c.flight,
      recovery: c.recovery,
      roundTrip: c.roundTrip.smoothed,
      retransmissionTimeout: c.roundTrip.timeout,
      segmentSize: c.segmentSize,
    };
  }

  /**
   * Whether something must leave, or be told, before another segment is taken; else segments that came at the same
   * time may all be taken first. Then acknowledgments are fewer than RFC 9293 (section 3.8.6.3) asks for, but never for more
   * than eight full segments together, and every second is the rule again as soon as anything is missing.
   */
  get isUrgent(): boolean {
    const c = this.#block;
    return (
      (c.events & ~(READABLE | WRITABLE)) !== 0 ||
      c.repeatsDue > 0 ||
      c.isSynDue ||
      c.isResetDue ||
      c.isStrayResetDue ||
      c.isRetransmissionDue ||
      c.recovery !== "none" ||
      c.ahead.count > 0 ||
      c.unacknowledged >= GATHERED_SEGMENTS_MAX * c.receiveSegmentSize
    );
  }

  /** Bytes of memory that the text in both directions takes now. */
  get bufferCapacity(): number {
    return this.#block.sendRing.capacity + this.#block.receiveRing.capacity;
  }

  /** What has happened since the last call: bits READABLE, WRITABLE, CONNECTED, FINISHED, ENDED. */
  takeEvents(): number {
    const { events } = this.#block;
    this.#block.events = 0;
    return events;
  }

  /** Gives it a segment of its own, whose checksum is right. Nothing of `segment` is kept. */
  segmentArrived(segment: Segment, now: number): void {
    segmentArrived(this.#block, segment, now);
  }

  timerExpired(now: number): void {
    expire(this.#block, now);
  }

  /**
   * Writes the segment that is due to `into`, its checksum zero, and gives its bytes; 0 where none is due.
   *
   * Shape: `room` bytes from `offset` on, at least 128; the link's MTU less the IP header.
   * @throws {TcpipError} ERR_SOLO5_OUT_OF_RANGE
   */
  emit(into: Uint8Array, offset: number, room: number, now: number): number {
    // With less, a segment could have no place for text, and the same would be sent for ever.
    if (!(room >= ROOM_MIN && offset >= 0 && offset + room <= into.length)) {
      throw new TcpipError(
        "ERR_SOLO5_OUT_OF_RANGE",
        `emit wants at least ${ROOM_MIN} bytes inside the buffer of ${into.length}, got ${room} from ${offset} on`,
      );
    }
    return emit(this.#block, into, offset, room, now);
  }

  /**
   * Takes as much of the text as there is room for, and tells how much. It is copied; before the handshake is over it waits.
   *
   * @throws {TcpipError} ERR_SOLO5_CLOSED after `shutdown`, `close`, `abort`, or the connection's end; ERR_SOLO5_OUT_OF_RANGE
   */
  send(bytes: Uint8Array, offset = 0, size: number = bytes.length - offset): number {
    requireRange("send", bytes, offset, size);
    if (!this.#mayWrite) {
      throw new TcpipError("ERR_SOLO5_CLOSED", `send: the connection is closed for writing`);
    }
    return this.#block.sendRing.append(bytes, offset, size);
  }

  /**
   * Copies up to `size` bytes of what has come to `into` and tells how many; 0 where nothing is there, `isEnd` tells why. What
   * is read opens the window.
   *
   * @throws {TcpipError} ERR_SOLO5_OUT_OF_RANGE
   */
  receive(into: Uint8Array, offset = 0, size: number = into.length - offset): number {
    requireRange("receive", into, offset, size);
    const c = this.#block;
    const count = Math.min(size, c.receiveRing.length);
    c.receiveRing.copy(0, into, offset, count);
    c.receiveRing.drop(count);
    if (count > 0 && c.isReceiving) this.#tellWindow();
    // No timer runs any more that would give the memory back.
    if (c.state === "CLOSED" && c.receiveRing.length === 0) c.receiveRing.clear();
    return count;
  }

  /** No more will be written: what was is sent, then the FIN. Reading goes on. Idempotent. */
  shutdown(): void {
    const c = this.#block;
    if (c.isFinQueued || c.state === "CLOSED") return;
    c.isFinQueued = true;
    if (c.state === "ESTABLISHED") c.state = "FIN-WAIT-1";
    else if (c.state === "CLOSE-WAIT") c.state = "LAST-ACK";
  }

  /**
   * Neither reads nor writes any more. What was written is still sent; but where something that came was not read, or still
   * comes, the other end gets a reset, because it would believe that it was. Idempotent.
   * @see RFC 9293, section 3.6.1; RFC 2525, section 2.17
   */
  close(now: number): void {
    const c = this.#block;
    if (c.state === "SYN-SENT" || c.receiveRing.length > 0) {
      this.abort();
      return;
    }
    c.isReadClosed = true;
    this.shutdown();
    if (c.state === "FIN-WAIT-2" && c.lingerAt === Infinity) {
      c.lingerAt = now + c.settings.finishDuration;
    }
  }

  /** Ends at once. Where the other end may know of the connection, a reset is due. Idempotent. */
  abort(): void {
    const c = this.#block;
    if (c.state === "CLOSED") {
      c.receiveRing.clear();
      return;
    }
    c.isResetDue = c.state !== "SYN-SENT" && c.state !== "TIME-WAIT";
    c.end(c.state === "TIME-WAIT" ? "closed" : "aborted");
    c.receiveRing.clear();
  }

  /** Ends without a segment: there is nobody to hear it. Idempotent. */
  giveUp(ending: "timed-out" | "unreachable"): void {
    if (this.#block.state !== "CLOSED") this.#block.end(ending);
  }

  /**
   * Whether `segment` opens a new connection between the same ends, so that this one's TIME-WAIT may be cut short: its numbers, or its
   * clock, are beyond all of the old one's.
   * @see RFC 9293, section 3.10.7.4, first check of TIME-WAIT; RFC 6191
   */
  mayReopen(segment: Segment): boolean {
    const c = this.#block;
    if (c.state !== "TIME-WAIT" || (segment.flags & (SYN | ACK | RST)) !== SYN) return false;
    if (c.hasTimestamps && segment.hasTimestamps) {
      return isBefore(c.timestampRecent, segment.timestampValue);
    }
    return isBefore(c.rcv, segment.sequence);
  }

  /** Whether `sequence` is of a segment that was sent and not acknowledged. @see RFC 5927, section 4.1 */
  isUnderWay(sequence: number): boolean {
    return isAtMost(this.#block.una, sequence) && isBefore(sequence, this.#block.sentMax);
  }

  get #mayWrite(): boolean {
    return !this.#block.isFinQueued && this.#block.state !== "CLOSED";
  }

  /** A window that has opened by so much that the other end should know. */
  #tellWindow(): void {
    const c = this.#block;
    const { maximumSegmentSize } = c.settings;
    const promised = Math.max(0, distance(c.rcv, later(c.receiveEdge, c.rcv)));
    const gain = c.window() - promised;
    if (gain <= 0) return;
    const isWorthIt = gain >= Math.min(c.receiveRing.limit / 2, 2 * maximumSegmentSize);
    if (isWorthIt || promised < maximumSegmentSize) c.isAcknowledgmentDue = true;
  }
}

/** See `Connection.flow`. */
export interface Flow {
  readonly congestionWindow: number;
  readonly slowStartThreshold: number;
  readonly sendWindow: number;
  readonly flight: number;
  readonly recovery: "none" | "fast" | "timeout";
  readonly roundTrip: number;
  readonly retransmissionTimeout: number;
  readonly segmentSize: number;
}

function requireRange(verb: string, bytes: Uint8Array, offset: number, size: number): void {
  const fits =
    Number.isInteger(offset) &&
    Number.isInteger(size) &&
    offset >= 0 &&
    size >= 0 &&
    offset + size <= bytes.length;
  if (fits) return;
  throw new TcpipError(
    "ERR_SOLO5_OUT_OF_RANGE",
    `${verb}: offset ${offset} and size ${size} (bytes) are not inside the buffer of ${bytes.length} bytes`,
  );
}
