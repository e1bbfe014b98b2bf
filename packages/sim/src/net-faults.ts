// What can happen to frames on their way.
import { checkSettings, type SettingKind } from "./settings.ts";

/** What a wire does to frames; what is not named is as on a perfect one. */
export interface NetFaults {
  /** Nanoseconds from one end to the other; 0. */
  readonly latency?: number;
  /** Up to so many nanoseconds more for each frame; 0. Frames stay in order: see `reordering`. */
  readonly jitter?: number;
  /** Bits a second, of frames without preamble and FCS; Infinity. */
  readonly bandwidth?: number;
  /** Frames that wait while others are being sent at `bandwidth`; a further one is dropped. Infinity. */
  readonly queueCountMax?: number;
  /** Payload bytes of a frame (as for a device, without the header); a longer one is dropped. Infinity. */
  readonly mtu?: number;
  /** Probability that a frame is lost. */
  readonly loss?: number;
  /** Probability that a frame arrives twice. */
  readonly duplication?: number;
  /** Probability that a frame is held up for `reorderingDelay`, while others overtake it. */
  readonly reordering?: number;
  /** Up to so many nanoseconds; 1 ms. */
  readonly reorderingDelay?: number;
  /** Probability that bits of a frame, header included, are turned over. */
  readonly corruption?: number;
  /**
   * Up to so many bits in one frame; 1, which every Internet checksum finds. It can't find all cases of more:
   * a real Ethernet's FCS would.
   */
  readonly corruptionBitCountMax?: number;
  /** Probability that a frame loses bytes at its end. The 14 bytes of its header stay. */
  readonly truncation?: number;
  /** Whether nothing is let through. What is under way arrives. */
  readonly partitioned?: boolean;
}

/** What became of frames. A frame can be in several counts. */
export interface NetFaultCounters {
  /** Frames that were given to be carried. */
  readonly sent: number;
  /** Frames that arrived or will, copies included. */
  readonly carried: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly corrupted: number;
  readonly truncated: number;
  /** Dropped because the queue was full, the frame too long, or the wire cut. */
  readonly overflowed: number;
  readonly oversized: number;
  readonly partitioned: number;
}

export const PERFECT_NET: Required<NetFaults> = {
  latency: 0,
  jitter: 0,
  bandwidth: Infinity,
  queueCountMax: Infinity,
  mtu: Infinity,
  loss: 0,
  duplication: 0,
  reordering: 0,
  reorderingDelay: 1_000_000,
  corruption: 0,
  corruptionBitCountMax: 1,
  truncation: 0,
  partitioned: false,
};

const KINDS: Readonly<Record<keyof NetFaults, SettingKind>> = {
  latency: "duration",
  jitter: "duration",
  bandwidth: "rate",
  queueCountMax: "count",
  mtu: "count",
  loss: "probability",
  duplication: "probability",
  reordering: "probability",
  reorderingDelay: "duration",
  corruption: "probability",
  corruptionBitCountMax: "count",
  truncation: "probability",
  partitioned: "flag",
};

/** @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT */
export function checkNetFaults(what: string, faults: NetFaults): void {
  checkSettings(what, faults, KINDS);
}

/** Whether frames need only their latency. */
export function isPerfect(faults: Required<NetFaults>): boolean {
  const { latency, reorderingDelay, corruptionBitCountMax, queueCountMax, ...rest } = faults;
  return Object.entries(rest).every(
    ([name, value]) => value === PERFECT_NET[name as keyof NetFaults],
  );
}
