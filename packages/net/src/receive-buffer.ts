// Where received frames come from: the world's batches where it has them, else one call a frame.
import { blit } from "@miou-solo5/bigstring";
import { AGAIN, type FrameBatch, type Solo5 } from "@miou-solo5/scheduler";

/** The frames that have left the world but were not read yet. Never waits. */
export class ReceiveBuffer {
  readonly #solo5: Solo5;
  readonly #handle: number;
  readonly #frameSizeMax: number;
  /** The world's slots; null where it has no batches. */
  readonly #slots: FrameBatch | null;
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
    const slot = this.#next++;
    const frameSize = this.#slots.sizes[slot] ?? 0;
    blit(this.#slots.bytes, slot * this.#slots.slotSize, into, offset, frameSize);
    return frameSize;
  }

  /** A fresh exact copy of the next frame; null where none has come. */
  takeBytes(): Uint8Array | null {
    if (this.#slots === null) {
      const frame = new Uint8Array(this.#frameSizeMax);
      const size = this.#solo5.netRead(this.#handle, frame, 0, frame.length);
      return size === AGAIN ? null : frame.slice(0, size);
    }
    if (!this.#fill()) return null;
    const slot = this.#next++;
    const start = slot * this.#slots.slotSize;
    // Not the slots' own `slice`: a Buffer's would share the memory that the next batch overwrites.
    return Uint8Array.prototype.slice.call(
      this.#slots.bytes,
      start,
      start + (this.#slots.sizes[slot] ?? 0),
    );
  }

  #fill(): boolean {
    if (this.#next < this.#count) return true;
    this.#next = 0;
    this.#count = this.#solo5.netReadBatch?.(this.#handle) ?? 0;
    return this.#count > 0;
  }
}
