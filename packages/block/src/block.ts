// A block device: whole pages at aligned offsets.
import {
  closeAtEnd,
  type Device,
  type Operation,
  type Solo5,
  type Suspended,
  world,
} from "@miou-solo5/scheduler";
import { active } from "@miou-solo5/scheduler/devices";
import { BlockError } from "./errors.ts";
import { flushOperation } from "./flush.ts";
import { type PageDevice, PageOperation } from "./page-operation.ts";

const NAME = /^[0-9A-Za-z]{1,67}$/;

/**
 * A block device as a run's list names it: acquired before main, closed after it.
 *
 * @throws {BlockError} ERR_SOLO5_INVALID_ARGUMENT where `name` is not 1 to 67 letters and digits
 */
export function block(name: string): Device<Block> {
  checkName(name);
  return {
    names: [{ name, type: "BLOCK_BASIC" }],
    acquire: () => acquire(name),
  };
}

function* acquire(name: string): Generator<Suspended, Block, void> {
  const device = connect(name);
  closeAtEnd(() => device.close());
  return device;
}

/**
 * Acquires a device outside a run's list. The caller closes it.
 *
 * @throws {BlockError} ERR_SOLO5_INVALID_ARGUMENT; and what the world throws: ERR_SOLO5_NO_DEVICE,
 * ERR_SOLO5_BUSY
 * @see miou_solo5 Block.connect
 */
export function connect(name: string, solo5: Solo5 = world()): Block {
  checkName(name);
  const { handle, capacity, blockSize, readOnly } = solo5.blockAcquire(name);
  return new Block(name, solo5, { handle, capacity, blockSize, readOnly: readOnly === true });
}

interface Geometry {
  readonly handle: number;
  readonly capacity: number;
  readonly blockSize: number;
  readonly readOnly: boolean;
}

export class Block implements Disposable {
  readonly name: string;
  /** Bytes of one page, the unit of every operation: a power of two of at least 512. */
  readonly pageSize: number;
  /** Bytes of the whole device, a multiple of `pageSize`. */
  readonly capacity: number;
  /** Whether every write is refused. */
  readonly readOnly: boolean;
  readonly #solo5: Solo5;
  readonly #device: PageDevice & Parameters<typeof flushOperation>[0];
  /** The loop in which operations may be queued; null before the first. */
  #loop: NonNullable<typeof active.engine>["loop"] | null = null;
  #isClosed = false;

