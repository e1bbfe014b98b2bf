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
import { Flush, type FlushedDevice } from "./flush.ts";
import { type PageDevice, PageOperation } from "./page-operation.ts";
import { checkName, checkOffset, checkPage, checkRoom } from "./range.ts";

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
  readonly #device: PageDevice & FlushedDevice;
  readonly #flush: Flush;
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
      finishQueued: () => this.#loop?.drainBlockJobs(handle),
      // Room is checked again when the turn has come: the page may have been given away since.
      readPage: (offset, page, pageOffset) => {
        this.#requireOpen();
        checkRoom(this, "read", page, pageOffset);
        solo5.blockRead(handle, offset, page, pageOffset);
      },
      writePage: (offset, page, pageOffset) => {
        checkRoom(this, "write", page, pageOffset);
        solo5.blockWrite(handle, offset, page, pageOffset);
      },
    };
    this.#flush = new Flush(this.#device);
  }

  /**
   * Reads one page into `page` when no task is ready to run, or when its turn has come: one operation a
   * turn, in order of submission.
   *
   * Shape: `offset` in bytes, a multiple of `pageSize`, at most `capacity - pageSize`; `page` has
   * at least `pageSize` bytes from `pageOffset` on, and the first `pageSize` of them are used.
   * Suspends: always. Cancelled while queued, `page` keeps its bytes. Do not use `page` until it returns.
   * @throws {BlockError} when called, and checked in this order: ERR_SOLO5_CLOSED, ERR_SOLO5_INVALID_ARGUMENT,
   * ERR_SOLO5_MISALIGNED, ERR_SOLO5_OUT_OF_RANGE, ERR_SOLO5_BUFFER_TOO_SMALL; from the operation:
   * ERR_SOLO5_CLOSED, ERR_SOLO5_WRONG_WORLD, and the world's ERR_SOLO5_IO with `errno`
   * @see solo5.h solo5_block_read; miou_solo5 Block.read
   */
  read(offset: number, page: Uint8Array, pageOffset = 0): Operation<void> {
    this.#check("read", offset, page, pageOffset);
    return new PageOperation(this.#device, "read", offset, page, pageOffset);
  }

  /**
   * Writes one page. Shape, suspension and faults as `read`; do not change `page` until it returns.
   *
   * @throws {BlockError} as `read`, then ERR_SOLO5_READ_ONLY when called
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
    this.#solo5.blockRead(this.#device.handle, offset, page, pageOffset);
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
    this.#solo5.blockWrite(this.#device.handle, offset, page, pageOffset);
  }

  /**
   * Ends when every write that was called before it is on stable storage. What is queued is done first, at
   * once and in order.
   *
   * Suspends: while the world is at it; other tasks run meanwhile. (In a blocking run the thread is blocked, and
   * it does not suspend.) It can't be taken back: who cancels the task waits for its end. A task that was
   * cancelled before does not begin it, unless shielded.
   * @throws {BlockError} ERR_SOLO5_CLOSED when called; ERR_SOLO5_CLOSED, ERR_SOLO5_WRONG_WORLD,
   * ERR_SOLO5_NOT_SUPPORTED from the operation, and the world's ERR_SOLO5_IO
   */
  flush(): Operation<void> {
    this.#requireOpen();
    return this.#flush;
  }

  /** Does the writes that are queued, then releases the device. Queued reads fail with ERR_SOLO5_CLOSED. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#device.finishQueued();
    } finally {
      this.#solo5.blockRelease(this.#device.handle);
    }
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
    checkPage(this, verb, page);
    checkOffset(this, verb, offset);
    checkRoom(this, verb, page, pageOffset);
  }
}
