// A disk: its pages, and the medium that programs reach them through. Perfect unless told otherwise.
import {
  type BlockFaultCounters,
  type BlockFaults,
  checkBlockFaults,
  newBlockCounters,
} from "./block-faults.ts";
import { SimError } from "./errors.ts";
import { Medium, type Pages } from "./medium.ts";

export interface DiskOptions {
  /** Bytes, a multiple of `blockSize`. */
  readonly capacity: number;
  /** Bytes of a block: a power of two of at least 512, which it is if not given. */
  readonly blockSize?: number;
  /** Whether programs may only read it. `Disk.write` itself may always be used. */
  readonly readOnly?: boolean;
  /** What the disk holds at first, from its start on; zeroes follow. Copied. */
  readonly contents?: Uint8Array;
  /** What it does wrong; nothing if not given. `Disk.set` changes it at any moment. */
  readonly faults?: BlockFaults;
}

export class Disk {
  readonly capacity: number;
  readonly blockSize: number;
  readonly readOnly: boolean;
  /** Blocks that were ever written, by index: a large disk costs only what is used. */
  readonly #blocks = new Map<number, Uint8Array>();
  readonly #pages: Pages;
  #faults: BlockFaults;
  /** Made when the disk is attached: its faults follow from the world's seed. */
  #medium: Medium | null = null;

  /** @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT */
  constructor(options: DiskOptions) {
    const { capacity, blockSize = 512, readOnly = false, contents, faults = {} } = options;
    if (!Number.isInteger(blockSize) || blockSize < 512 || (blockSize & (blockSize - 1)) !== 0) {
      throw new SimError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `disk: the block size is a power of two of at least 512 bytes, got ${blockSize}`,
      );
    }
    if (!Number.isSafeInteger(capacity) || capacity < blockSize || capacity % blockSize !== 0) {
      throw new SimError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `disk: the capacity is a multiple of the block size, ${blockSize} bytes, got ${capacity}`,
      );
    }
    if (contents !== undefined && contents.length > capacity) {
      throw new SimError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `disk: ${contents.length} bytes of contents do not fit in ${capacity} bytes`,
      );
    }
    this.capacity = capacity;
    this.blockSize = blockSize;
    this.readOnly = readOnly;
    checkBlockFaults("disk", faults);
    this.#faults = faults;
    this.#pages = {
      pageSize: blockSize,
      outside: (act) => act(),
      read: (position, into, offset) => this.read(position, into, offset),
      write: (position, from, offset) => this.#store(position, from, offset),
    };
    for (let at = 0; at < (contents?.length ?? 0); at += blockSize) {
      const block = new Uint8Array(blockSize);
      block.set(contents?.subarray(at, at + blockSize) ?? []);
      this.#blocks.set(at / blockSize, block);
    }
  }

  /**
   * Copies the block at `position` to `into`, from `offset` on, whatever the disk's faults: for tests that look
   * at what a program wrote, flushed or not.
   *
   * @throws {SimError} ERR_SOLO5_MISALIGNED, ERR_SOLO5_OUT_OF_RANGE
   */
  read(position: number, into: Uint8Array, offset = 0): void {
    this.check(position, into, offset);
    const block = this.#blocks.get(position / this.blockSize);
    if (block === undefined) into.fill(0, offset, offset + this.blockSize);
    else into.set(block, offset);
  }

  /** Copies a block's bytes from `from`, `offset` on, to `position`, durably. @throws as `read` */
  write(position: number, from: Uint8Array, offset = 0): void {
    this.#store(position, from, offset);
    this.#medium?.forget(position);
  }

  /**
   * Changes what `faults` names, from the next operation on.
   *
   * @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT for a name or number that makes no sense
   */
  set(faults: BlockFaults): void {
    checkBlockFaults("disk", faults);
    this.#faults = { ...this.#faults, ...faults };
    this.#medium?.set(faults);
  }

  /** What was done to its pages. */
  get counters(): BlockFaultCounters {
    return this.#medium?.counters ?? newBlockCounters();
  }

  /** For `Machine.disk`: the first machine that has the disk decides what its faults follow from. */
  attach(seed: number, name: string): AttachedDisk {
    this.#medium ??= new Medium({ ...this.#faults, seed, name });
    this.#medium.attach(this.#pages);
    return new AttachedDisk(this, this.#medium);
  }

  #store(position: number, from: Uint8Array, offset: number): void {
    this.check(position, from, offset);
    const index = position / this.blockSize;
    let block = this.#blocks.get(index);
    if (block === undefined) {
      block = new Uint8Array(this.blockSize);
      this.#blocks.set(index, block);
    }
    block.set(from.subarray(offset, offset + this.blockSize));
  }

  /** Throws what reading and writing throw before anything happens. */
  check(position: number, bytes: Uint8Array, offset: number): void {
    const { blockSize, capacity } = this;
    if (!Number.isInteger(position) || position % blockSize !== 0) {
      throw new SimError(
        "ERR_SOLO5_MISALIGNED",
        `a block begins at a multiple of ${blockSize} bytes, got ${position}`,
      );
    }
    if (position < 0 || position > capacity - blockSize) {
      throw new SimError(
        "ERR_SOLO5_OUT_OF_RANGE",
        `the last block is at ${capacity - blockSize} (capacity ${capacity} bytes), got ${position}`,
      );
    }
    if (!Number.isInteger(offset) || offset < 0 || bytes.length - offset < blockSize) {
      throw new SimError(
        "ERR_SOLO5_OUT_OF_RANGE",
        `a block needs room for ${blockSize} bytes, got ${bytes.length} bytes with offset ${offset}`,
      );
    }
  }
}

/** A disk as a machine's programs reach it. */
export class AttachedDisk {
  readonly disk: Disk;
  readonly medium: Medium;

  constructor(disk: Disk, medium: Medium) {
    this.disk = disk;
    this.medium = medium;
  }

  read(position: number, into: Uint8Array, offset: number): void {
    this.medium.read(position, into, offset);
  }

  write(position: number, from: Uint8Array, offset: number): void {
    this.disk.check(position, from, offset);
    this.medium.write(position, from, offset);
  }

  crash(): void {
    this.medium.crash();
  }
}
