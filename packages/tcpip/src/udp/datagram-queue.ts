// Datagrams that have come and were not read yet, in bounded memory, without an allocation for each.
import { blit } from "@miou-solo5/bigstring";
import type { Address } from "../address.ts";
import type { Datagram } from "./datagram.ts";

const CAPACITY_MIN = 4096;

/**
 * The data in a ring of bytes, and beside it a ring of where each came from.
 *
 * Memory: nothing before the first datagram, then the ring doubles as it must, to `sizeMax` bytes rounded up to a
 * power of two; and about 40 bytes for each of `countMax`.
 */
export class DatagramQueue {
  readonly #countMax: number;
  readonly #sizeMax: number;
  #bytes = NOTHING;
  /** Where the oldest one's data starts. */
  #head = 0;
  #size = 0;
  #first = 0;
  #count = 0;
  #sizes = NO_SIZES;
  #ports = NO_PORTS;
  readonly #addresses: Address[] = [];
  readonly #targets: Address[] = [];

  /** Shape: both at least 1. */
  constructor(countMax: number, sizeMax: number) {
    this.#countMax = countMax;
    this.#sizeMax = sizeMax;
  }

  get length(): number {
    return this.#count;
  }

  /** Bytes of data. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of data of the oldest; 0 where there is none. */
  get firstSize(): number {
    return this.#count === 0 ? 0 : (this.#sizes[this.#first] as number);
  }

  /** Adds one; false where there is no room. */
  push(
    bytes: Uint8Array,
    offset: number,
    size: number,
    address: Address,
    port: number,
    target: Address,
  ): boolean {
    if (this.#count === this.#countMax || this.#size + size > this.#sizeMax) return false;
    if (this.#ports.length === 0) {
      this.#sizes = new Int32Array(this.#countMax);
      this.#ports = new Uint16Array(this.#countMax);
    }
    this.#grow(this.#size + size);
    const capacity = this.#bytes.length;
    const tail = (this.#head + this.#size) & (capacity - 1);
    const beforeEnd = Math.min(size, capacity - tail);
    blit(bytes, offset, this.#bytes, tail, beforeEnd);
    blit(bytes, offset + beforeEnd, this.#bytes, 0, size - beforeEnd);
    const last = (this.#first + this.#count) % this.#countMax;
    this.#sizes[last] = size;
    this.#ports[last] = port;
    this.#addresses[last] = address;
    this.#targets[last] = target;
    this.#size += size;
    this.#count++;
    return true;
  }

  /** Moves the oldest to `into`, cut to the room there; false where there is none. */
  shift(into: Datagram): boolean {
    if (this.#count === 0) return false;
    const first = this.#first;
    const size = this.#sizes[first] as number;
    const taken = Math.min(size, into.capacity);
    const beforeEnd = Math.min(taken, this.#bytes.length - this.#head);
    blit(this.#bytes, this.#head, into.bytes, into.offset, beforeEnd);
    blit(this.#bytes, 0, into.bytes, into.offset + beforeEnd, taken - beforeEnd);
    into.size = taken;
    into.isTruncated = taken < size;
    into.address = this.#addresses[first] as Address;
    into.port = this.#ports[first] as number;
    into.target = this.#targets[first] as Address;
    this.#size -= size;
    this.#count--;
    // Starting over where it is empty keeps data in one piece, and in the cache.
    this.#head = this.#count === 0 ? 0 : (this.#head + size) & (this.#bytes.length - 1);
    this.#first = this.#count === 0 ? 0 : (first + 1) % this.#countMax;
    return true;
  }

  clear(): void {
    this.#bytes = NOTHING;
    this.#sizes = NO_SIZES;
    this.#ports = NO_PORTS;
    this.#addresses.length = 0;
    this.#targets.length = 0;
    this.#head = 0;
    this.#size = 0;
    this.#first = 0;
    this.#count = 0;
  }

  #grow(size: number): void {
    const old = this.#bytes;
    if (size <= old.length) return;
    let capacity = Math.max(CAPACITY_MIN, old.length);
    while (capacity < size) capacity *= 2;
    const bytes = new Uint8Array(capacity);
    const beforeEnd = Math.min(this.#size, old.length - this.#head);
    blit(old, this.#head, bytes, 0, beforeEnd);
    blit(old, 0, bytes, beforeEnd, this.#size - beforeEnd);
    this.#bytes = bytes;
    this.#head = 0;
  }
}

const NOTHING = new Uint8Array(0);
const NO_SIZES = new Int32Array(0);
const NO_PORTS = new Uint16Array(0);
