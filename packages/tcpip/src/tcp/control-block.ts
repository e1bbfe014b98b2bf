// Everything that a connection remembers, under the names of the standard where it has names.
// @see RFC 9293, section 3.3.1
import { after, distance, isBefore, later } from "../wire/sequence.ts";
import { TIMESTAMPS_OPTION_SIZE } from "../wire/tcp-options.ts";
import { ByteRing } from "./byte-ring.ts";
import type { CongestionControl } from "./congestion.ts";
import { Cubic } from "./cubic.ts";
import { type TextMemory, UNBOUNDED } from "./memory.ts";
import { NewReno } from "./new-reno.ts";
import { RoundTrip } from "./round-trip.ts";
import { SequenceRanges } from "./sequence-ranges.ts";
import type { TcpSettings } from "./settings.ts";
import { ENDED, type Ending, type State } from "./state.ts";

const MILLISECOND = 1_000_000;

/** How many acknowledgments a connection gives within a second to segments that don't fit. */
const CHALLENGES_MAX = 10;
const CHALLENGE_PERIOD = 1000 * MILLISECOND;

/** Acknowledgments that may wait to be sent at once; more of the same would tell nothing. */
const REPEATS_MAX = 64;

/** What a peer that names no segment size can take. @see RFC 9293, section 3.7.1 */
export const DEFAULT_SEGMENT_SIZE = 536;

/** Less than this a peer can't ask for: a segment of one byte would be an attack on ourselves. */
const SEGMENT_SIZE_MIN = 64;

/** How losses are being repaired: not at all, after duplicates, after the timer has expired. */
export type Recovery = "none" | "fast" | "timeout";

/** The ends of a connection and what the world gave for it. */
export interface ConnectionEnds {
  /** The IP layer's 32-bit identities of hosts: of IPv4, the addresses themselves. */
  readonly localHost: number;
  readonly localPort: number;
  readonly remoteHost: number;
  readonly remotePort: number;
  /** From `SequenceSource`. */
  readonly initialSequence: number;
  readonly timestampOffset: number;
}

/**
 * Memory: about 1.3 KiB with its parts; the two rings come on top when they hold something.
 *
 * The functions in `arrival.ts`, `acknowledge.ts`, `recovery.ts`, `emit.ts` and `timers.ts` work on it.
 */
export class ControlBlock {
  readonly settings: TcpSettings;
  readonly memory: TextMemory;
  readonly ends: ConnectionEnds;
  state: State = "CLOSED";
  /** Opened by a SYN from outside. */
  readonly isPassive: boolean;
  ending: Ending | null = null;
  events = 0;

  // What we send.
  readonly sendRing: ByteRing;
  /** Sequence number of the ring's head. */
  textStart: number;
  readonly iss: number;
  una: number;
  nxt: number;
  /** Behind the greatest number that ever left: a window probe's byte is not counted in `nxt`. */
  sentMax: number;
  /** Scaled. */
  sendWindow = 0;
  sendWindowMax = 0;
  wl1 = 0;
  wl2 = 0;
  sendScale = 0;
  /** Text of a full segment whose only options are those that every segment has. */
  segmentSize = DEFAULT_SEGMENT_SIZE;
  /** Nothing will be written any more; the FIN follows the ring's last byte. */
  isFinQueued = false;

  // What we receive.
  readonly receiveRing: ByteRing;
  readonly ahead = new SequenceRanges();
  irs = 0;
  rcv = 0;
  /** Behind the greatest number that a window of ours has ever allowed. */
  receiveEdge = 0;
  lastAcknowledged = 0;
  readonly receiveScale: number;
  /** The other end's FIN has come in order. */
  isPeerFinished = false;
  /** Its number, where it came ahead of order. */
  finAhead: number | null = null;
  /** Nobody will read any more: text that comes is answered by a reset. */
  isReadClosed = false;
  /** The longest text seen: what counts as a full segment of the other end. */
  receiveSegmentSize = DEFAULT_SEGMENT_SIZE;
  /** Bytes received since the last acknowledgment. */
  unacknowledged = 0;

