// One log: pages in one half of the volume, written once and in order, batch after batch.
import type { Suspended } from "miou-solo5";
import { KvError } from "./errors.ts";
import { openPage, type PageHeader, sealPage } from "./page.ts";
import { ATTEMPT_COUNT, type Volume } from "./volume.ts";

/** A page as a log finds it: its header, or why it has none. "stale" is another store's, log's or place's. */
export type FoundPage = PageHeader | "blank" | "stale" | "damaged";

/** What stands in the headers of a batch's pages. */
export interface Batch {
  readonly id: number;
  readonly start: number;
  readonly count: number;
}

export class Log {
  readonly volume: Volume;
  readonly store: number;
  /** Which one: see `Superblock.log`. */
  readonly number: number;

  constructor(volume: Volume, store: number, number: number) {
    this.volume = volume;
    this.store = store;
    this.number = number;
  }

  offsetOf(index: number): number {
    return this.volume.pageOffset(this.number, index);
  }

  /**
   * Reads a page. One that seems damaged is read again, because reading may be what went wrong.
   *
   * @throws {KvError} ERR_KV_IO
   */
  *read(index: number, page: Uint8Array): Generator<Suspended, FoundPage, void> {
    for (let count = 1; ; count++) {
      yield* this.volume.read(this.offsetOf(index), page);
      const found = openPage(page);
      if (found === "damaged" && count < ATTEMPT_COUNT) continue;
      if (typeof found === "string") return found;
      const isHere =
        found.store === this.store && found.log === this.number && found.index === index;
      return isHere ? found : "stale";
    }
  }

  /**
   * Reads `size` bytes of records, from byte `at` of all records on.
   *
   * @throws {KvError} ERR_KV_IO; ERR_KV_DAMAGED where a page is not what was written there
   */
  *readBytes(at: number, size: number): Generator<Suspended, Uint8Array, void> {
    const { bodySize, pageSize } = this.volume;
    const bytes = new Uint8Array(size);
    const page = new Uint8Array(pageSize);
    for (let done = 0; done < size; ) {
      const index = Math.floor((at + done) / bodySize);
      const found = yield* this.read(index, page);
      if (typeof found === "string") throw this.damaged(index, found);
      const offset = (at + done) % bodySize;
      const body = page.subarray(pageSize - bodySize + offset);
      const piece = body.subarray(0, size - done);
      bytes.set(piece, done);
      done += piece.length;
    }
    return bytes;
  }

  /** The pages of a batch whose records are `records`, one behind the other. */
  pagesOf(batch: Batch, records: readonly Uint8Array[]): Uint8Array[] {
    const writer = new PageWriter(this, batch);
    const pages = records.flatMap((record) => writer.add(record));
    return pages.length < batch.count ? [...pages, writer.finish()] : pages;
  }

  damaged(index: number, found: string): KvError {
    const what = found === "stale" ? "is another page" : `is ${found}`;
    return new KvError(
      "ERR_KV_DAMAGED",
      `page ${index} of log ${this.number} (at ${this.offsetOf(index)} of block device ` +
        `"${this.volume.disk.name}") was written once and ${what} now`,
    );
  }
}

/** Cuts records into a batch's pages, each as soon as it is full. */
export class PageWriter {
  readonly #log: Log;
  readonly #batch: Batch;
  readonly #headerSize: number;
  #page: Uint8Array;
  #filled: number;
  #index: number;

  constructor(log: Log, batch: Batch) {
    const { pageSize, bodySize } = log.volume;
    this.#log = log;
    this.#batch = batch;
    this.#headerSize = pageSize - bodySize;
    this.#page = new Uint8Array(pageSize);
    this.#filled = this.#headerSize;
    this.#index = batch.start;
  }

  /** Takes bytes; gives the pages that they have filled. */
  add(bytes: Uint8Array): Uint8Array[] {
    const pages: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.subarray(at, at + this.#page.length - this.#filled);
      this.#page.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === this.#page.length) pages.push(this.#seal());
    }
    return pages;
  }

  /** The last page, zeroes behind its records: for a batch that has one more than were filled. */
  finish(): Uint8Array {
    return this.#seal();
  }

  #seal(): Uint8Array {
    const { id, start, count } = this.#batch;
    const page = this.#page;
    const { store, number } = this.#log;
    sealPage(page, { store, log: number, batch: id, index: this.#index++, start, count });
    this.#page = new Uint8Array(page.length);
    this.#filled = this.#headerSize;
    return page;
  }
}
