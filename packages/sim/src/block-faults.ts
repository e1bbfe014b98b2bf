// What can happen to pages.
import { checkSettings, type SettingKind } from "./settings.ts";

/** What a disk does wrong; what is not named is as on a perfect one. */
export interface BlockFaults {
  /** Nanoseconds that a page read or written takes its machine, which does nothing else meanwhile; 0. */
  readonly latency?: number;
  /** Up to so many nanoseconds more for each; 0. */
  readonly jitter?: number;
  /** Nanoseconds that a flush takes, while the machine goes on; 0. */
  readonly flushLatency?: number;
  /** Probability that reading a page fails with ERR_SOLO5_IO. */
  readonly readError?: number;
  /** Probability that writing a page fails so; the page then keeps what it held. */
  readonly writeError?: number;
  /** Probability that a flush fails so; nothing has then become durable by it. */
  readonly flushError?: number;
  /** Probability that a page reads back with a bit turned over, this once. */
  readonly misreading?: number;
  /** Probability that a page is stored with a bit turned over. */
  readonly miswriting?: number;
  /** Probability that a page that changes in a crash is torn: its start new, the rest old. */
  readonly tearing?: number;
}

/** What was done to pages. */
export interface BlockFaultCounters {
  readonly reads: number;
  readonly writes: number;
  readonly flushes: number;
  readonly readErrors: number;
  readonly writeErrors: number;
  readonly flushErrors: number;
  readonly misread: number;
  readonly miswritten: number;
  /** Pages that went back, in crashes, to what they held before; and those that were torn. */
  readonly lost: number;
  readonly torn: number;
  readonly crashes: number;
}

export const PERFECT_BLOCK: Required<BlockFaults> = {
  latency: 0,
  jitter: 0,
  flushLatency: 0,
  readError: 0,
  writeError: 0,
  flushError: 0,
  misreading: 0,
  miswriting: 0,
  tearing: 0,
};

const KINDS: Readonly<Record<keyof BlockFaults, SettingKind>> = {
  latency: "duration",
  jitter: "duration",
  flushLatency: "duration",
  readError: "probability",
  writeError: "probability",
  flushError: "probability",
  misreading: "probability",
  miswriting: "probability",
  tearing: "probability",
};

/** @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT */
export function checkBlockFaults(what: string, faults: BlockFaults): void {
  checkSettings(what, faults, KINDS);
}

export function newBlockCounters(): { -readonly [K in keyof BlockFaultCounters]: number } {
  return {
    reads: 0,
    writes: 0,
    flushes: 0,
    readErrors: 0,
    writeErrors: 0,
    flushErrors: 0,
    misread: 0,
    miswritten: 0,
    lost: 0,
    torn: 0,
    crashes: 0,
  };
}