  // Options in use.
  isScaling = false;
  hasSack = false;
  hasTimestamps = false;
  timestampRecent = 0;
  timestampRecentAt = 0;

  // What is to be sent, see `emit.ts`.
  isSynDue = false;
  isResetDue = false;
  /** A reset that answers one segment and leaves the connection as it is. */
  isStrayResetDue = false;
  strayResetSequence = 0;
  isAcknowledgmentDue = false;
  /** Acknowledgments of which each must leave as a segment of its own: duplicates, and answers to what did not fit. */
  repeatsDue = 0;
  isProbeDue = false;
  isKeepAliveDue = false;
  /** The first missing segment must leave, whatever the congestion window says. */
  isRetransmissionDue = false;

  // Losses, see `recovery.ts`.
  recovery: Recovery = "none";
  /** Behind what had been sent when recovery began. */
  recoveryPoint: number;
  /** A recovery ended exactly at its point: duplicates may still stem from it. @see RFC 6582, section 4.1 */
  isRecoveryFresh = false;
  readonly sacked = new SequenceRanges();
  /** All below is lost, where it was not selectively acknowledged. */
  lostEdge: number;
  /** Behind what was sent again in this recovery. */
  highRetransmitted: number;
  isRescued = false;
  duplicates = 0;
  /** Times the timer has expired since something new was acknowledged. */
  retries = 0;
  readonly congestion: CongestionControl;
  /** The congestion window kept text from being sent when that was last tried. */
  isCongestionLimited = false;

  // Time. Infinity is a timer that does not run; all in nanoseconds.
  readonly roundTrip: RoundTrip;
  /** The segment that is being timed ends here; `timedAt` is -1 where none is. */
  timedEnd = 0;
  timedAt = -1;
  /** The number that everything waits for was sent again, the last time with this timestamp. */
  isFirstResent = false;
  resentTimestamp = 0;
  retransmitAt = Infinity;
  acknowledgeAt = Infinity;
  probeAt = Infinity;
  probes = 0;
  keepAliveAt = Infinity;
  keepAliveProbes = 0;
  heardAt: number;
  /** The end of TIME-WAIT, or of waiting for the other end's FIN. */
  lingerAt = Infinity;
  /** When the user timeout strikes. */
  giveUpAt = Infinity;
  trimAt = Infinity;
  sentAt = 0;
  challengePeriodEnd = 0;
  challenges = 0;

  constructor(
    settings: TcpSettings,
    ends: ConnectionEnds,
    isPassive: boolean,
    now: number,
    memory: TextMemory = UNBOUNDED,
  ) {
    this.memory = memory;
    this.settings = settings;
    this.ends = ends;
    this.isPassive = isPassive;
    this.sendRing = new ByteRing(settings.sendBufferSize, memory);
    this.receiveRing = new ByteRing(settings.receiveBufferSize, memory);
    this.congestion = settings.congestionControl === "cubic" ? new Cubic() : new NewReno();
    this.roundTrip = new RoundTrip(
      settings.retransmissionTimeoutMin,
      settings.retransmissionTimeoutMax,
    );
    this.receiveScale = settings.useWindowScale ? scaleFor(settings.receiveBufferSize) : 0;
    this.iss = ends.initialSequence;
    this.una = this.iss;
    this.nxt = this.iss;
    this.sentMax = this.iss;
    this.recoveryPoint = this.iss;
    this.lostEdge = this.iss;
    this.highRetransmitted = this.iss;
    this.textStart = after(this.iss, 1);
    this.heardAt = now;
  }

  /** Behind the last byte that was written. The FIN, once queued, has this number. */
  get textEnd(): number {
    return after(this.textStart, this.sendRing.length);
  }

  get isFinSent(): boolean {
    return this.isFinQueued && isBefore(this.textEnd, this.nxt);
  }

  get isFinAcknowledged(): boolean {
    return this.isFinQueued && isBefore(this.textEnd, this.una);
  }

