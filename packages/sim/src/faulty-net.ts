// A network device with a wire's faults before it, in whatever world.

import { PriorityQueue } from "@miou-solo5/pqueue";
import { AGAIN, type Solo5 } from "@miou-solo5/scheduler";
import { checkFrameSize, checkRange, checkRoom, copyOf } from "./range.ts";
import type { Wire } from "./wire.ts";

interface Due {
  readonly time: number;
  readonly frame: Uint8Array;
}

/** Frames taken from the world ahead of the program; the rest waits in the world's own queue. */
const INBOX_COUNT_MAX = 1024;

export class FaultyNet {
  readonly handle: number;
  /** Called when a frame was put off: whoever waits may have to wake earlier. */
  readonly #onDue: () => void;
  readonly #solo5: Solo5;
  readonly #wire: Wire;
  readonly #frameSizeMax: number;
  readonly #scratch: Uint8Array;
  readonly #inbox = new PriorityQueue<Due>((a, b) => a.time - b.time);
  readonly #outbox = new PriorityQueue<Due>((a, b) => a.time - b.time);
  /** The world threw at a time at which nobody could be told: the next call finds out. */
  #hasFailed = false;

  constructor(
    solo5: Solo5,
    wire: Wire,
    device: { readonly handle: number; readonly frameSizeMax: number; readonly onDue: () => void },
  ) {
    const { handle, frameSizeMax, onDue } = device;
    this.#onDue = onDue;
    this.#solo5 = solo5;
    this.#wire = wire;
    this.handle = handle;
    this.#frameSizeMax = frameSizeMax;
    this.#scratch = new Uint8Array(frameSizeMax);
  }

  /** Whether the world's input still matters: else the wait for it would end at once, for ever. */
  get hasRoom(): boolean {
    return this.#inbox.length < INBOX_COUNT_MAX;
  }

  /** When a frame is due to be sent, or, where the program wants to know, to be read. */
  nextDue(ofInput: boolean): number {
    const out = this.#outbox.peek()?.time ?? Infinity;
    return ofInput ? Math.min(out, this.#inbox.peek()?.time ?? Infinity) : out;
  }

  hasInput(now: number): boolean {
    return this.#hasFailed || (this.#inbox.peek()?.time ?? Infinity) <= now;
  }

  /** Sends what is due and takes in what has come. What the world throws, the next call throws. */
  pump(now: number): void {
    this.#sendDue(now);
    try {
      this.#pull(now);
    } catch {
      this.#hasFailed = true;
    }
  }

  /** See `Solo5.netRead`. */
  read(into: Uint8Array, offset: number, size: number): number {
    const now = this.#solo5.clockMonotonic();
    this.#hasFailed = false;
    this.#sendDue(now);
    this.#pull(now);
    checkRange("netRead", into, offset, size);
    checkRoom(size, this.#frameSizeMax);
    if ((this.#inbox.peek()?.time ?? Infinity) > now) return AGAIN;
    const frame = this.#inbox.pop()?.frame ?? this.#scratch;
    into.set(frame, offset);
    return frame.length;
  }

  /** See `Solo5.netWrite`. */
  write(from: Uint8Array, offset: number, size: number): void {
    const now = this.#solo5.clockMonotonic();
    this.#sendDue(now);
    // Also finds out that the device is gone, which a lost frame would not.
    this.#pull(now);
    checkRange("netWrite", from, offset, size);
    checkFrameSize(size, this.#frameSizeMax);
    this.#wire.forth.carry(copyOf(from, offset, size), now, (frame, time) => {
      if (time <= now) this.#solo5.netWrite(this.handle, frame, 0, frame.length);
      else this.#outbox.push({ time, frame });
    });
    if (!this.#outbox.isEmpty) this.#onDue();
  }

  /** Sends all that is still under way: what a program has sent arrives after its end, too. */
  finish(): void {
    this.#sendDue(Infinity);
  }

  #pull(now: number): void {
    const countBefore = this.#inbox.length;
    try {
      this.#pullAll(now);
    } finally {
      if (this.#inbox.length > countBefore) this.#onDue();
    }
  }

  #pullAll(now: number): void {
    while (this.hasRoom) {
      const size = this.#solo5.netRead(this.handle, this.#scratch, 0, this.#scratch.length);
      if (size === AGAIN) return;
      this.#wire.back.carry(this.#scratch.slice(0, size), now, (frame, time) => {
        this.#inbox.push({ time, frame });
      });
    }
  }

  #sendDue(now: number): void {
    while ((this.#outbox.peek()?.time ?? Infinity) <= now) {
      const frame = this.#outbox.pop()?.frame;
      if (frame === undefined) return;
      try {
        this.#solo5.netWrite(this.handle, frame, 0, frame.length);
      } catch {
        // The frame is lost, as one is that meets no link. A device that is gone says so when it is read.
        this.#hasFailed = true;
      }
    }
  }
}
