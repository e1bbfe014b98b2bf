// A datagram of which fragments have come, but not all.
import { blit, equal } from "@miou-solo5/bigstring";
import { IPV4_SIZE_MAX, makeIpv4Whole } from "../wire/ipv4.ts";

/** Where the payload starts in `bytes`: the first fragment's header ends there. */
export const PARTIAL_HEADROOM = IPV4_SIZE_MAX;

const CAPACITY_MIN = 2048;

/**
 * Its payload in one buffer, and one bit for each unit of 8 bytes that is there.
 *
 * Why bits and not a list of gaps: the time for a fragment then depends on its own size only, whatever others were
 * sent to make the list long.
 */
export class Partial {
  readonly source: number;
  readonly target: number;
  readonly protocol: number;
  readonly identification: number;
  /** When it is given up. */
  readonly deadline: number;
  bytes: Uint8Array = NOTHING;
  /** Of the whole payload; -1 until the last fragment has come. */
  size = -1;
  /** Of the first fragment's header; 0 until that has come. */
  headerSize = 0;
  /** Payload of the first fragment. */
  firstSize = 0;
  hops = 0;
  /** Came to more than one host, any fragment of it. */
  isForMany = false;
  /** Its fragments contradict each other: what still comes of it is dropped. */
  isRefused = false;
  #units = NO_UNITS;
  #unitCount = 0;
  #unitsEnd = 0;

  constructor(
    source: number,
    target: number,
    protocol: number,
    identification: number,
    deadline: number,
  ) {
    this.source = source;
    this.target = target;
    this.protocol = protocol;
    this.identification = identification;
    this.deadline = deadline;
  }

  /** Bytes of memory that it holds. */
  get memory(): number {
    return this.bytes.length + this.#units.byteLength;
  }

  get isComplete(): boolean {
    return this.size >= 0 && this.#unitCount === (this.size + 7) >>> 3;
  }

  /**
   * Adds the `size` bytes at `offset` of `bytes` as the payload's from `at` on. False where that contradicts what
   * is there: it overlaps and is not the same again, or the payload's end is another. A fragment that comes twice
   * is in order: networks do that.
   *
   * Shape: `at` is a multiple of 8, and so is `size` unless `isLast`; `size` is above 0.
   * @see RFC 815, the bookkeeping; RFC 5722 and RFC 3128, why overlaps are refused
   */
  add(bytes: Uint8Array, offset: number, size: number, at: number, isLast: boolean): boolean {
    const end = at + size;
    const firstUnit = at >>> 3;
    const unitsEnd = (end + 7) >>> 3;
    if (isLast) {
      if (this.size >= 0 ? this.size !== end : this.#unitsEnd > unitsEnd) return false;
    } else if (this.size >= 0 && end > this.size) {
      return false;
    }
    this.#grow(end);
    const present = this.#countUnits(firstUnit, unitsEnd);
    if (present > 0) {
      const isAgain = present === unitsEnd - firstUnit && (!isLast || this.size === end);
      return isAgain && equal(bytes, offset, this.bytes, PARTIAL_HEADROOM + at, size);
    }
    blit(bytes, offset, this.bytes, PARTIAL_HEADROOM + at, size);
    for (let unit = firstUnit; unit < unitsEnd; unit++) {
      this.#units[unit >>> 5] = (this.#units[unit >>> 5] as number) | (1 << (unit & 31));
    }
    this.#unitCount += unitsEnd - firstUnit;
    this.#unitsEnd = Math.max(this.#unitsEnd, unitsEnd);
    if (isLast) this.size = end;
    return true;
  }

  /** Keeps the header of the first fragment, whose payload of `firstSize` bytes has been added. */
  addHeader(bytes: Uint8Array, offset: number, size: number, firstSize: number): void {
    blit(bytes, offset, this.bytes, PARTIAL_HEADROOM - size, size);
    this.headerSize = size;
    this.firstSize = firstSize;
  }

  /** Makes the header, which has come, that of a packet with `size` bytes of payload, not in pieces. */
  finishHeader(size: number): void {
    const { headerSize } = this;
    makeIpv4Whole(this.bytes, PARTIAL_HEADROOM - headerSize, headerSize + size);
  }

  /** Drops all that has come, and all that will. Nobody is told: what contradicts itself is no accident. */
  refuse(): void {
    this.isRefused = true;
    this.headerSize = 0;
    this.bytes = NOTHING;
    this.#units = NO_UNITS;
  }

  #countUnits(from: number, end: number): number {
    let count = 0;
    for (let unit = from; unit < end; unit++) {
      count += ((this.#units[unit >>> 5] as number) >>> (unit & 31)) & 1;
    }
    return count;
  }

  #grow(end: number): void {
    if (PARTIAL_HEADROOM + end <= this.bytes.length) return;
    // A power of two, so that growing is rare: 64 KiB at the most, since no packet is longer.
    let capacity = CAPACITY_MIN;
    while (capacity < end) capacity *= 2;
    const bytes = new Uint8Array(PARTIAL_HEADROOM + capacity);
    bytes.set(this.bytes);
    const units = new Uint32Array(capacity / (8 * 32));
    units.set(this.#units);
    this.bytes = bytes;
    this.#units = units;
  }
}

const NOTHING = new Uint8Array(0);
const NO_UNITS = new Uint32Array(0);