  /** Numbers that were sent and are not acknowledged. */
  get flight(): number {
    return distance(this.una, this.nxt);
  }

  /** The other end may still send text. */
  get isReceiving(): boolean {
    const { state } = this;
    return state === "ESTABLISHED" || state === "FIN-WAIT-1" || state === "FIN-WAIT-2";
  }

  /** Text and FIN may be sent, or sent again. */
  get isSending(): boolean {
    const { state } = this;
    return (
      state === "ESTABLISHED" ||
      state === "CLOSE-WAIT" ||
      state === "FIN-WAIT-1" ||
      state === "CLOSING" ||
      state === "LAST-ACK"
    );
  }

  /** Bytes of options that every segment after the handshake has. */
  get optionSize(): number {
    return this.hasTimestamps ? TIMESTAMPS_OPTION_SIZE : 0;
  }

  /** Our clock of timestamps: milliseconds, from an offset of the connection's own. */
  timestamp(now: number): number {
    return (this.ends.timestampOffset + now / MILLISECOND) | 0;
  }

  /** The size that the other end's SYN gives, brought into what we can send. */
  adoptSegmentSize(offered: number): void {
    const size = Math.max(offered === 0 ? DEFAULT_SEGMENT_SIZE : offered, SEGMENT_SIZE_MIN);
    this.segmentSize = Math.min(size, this.settings.maximumSegmentSize) - this.optionSize;
    this.congestion.start(this.segmentSize);
  }

  /** An acknowledgment of its own for a segment that asks for one, a duplicate say. */
  repeatAcknowledgment(): void {
    this.repeatsDue = Math.min(this.repeatsDue + 1, REPEATS_MAX);
  }

  /**
   * The same where anybody could ask: so many a second. Each connection counts for itself, because a common
   * count would tell an attacker of other connections.
   * @see RFC 5961, section 7
   */
  challenge(now: number): void {
    if (now >= this.challengePeriodEnd) {
      this.challengePeriodEnd = now + CHALLENGE_PERIOD;
      this.challenges = 0;
    }
    if (this.challenges === CHALLENGES_MAX) return;
    this.challenges++;
    this.repeatAcknowledgment();
  }

  /** The window that may be told now: never less than was told, and more only where that is worth a segment. */
  window(): number {
    const edge = after(this.rcv, this.receiveRing.free);
    const step = Math.min(this.receiveRing.limit / 2, this.settings.maximumSegmentSize);
    const promised = later(this.receiveEdge, this.rcv);
    // RFC 9293, section 3.8.6.2.2: a window that opens by bytes makes for segments of bytes.
    const told = distance(promised, edge) >= step ? edge : promised;
    return Math.min(distance(this.rcv, told), 65_535 << (this.isScaling ? this.receiveScale : 0));
  }

  /** The end of the connection, for whatever reason: nothing is sent any more but a reset that is due. */
  end(ending: Ending): void {
    this.state = "CLOSED";
    this.ending = ending;
    this.events |= ENDED;
    this.sendRing.clear();
    // What was received and is not read yet stays only where it is complete: else a reader would take a part for all.
    if (!this.isPeerFinished || this.receiveRing.length === 0) this.receiveRing.clear();
    this.ahead.clear();
    this.sacked.clear();
    this.isSynDue = false;
    this.isAcknowledgmentDue = false;
    this.repeatsDue = 0;
    this.isProbeDue = false;
    this.isKeepAliveDue = false;
    this.isRetransmissionDue = false;
    this.retransmitAt = Infinity;
    this.acknowledgeAt = Infinity;
    this.probeAt = Infinity;
    this.keepAliveAt = Infinity;
    this.lingerAt = Infinity;
    this.giveUpAt = Infinity;
    this.trimAt = Infinity;
  }
}

/** The least shift with which 16 bits can tell a window of `size`. @see RFC 7323, section 2.3 */
function scaleFor(size: number): number {
  let shift = 0;
  while (65_535 * 2 ** shift < size) shift++;
  return shift;
}
