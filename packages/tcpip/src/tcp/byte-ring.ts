// Bytes that come in at one end and leave at the other, in memory that grows with need up to a bound.
import { blit } from "@miou-solo5/bigstring";

/** What the first bytes allocate: enough for requests and small answers, little enough for 10,000 of them. */
const FIRST_CAPACITY = 2048;

/**
 * A bounded queue of bytes in a ring, of which bytes can be put and looked at anywhere behind its head.
 *
 * Memory: nothing until the first byte, then `FIRST_CAPACITY`, doubled on demand up to `sizeMax`; `trim` gives it
 * back. Costs one blit, two where the range wraps around.
 */
export class ByteRing {
  readonly sizeMax: number;
  /** Bytes in order from the head on. */
  length = 0;
  /** Bytes from the head to the last that was put ahead of order; at least `length`. */
  #extent = 0;
  #bytes: Uint8Array | null = null;
  #head = 0;

  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  /** Bytes that can still be appended. */
  get free(): number {
    return this.sizeMax - this.length;
  }

  /** Bytes of memory that it holds now. */
  get capacity(): number {
    return this.#bytes === null ? 0 : this.#bytes.length;
  }

  /** Whether giving the memory back would lose nothing and gain something. */
  get isTrimmable(): boolean {
    return this.#extent === 0 && this.capacity > FIRST_CAPACITY;
  }

  /** Appends as many of `size` bytes as fit, and tells how many. */
  append(source: Uint8Array, offset: number, size: number): number {
    const count = Math.min(size, this.free);
    if (count <= 0) return 0;
    this.put(this.length, source, offset, count);
    this.length += count;
    return count;
  }

  /**
   * Puts bytes at `position` (counted from the head), perhaps ahead of order: `advance` then makes them count.
   *
   * Shape: `position + size <= sizeMax`.
   */
  put(position: number, source: Uint8Array, offset: number, size: number): void {
    const end = position + size;
    const bytes = this.#reserve(end);
    const start = this.#index(bytes, position);
    const first = Math.min(size, bytes.length - start);
    blit(source, offset, bytes, start, first);
    if (first < size) blit(source, offset + first, bytes, 0, size - first);
    if (end > this.#extent) this.#extent = end;
  }

  /** Makes `count` bytes more count as in order; they have been put. */
  advance(count: number): void {
    this.length += count;
  }

  /** Copies `size` bytes from `position` on; they stay. */
  copy(position: number, target: Uint8Array, offset: number, size: number): void {
    const bytes = this.#bytes;
    if (bytes === null || size === 0) return;
    const start = this.#index(bytes, position);
    const first = Math.min(size, bytes.length - start);
    blit(bytes, start, target, offset, first);
    if (first < size) blit(bytes, 0, target, offset + first, size - first);
  }

  /** Takes `count` bytes off the head. */
  drop(count: number): void {
    if (this.#bytes === null || count === 0) return;
    this.length -= count;
    this.#extent -= count;
    this.#head = this.#extent === 0 ? 0 : this.#index(this.#bytes, count);
  }

  /** Forgets what was put ahead of order. */
  forgetAhead(): void {
    this.#extent = this.length;
  }

  /** Gives the memory back where nothing is in it. */
  trim(): void {
    if (this.#extent === 0) this.#bytes = null;
  }

  /** Forgets everything, the memory too. */
  clear(): void {
    this.length = 0;
    this.#extent = 0;
    this.#head = 0;
    this.#bytes = null;
  }

  #index(bytes: Uint8Array, position: number): number {
    const index = this.#head + position;
    return index < bytes.length ? index : index - bytes.length;
  }

  #reserve(size: number): Uint8Array {
    const bytes = this.#bytes;
    if (bytes !== null && size <= bytes.length) return bytes;
    let capacity = bytes === null ? FIRST_CAPACITY : bytes.length;
    while (capacity < size) capacity *= 2;
    const grown = new Uint8Array(Math.min(capacity, Math.max(size, this.sizeMax)));
    this.copy(0, grown, 0, this.#extent);
    this.#head = 0;
    this.#bytes = grown;
    return grown;
  }
}
