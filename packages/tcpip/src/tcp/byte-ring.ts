// Bytes that come in at one end and leave at the other, in memory that grows with need up to a bound.
import { blit } from "@miou-solo5/bigstring";
import { RING_SIZE_MIN, type TextMemory, UNBOUNDED } from "./memory.ts";

/**
 * A bounded queue of bytes in a ring, of which bytes can be put and looked at anywhere behind its head.
 *
 * Memory: nothing until the first byte, then 2 KiB, which is enough for requests and small answers; doubled on demand up to
 * `sizeMax`, where `memory` has as much. `trim` gives it back. Costs one blit, two where the range wraps around.
 */
export class ByteRing {
  readonly sizeMax: number;
  /** Bytes in order from the head on. */
  length = 0;
  /** Bytes from the head to the last that was put ahead of order; at least `length`. */
  #extent = 0;
  #bytes: Uint8Array | null = null;
  #head = 0;
  readonly #memory: TextMemory;

  constructor(sizeMax: number, memory: TextMemory = UNBOUNDED) {
    this.sizeMax = sizeMax;
    this.#memory = memory;
  }

  /** How many bytes it can hold, as far as can be told: less than `sizeMax` where memory is short. */
  get limit(): number {
    return Math.min(this.sizeMax, Math.max(this.capacity, RING_SIZE_MIN) + this.#memory.share);
  }

  /** Bytes that can still be appended, as far as can be told. */
  get free(): number {
    return Math.max(0, this.limit - this.length);
  }

  /** Bytes of memory that it holds now. */
  get capacity(): number {
    return this.#bytes === null ? 0 : this.#bytes.length;
  }

  /** Whether giving the memory back would lose nothing and gain something. */
  get isTrimmable(): boolean {
    return this.#extent === 0 && this.capacity > RING_SIZE_MIN;
  }

  /** Appends as many of `size` bytes as fit, and tells how many. */
  append(source: Uint8Array, offset: number, size: number): number {
    const wanted = Math.min(size, this.sizeMax - this.length);
    if (wanted <= 0) return 0;
    const count = Math.min(wanted, this.reserve(this.length + wanted) - this.length);
    if (count <= 0) return 0;
    this.put(this.length, source, offset, count);
    this.length += count;
    return count;
  }

  /**
   * Makes room for `size` bytes from the head on, and gives for how many there is room now: less where memory is short.
   *
   * Shape: at most `sizeMax`.
   */
  reserve(size: number): number {
    if (size > this.capacity) this.#grow(size);
    return this.capacity;
  }

  /**
   * Puts bytes at `position` (counted from the head), perhaps ahead of order: `advance` then makes them count.
   *
   * Shape: `position + size` is at most what `reserve` gave.
   */
  put(position: number, source: Uint8Array, offset: number, size: number): void {
    const end = position + size;
    const bytes = this.#bytes as Uint8Array;
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
    if (this.#extent === 0) this.#letGo();
  }

  /** Forgets everything, the memory too. */
  clear(): void {
    this.length = 0;
    this.#extent = 0;
    this.#head = 0;
    this.#letGo();
  }

  #index(bytes: Uint8Array, position: number): number {
    const index = this.#head + position;
    return index < bytes.length ? index : index - bytes.length;
  }

  #grow(size: number): void {
    const { capacity, sizeMax } = this;
    let wanted = Math.max(2 * capacity, RING_SIZE_MIN);
    while (wanted < size) wanted *= 2;
    wanted = Math.min(wanted, sizeMax);
    const isGiven = this.#memory.take(costOf(wanted) - costOf(capacity));
    // Twice as much as needed can't be had, but perhaps just what is.
    if (!isGiven) wanted = this.#memory.take(costOf(size) - costOf(capacity)) ? size : capacity;
    // The first part is promised, even where nothing else can be had.
    wanted = Math.max(wanted, Math.min(RING_SIZE_MIN, sizeMax));
    if (wanted === capacity) return;
    const grown = new Uint8Array(wanted);
    this.copy(0, grown, 0, this.#extent);
    this.#head = 0;
    this.#bytes = grown;
  }

  #letGo(): void {
    this.#memory.giveBack(costOf(this.capacity));
    this.#bytes = null;
  }
}

/** What counts of a ring beside its first part, which the connection was promised. */
function costOf(capacity: number): number {
  return Math.max(0, capacity - RING_SIZE_MIN);
}
