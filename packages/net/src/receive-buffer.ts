// Where received frames come from: the world's batches where it has them, else one call a frame.
import { blit } from "@miou-solo5/bigstring";
import { AGAIN, type FrameBatch, type Solo5 } from "@miou-solo5/scheduler";
import { BATCH_COUNT_MAX, createBatch } from "./frame-batch.ts";

/** The frames that have left the world but were not read yet. Never waits. */
export class ReceiveBuffer {
  readonly #solo5: Solo5;
  readonly #handle: number;
  readonly #frameSizeMax: number;
  /** The world's slots; null where it has no batches. */
  readonly #slots: FrameBatch | null;
  /** Room for one frame whose size is not known yet, where there are no slots. */
  #scratch: Uint8Array | null = null;
  /** Slots of our own, for batches from a world that has none. */
  #own: FrameBatch | null = null;
  #next = 0;
  #count = 0;

  constructor(solo5: Solo5, handle: number, frameSizeMax: number) {
    this.#solo5 = solo5;
    this.#handle = handle;
    this.#frameSizeMax = frameSizeMax;
    this.#slots = solo5.netReadBatch === undefined ? null : (solo5.netReadSlots?.(handle) ?? null);
  }

  /** Copies the next frame to `into` and gives its size; AGAIN where none has come. */
  take(into: Uint8Array, offset: number, size: number): number {
    if (this.#slots === null) return this.#solo5.netRead(this.#handle, into, offset, size);
    if (!this.#fill()) return AGAIN;
    const { bytes, slotSize, sizes } = this.#slots;
    const frameSize = sizes[this.#next] ?? 0;
    blit(bytes, this.#next * slotSize, into, offset, frameSize);
    // Only now: a frame that could not be copied is still the next.
    this.#next++;
    return frameSize;
  }

  /** A fresh exact copy of the next frame; null where none has come. */
  takeBytes(): Uint8Array | null {
    if (this.#slots === null) {
      this.#scratch ??= new Uint8Array(this.#frameSizeMax);
      const size = this.#solo5.netRead(this.#handle, this.#scratch, 0, this.#frameSizeMax);
      return size === AGAIN ? null : this.#scratch.slice(0, size);
    }
    if (!this.#fill()) return null;
    const { bytes, slotSize, sizes } = this.#slots;
    const start = this.#next * slotSize;
    const end = start + (sizes[this.#next] ?? 0);
    // Not the slots' own `slice`: a Buffer's would share the memory that the next batch overwrites.
    const frame: Uint8Array = Uint8Array.prototype.slice.call(bytes, start, end);
    this.#next++;
    return frame;
  }

  /** Where `takeBatch` puts frames: always the same slots. */
  get slots(): FrameBatch {
    this.#own ??= this.#slots ?? createBatch("", this.#frameSizeMax, BATCH_COUNT_MAX);
    return this.#own;
  }

  /** Puts what has come into slots 0 and up, and gives how many frames these are; 0 where none has come. */
  takeBatch(): number {
    if (this.#slots === null) return this.#readMany(this.slots);
    if (!this.#fill()) return 0;
    const { bytes, slotSize, sizes } = this.#slots;
    const count = this.#count - this.#next;
    if (this.#next > 0) {
      // Some were read one by one before.
      bytes.copyWithin(0, this.#next * slotSize, this.#count * slotSize);
      sizes.copyWithin(0, this.#next, this.#count);
    }
    this.#next = this.#count;
    return count;
  }

  #readMany({ bytes, slotSize, sizes }: FrameBatch): number {
    let count = 0;
    for (; count < BATCH_COUNT_MAX; count++) {
      const frameSize = this.#readNext(bytes, count * slotSize, count > 0);
      if (frameSize === AGAIN) break;
      sizes[count] = frameSize;
    }
    return count;
  }

  /** A fault behind the first frame is left for the next call, as in the batches of a world: what was read is not lost. */
  #readNext(bytes: Uint8Array, offset: number, isLater: boolean): number {
    try {
      return this.#solo5.netRead(this.#handle, bytes, offset, this.#frameSizeMax);
    } catch (error) {
      if (!isLater) throw error;
      return AGAIN;
    }
  }

  #fill(): boolean {
    if (this.#next < this.#count) return true;
    this.#next = 0;
    this.#count = 0;
    this.#count = this.#solo5.netReadBatch?.(this.#handle) ?? 0;
    return this.#count > 0;
  }
}
