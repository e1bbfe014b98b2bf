// The device as a store divides it: two superblocks, then two halves for the logs. And how pages are read and written
// on a device that fails at times.
import type { Block, Operation, Suspended } from "miou-solo5";
import { isIoError, KvError } from "./errors.ts";
import { PAGE_HEADER_SIZE } from "./page.ts";
import { DELETION_SIZE_MAX } from "./record.ts";

/** How often a page is read, or a write is tried, before its failure is told. */
export const ATTEMPT_COUNT = 4;
export const SUPERBLOCK_COUNT = 2;
/** Pages of a half that are worth having: room for deletions, and as much again. */
const HALF_PAGE_COUNT_MIN = 8;

/** The flushes without which a crash loses what was acknowledged. */
export type FlushPoint = "commit" | "compaction" | "superblock" | "recovery";

export class Volume {
  readonly disk: Block;
  readonly pageSize: number;
  /** Bytes of a page of the log that are left for records. */
  readonly bodySize: number;
  /** Pages of the device that the store uses. */
  readonly pageCount: number;
  /** Pages of a log at most. */
  readonly halfPageCount: number;
  /** Pages at a log's end in which nothing is set, so that there is always room to delete. */
  readonly reservedPageCount: number;
  readonly #leftOut: FlushPoint | null;

  /** @throws {KvError} ERR_KV_TOO_SMALL */
  constructor(disk: Block, pageCount: number, leftOut: FlushPoint | null) {
    this.disk = disk;
    this.pageSize = disk.pageSize;
    this.bodySize = disk.pageSize - PAGE_HEADER_SIZE;
    this.pageCount = pageCount;
    this.halfPageCount = Math.floor((pageCount - SUPERBLOCK_COUNT) / 2);
    this.reservedPageCount = Math.ceil(DELETION_SIZE_MAX / this.bodySize);
    this.#leftOut = leftOut;
    if (this.halfPageCount >= HALF_PAGE_COUNT_MIN) return;
    const wanted = SUPERBLOCK_COUNT + 2 * HALF_PAGE_COUNT_MIN;
    throw new KvError(
      "ERR_KV_TOO_SMALL",
      `a store needs at least ${wanted} pages of ${this.pageSize} bytes (${wanted * this.pageSize} bytes), ` +
        `block device "${disk.name}" has ${pageCount}`,
    );
  }

  /** Where a superblock lies, in bytes: its copies take turns. */
  slotOffset(serial: number): number {
    return (serial % SUPERBLOCK_COUNT) * this.pageSize;
  }

  /** Where a page of a log lies, in bytes: logs take turns with the halves. */
  pageOffset(log: number, index: number): number {
    return (SUPERBLOCK_COUNT + (log % 2) * this.halfPageCount + index) * this.pageSize;
  }

  /** Reads the page at `offset` into `page`, several times where the device fails. @throws {KvError} ERR_KV_IO */
  *read(offset: number, page: Uint8Array): Generator<Suspended, void, void> {
    yield* attempts(`read of the page at ${offset}`, () => this.disk.read(offset, page));
  }

  /**
   * Writes a page and looks whether the device gives it back: what was stored wrongly is found while we still
   * have it. Not durable before a flush.
   *
   * @throws the device's ERR_SOLO5_IO, and {KvError} ERR_KV_IO where the page reads back otherwise
   */
  *write(offset: number, page: Uint8Array): Generator<Suspended, void, void> {
    yield* this.disk.write(offset, page);
    const back = new Uint8Array(this.pageSize);
    yield* this.disk.read(offset, back);
    if (page.every((byte, i) => byte === back[i])) return;
    throw new KvError(
      "ERR_KV_IO",
      `the page at ${offset} reads back otherwise than it was written`,
    );
  }

  /**
   * Makes what was written durable. After a failure the kernel may take the pages for clean: what is not written anew then
   * counts for nothing.
   *
   * @throws {KvError} ERR_KV_IO
   */
  *flush(point: FlushPoint): Generator<Suspended, void, void> {
    try {
      if (point !== this.#leftOut) yield* this.disk.flush();
    } catch (cause) {
      if (!isIoError(cause)) throw cause;
      throw new KvError("ERR_KV_IO", `flush of a ${point}: ${cause.message}`, { cause });
    }
  }
}

/** Does it until it succeeds, a few times. @throws {KvError} ERR_KV_IO with the last failure; others at once */
export function* attempts<T>(what: string, act: () => Operation<T>): Generator<Suspended, T, void> {
  for (let count = 1; ; count++) {
    try {
      return yield* act();
    } catch (error) {
      if (!isIoError(error)) throw error;
      if (count < ATTEMPT_COUNT) continue;
      throw new KvError("ERR_KV_IO", `${what} failed ${count} times: ${error.message}`, {
        cause: error,
      });
    }
  }
}
