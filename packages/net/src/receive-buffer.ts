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
  /** Room for one frame whose size is not known yet, where there are no slots. */
  #scratch: Uint8Array | null = null;
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

  #fill(): boolean {
    if (this.#next < this.#count) return true;
    this.#next = 0;
    this.#count = 0;
    this.#count = this.#solo5.netReadBatch?.(this.#handle) ?? 0;
    return this.#count > 0;
  }
}