  /** Use `block` or `connect`. */
  constructor(name: string, solo5: Solo5, geometry: Geometry) {
    const { handle, capacity, blockSize, readOnly } = geometry;
    this.name = name;
    this.pageSize = blockSize;
    this.capacity = capacity;
    this.readOnly = readOnly;
    this.#solo5 = solo5;
    this.#device = {
      name,
      handle,
      solo5,
      requireUsable: () => this.#requireUsable(),
      finishWrites: () => this.#loop?.drainBlockJobs(handle),
      readPage: (position, page, pageOffset) => solo5.blockRead(handle, position, page, pageOffset),
      writePage: (position, page, pageOffset) =>
        solo5.blockWrite(handle, position, page, pageOffset),
    };
  }

  /**
   * Reads one page into `page` when no task is ready to run, or when its turn has come: one operation a
   * turn, in order of submission.
   *
   * Shape: `offset` in bytes, a multiple of `pageSize`, at most `capacity - pageSize`; `page` has
   * at least `pageSize` bytes from `pageOffset` on, and the first `pageSize` of them are used.
   * Suspends: always. Cancelled while queued, `page` keeps its bytes. Do not use `page` until it returns.
   * @throws {BlockError} ERR_SOLO5_CLOSED, ERR_SOLO5_MISALIGNED, ERR_SOLO5_OUT_OF_RANGE,
   * ERR_SOLO5_BUFFER_TOO_SMALL when called; ERR_SOLO5_CLOSED, ERR_SOLO5_WRONG_WORLD from the
   * operation; the world's ERR_SOLO5_IO with `errno`
   * @see solo5.h solo5_block_read; miou_solo5 Block.read
   */
  read(offset: number, page: Uint8Array, pageOffset = 0): Operation<void> {
    this.#check("read", offset, page, pageOffset);
    return new PageOperation(this.#device, "read", offset, page, pageOffset);
  }

  /**
   * Writes one page. Shape, suspension and faults as `read`; do not change `page` until it returns.
   *
   * @throws {BlockError} as `read`; ERR_SOLO5_READ_ONLY when called
   * @see solo5.h solo5_block_write; miou_solo5 Block.write
   */
  write(offset: number, page: Uint8Array, pageOffset = 0): Operation<void> {
    this.#check("write", offset, page, pageOffset);
    this.#requireWritable("write");
    return new PageOperation(this.#device, "write", offset, page, pageOffset);
  }

  /**
   * Reads one page now. Never suspends: no other task runs meanwhile, and writes that are queued
   * are not seen.
   *
   * @throws {BlockError} as `read` when called; the world's ERR_SOLO5_IO
   * @see miou_solo5 Block.atomic_read
   */
  atomicRead(offset: number, page: Uint8Array, pageOffset = 0): void {
    this.#check("atomicRead", offset, page, pageOffset);
    this.#device.readPage(offset, page, pageOffset);
  }

  /**
   * Writes one page now. Never suspends; a write to the same page that is queued comes later and wins.
   *
   * @throws {BlockError} as `write` when called; the world's ERR_SOLO5_IO
   * @see miou_solo5 Block.atomic_write
   */
  atomicWrite(offset: number, page: Uint8Array, pageOffset = 0): void {
    this.#check("atomicWrite", offset, page, pageOffset);
    this.#requireWritable("atomicWrite");
    this.#device.writePage(offset, page, pageOffset);
  }

  /**
   * Ends when every write that was called before it is on stable storage, queued ones included: these
   * are done first, at once.
   *
   * Suspends: always; other tasks run meanwhile. It can't be taken back: a cancelled task is told after its end.
   * @throws {BlockError} ERR_SOLO5_CLOSED, ERR_SOLO5_NOT_SUPPORTED; the world's ERR_SOLO5_IO
   */
  flush(): Operation<void> {
    this.#requireOpen();
    return flushOperation(this.#device);
  }

  /** Does what is queued, then releases the device. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#device.finishWrites();
    this.#isClosed = true;
    this.#solo5.blockRelease(this.#device.handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new BlockError("ERR_SOLO5_CLOSED", this.name, "it is closed");
  }

  #requireUsable(): void {
    this.#requireOpen();
    const engine = active.engine;
    if (engine?.solo5 === this.#solo5) {
      this.#loop = engine.loop;
      return;
    }
    throw new BlockError(
      "ERR_SOLO5_WRONG_WORLD",
      this.name,
      "it belongs to another world than the running task; connect it in this run",
    );
  }

  #requireWritable(verb: string): void {
    if (!this.readOnly) return;
    throw new BlockError("ERR_SOLO5_READ_ONLY", this.name, `${verb}: it is attached read-only`);
  }

  #check(verb: string, offset: number, page: Uint8Array, pageOffset: number): void {
    this.#requireOpen();
    if (!Number.isInteger(offset) || offset % this.pageSize !== 0) {
      throw new BlockError(
        "ERR_SOLO5_MISALIGNED",
        this.name,
        `${verb}: the offset must be a multiple of the page size, ${this.pageSize} bytes, got ${offset}`,
      );
    }
    if (offset < 0 || offset > this.capacity - this.pageSize) {
      throw new BlockError(
        "ERR_SOLO5_OUT_OF_RANGE",
        this.name,
        `${verb}: the last page is at ${this.capacity - this.pageSize} (capacity ${this.capacity} bytes), ` +
          `got offset ${offset}`,
      );
    }
    if (
      !Number.isInteger(pageOffset) ||
      pageOffset < 0 ||
      page.length - pageOffset < this.pageSize
    ) {
      throw new BlockError(
        "ERR_SOLO5_BUFFER_TOO_SMALL",
        this.name,
        `${verb} needs ${this.pageSize} bytes of the buffer (one page), got ${page.length} bytes ` +
          `with page offset ${pageOffset}`,
      );
    }
  }
}

function checkName(name: string): void {
  if (typeof name === "string" && NAME.test(name)) return;
  throw new BlockError(
    "ERR_SOLO5_INVALID_ARGUMENT",
    String(name),
    "a device name is 1 to 67 letters and digits",
  );
}
