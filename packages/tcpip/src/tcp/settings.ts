// What can be chosen about connections, and what they do if nothing is.
import { TcpipError } from "../errors.ts";

const MILLISECOND = 1_000_000;
const SECOND = 1000 * MILLISECOND;

/** Durations in nanoseconds, sizes in bytes. */
export interface TcpSettings {
  /** The longest text that a segment to us may have: what the link carries less 40. 64 to 65,495. */
  readonly maximumSegmentSize: number;
  /** Bounds what is received and not read yet: the largest window. 2048 to 2^29. */
  readonly receiveBufferSize: number;
  /** Bounds what was sent and not acknowledged yet, or waits to be sent. 2048 to 2^29. */
  readonly sendBufferSize: number;
  /** Text is sent at once, not held back while less than a full segment is under way (Nagle's rule). */
  readonly noDelay: boolean;
  /** How long an acknowledgment waits for company; 0 for not at all, 500 ms at most. */
  readonly acknowledgmentDelay: number;
  /** When to ask whether the other end is still there; null for never. */
  readonly keepAlive: KeepAlive | null;
  /** How long sent text may stay unacknowledged before the connection is given up; Infinity for ever. */
  readonly userTimeout: number;
  /** How often a segment is sent again before the connection is given up; Infinity for ever. */
  readonly retriesMax: number;
  /** The same for the handshake. */
  readonly handshakeRetriesMax: number;
  /** What is added to the round trip for a timeout, at the least. */
  readonly retransmissionTimeoutMin: number;
  readonly retransmissionTimeoutMax: number;
  /** Twice the time for which a segment may live in the network. */
  readonly timeWaitDuration: number;
  /** How long a closed connection waits for the other end to close too. */
  readonly finishDuration: number;
  readonly useWindowScale: boolean;
  readonly useTimestamps: boolean;
  readonly useSack: boolean;
  readonly congestionControl: "cubic" | "newreno";
}

export interface KeepAlive {
  /** Nothing heard for so long: ask. */
  readonly idle: number;
  /** Not answered: ask again after so long. */
  readonly interval: number;
  /** Not answered so often: give up. */
  readonly countMax: number;
}

export type TcpOptions = Partial<TcpSettings>;

export const DEFAULT_SETTINGS: TcpSettings = Object.freeze({
  maximumSegmentSize: 1460,
  receiveBufferSize: 256 * 1024,
  sendBufferSize: 256 * 1024,
  noDelay: false,
  acknowledgmentDelay: 40 * MILLISECOND,
  keepAlive: null,
  userTimeout: 120 * SECOND,
  retriesMax: 15,
  handshakeRetriesMax: 6,
  retransmissionTimeoutMin: 200 * MILLISECOND,
  retransmissionTimeoutMax: 60 * SECOND,
  timeWaitDuration: 60 * SECOND,
  finishDuration: 60 * SECOND,
  useWindowScale: true,
  useTimestamps: true,
  useSack: true,
  congestionControl: "cubic",
});

/**
 * Completes `options` by `base`. One object serves any number of connections.
 *
 * @throws {TcpipError} ERR_SOLO5_INVALID_ARGUMENT, ERR_SOLO5_OUT_OF_RANGE
 */
export function tcpSettings(
  options: TcpOptions = {},
  base: TcpSettings = DEFAULT_SETTINGS,
): TcpSettings {
  const settings = { ...base, ...options };
  requireRange("maximumSegmentSize", settings.maximumSegmentSize, 64, 65_495);
  requireRange("receiveBufferSize", settings.receiveBufferSize, 2048, 2 ** 29);
  requireRange("sendBufferSize", settings.sendBufferSize, 2048, 2 ** 29);
  requireDuration("acknowledgmentDelay", settings.acknowledgmentDelay, 0, 500 * MILLISECOND);
  requireDuration("userTimeout", settings.userTimeout, 1, Infinity);
  requireDuration("retriesMax", settings.retriesMax, 1, Infinity);
  requireDuration("handshakeRetriesMax", settings.handshakeRetriesMax, 1, Infinity);
  const { retransmissionTimeoutMin, retransmissionTimeoutMax } = settings;
  requireDuration("retransmissionTimeoutMin", retransmissionTimeoutMin, MILLISECOND, SECOND);
  requireDuration("retransmissionTimeoutMax", retransmissionTimeoutMax, SECOND, 240 * SECOND);
  requireDuration("timeWaitDuration", settings.timeWaitDuration, 0, 240 * SECOND);
  requireDuration("finishDuration", settings.finishDuration, 0, Infinity);
  if (settings.keepAlive !== null) {
    requireDuration("keepAlive.idle", settings.keepAlive.idle, 1, Infinity);
    requireDuration("keepAlive.interval", settings.keepAlive.interval, 1, Infinity);
    requireDuration("keepAlive.countMax", settings.keepAlive.countMax, 1, Infinity);
  }
  if (settings.congestionControl !== "cubic" && settings.congestionControl !== "newreno") {
    throw new TcpipError(
      "ERR_SOLO5_INVALID_ARGUMENT",
      `congestionControl is "cubic" or "newreno", got ${String(settings.congestionControl)}`,
    );
  }
  return settings;
}

/** The settings of a connection over a path that carries segments with `size` bytes of text. */
export function fittingSettings(options: TcpOptions, size: number): TcpSettings {
  const { maximumSegmentSize = size } = options;
  return tcpSettings({ ...options, maximumSegmentSize: Math.min(maximumSegmentSize, size) });
}

function requireRange(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw outOfRange(name, value, min, max);
}

function requireDuration(name: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw outOfRange(name, value, min, max);
}

function outOfRange(name: string, value: number, min: number, max: number): TcpipError {
  return new TcpipError(
    "ERR_SOLO5_OUT_OF_RANGE",
    `${name} is a number from ${min} to ${max}, got ${String(value)}`,
  );
}
