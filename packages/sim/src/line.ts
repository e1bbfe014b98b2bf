// One direction of a wire: what becomes of a frame, and when it arrives. Knows no clock of its own, so that it
// works in a simulated world as well as before a real device.
import { ETHERNET_HEADER_SIZE } from "@miou-solo5/scheduler";
import { Chance, flipBits } from "./chance.ts";
import {
  checkNetFaults,
  isPerfect,
  type NetFaultCounters,
  type NetFaults,
  PERFECT_NET,
} from "./net-faults.ts";

/** Takes a frame that arrives at `time`. It may be shared with another that is the same: not to be changed. */
export type Arrive = (frame: Uint8Array, time: number) => void;

type Counters = { -readonly [K in keyof NetFaultCounters]: number };

export class Line {
  /** Hears of each fault as it happens, for a trace. */
  onFault: ((fault: string, size: number) => void) | null = null;
  readonly #name: string;
  readonly #chance: Chance;
  readonly #counters = newNetCounters();
  #faults = PERFECT_NET;
  #isPerfect = true;
  /** When the latest frame arrives that is not held up: none may overtake it. */
  #latest = -Infinity;
  /** When the latest frame has been sent, at the line's bandwidth. */
  #free = -Infinity;
  /** When each waiting frame begins to be sent, in order. */
  readonly #starts: number[] = [];

  /** @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT */
  constructor(seed: number, name: string, faults: NetFaults) {
    this.#name = name;
    this.#chance = new Chance(seed, name);
    this.set(faults);
  }

  /** A copy of the counts as they are now. */
  get counters(): NetFaultCounters {
    return { ...this.#counters };
  }

  /** Changes what `faults` names, for frames that are sent from now on. @throws as the constructor */
  set(faults: NetFaults): void {
    checkNetFaults(this.#name, faults);
    this.#faults = { ...this.#faults, ...faults };
    this.#isPerfect = isPerfect(this.#faults);
  }

  /** Takes a frame, which it may keep, at `now`; calls `arrive` for each that comes out, at once. */
  carry(frame: Uint8Array, now: number, arrive: Arrive): void {
    this.#counters.sent++;
    if (this.#isPerfect) return this.#arrive(frame, now, arrive);
    const dropped = this.#dropped(frame);
    if (dropped !== null) return this.#count(dropped, frame);
    const sent = this.#sent(frame, now);
    if (sent === null) return this.#count("overflowed", frame);
    const changed = this.#truncated(this.#corrupted(frame));
    this.#arrive(changed, sent, arrive);
    if (!this.#chance.happens("duplication", this.#faults.duplication)) return;
    this.#count("duplicated", frame);
    this.#arrive(changed, sent, arrive);
  }

  #dropped(frame: Uint8Array): keyof Counters | null {
    const { mtu, partitioned, loss } = this.#faults;
    if (frame.length > mtu + ETHERNET_HEADER_SIZE) return "oversized";
    if (partitioned) return "partitioned";
    return this.#chance.happens("loss", loss) ? "lost" : null;
  }

  /** When the frame's last bit leaves; null where the queue is full. */
  #sent(frame: Uint8Array, now: number): number | null {
    const { bandwidth, queueCountMax } = this.#faults;
    if (bandwidth === Infinity) return now;
    const starts = this.#starts;
    while (starts.length > 0 && (starts[0] ?? now) <= now) starts.shift();
    if (this.#free > now && starts.length >= queueCountMax) return null;
    const start = Math.max(now, this.#free);
    if (start > now) starts.push(start);
    this.#free = start + Math.ceil((frame.length * 8e9) / bandwidth);
    return this.#free;
  }

  #corrupted(frame: Uint8Array): Uint8Array {
    const { corruption, corruptionBitCountMax } = this.#faults;
    if (!this.#chance.happens("corruption", corruption)) return frame;
    this.#count("corrupted", frame);
    const bytes = Uint8Array.from(frame);
    const size = bytes.length;
    const bitCountMax = Math.min(corruptionBitCountMax, size * 8);
    const count = 1 + this.#chance.below("bit count", bitCountMax);
    flipBits(this.#chance, bytes, { offset: 0, size, count });
    return bytes;
  }

  #truncated(frame: Uint8Array): Uint8Array {
    const spare = frame.length - ETHERNET_HEADER_SIZE;
    if (!this.#chance.happens("truncation", this.#faults.truncation) || spare < 1) return frame;
    this.#count("truncated", frame);
    return frame.subarray(0, ETHERNET_HEADER_SIZE + this.#chance.below("size", spare));
  }

  #arrive(frame: Uint8Array, sent: number, arrive: Arrive): void {
    const { latency, jitter, reordering, reorderingDelay } = this.#faults;
    this.#counters.carried++;
    const delay = jitter > 0 ? latency + this.#chance.below("jitter", jitter + 1) : latency;
    if (this.#chance.happens("reordering", reordering)) {
      this.#count("reordered", frame);
      const held = 1 + this.#chance.below("reordering delay", reorderingDelay);
      arrive(frame, Math.max(this.#latest, sent + delay) + held);
      return;
    }
    this.#latest = Math.max(this.#latest, sent + delay);
    arrive(frame, this.#latest);
  }

  #count(fault: keyof Counters, frame: Uint8Array): void {
    this.#counters[fault]++;
    this.onFault?.(fault, frame.length);
  }
}

export function newNetCounters(): Counters {
  return {
    sent: 0,
    carried: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
    truncated: 0,
    overflowed: 0,
    oversized: 0,
    partitioned: 0,
  };
}
