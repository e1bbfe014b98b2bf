// What a store finds when it is opened. It writes nothing but a store's first superblock, so that a crash meanwhile
// leaves things as they were.
import type { Suspended } from "miou-solo5";
import { Entries } from "./entries.ts";
import { KvError } from "./errors.ts";
import { Log } from "./log.ts";
import type { PageHeader } from "./page.ts";
import { RecordReader } from "./record.ts";
import type { Superblock } from "./superblock.ts";
import type { Volume } from "./volume.ts";

export interface Recovered {
  readonly log: Log;
  readonly entries: Entries;
  /** Pages of whole batches: where the next one goes. */
  readonly end: number;
}

/**
 * Reads the log up to its last whole batch. What follows that is a batch that a crash cut short, which nobody was told to be
 * there, unless something proves that there was more: then pages were damaged, and what the store would say may be out
 * of date.
 *
 * @throws {KvError} ERR_KV_DAMAGED, ERR_KV_IO
 */
export function* recover(
  volume: Volume,
  superblock: Superblock,
): Generator<Suspended, Recovered, void> {
  const log = new Log(volume, superblock.store, superblock.log);
  const entries = new Entries();
  let end = 0;
  while (end < volume.halfPageCount) {
    const count = yield* readBatch(log, end, entries);
    if (count === 0) break;
    end += count;
  }
  if (end < superblock.end || (yield* hasLater(log, end))) {
    const found = yield* log.read(end, new Uint8Array(volume.pageSize));
    throw log.damaged(end, typeof found === "string" ? found : "part of a batch that is not whole");
  }
  return { log, entries, end };
}

/** Pages in a row without one of this log, after which nothing more is looked for: opening a large device takes no longer. */
const GAP_PAGE_COUNT_MAX = 1024;

/**
 * Whether there is a page of a batch that begins behind page `start`.
 *
 * A batch is written when all before it has been flushed. So such a page proves that the log once reached as far.
 * (Pages of a batch that was given up lie there too, but that one began where the log ended.)
 */
export function* hasLater(log: Log, start: number): Generator<Suspended, boolean, void> {
  const page = new Uint8Array(log.volume.pageSize);
  let gap = 0;
  for (let index = start; index < log.volume.halfPageCount && gap < GAP_PAGE_COUNT_MAX; index++) {
    const found = yield* log.read(index, page);
    if (typeof found !== "string" && found.start > start) return true;
    gap = typeof found === "string" ? gap + 1 : 0;
  }
  return false;
}

/** Applies the batch that begins at page `start`; gives how many pages it has, 0 where no whole one is there. */
function* readBatch(log: Log, start: number, entries: Entries): Generator<Suspended, number, void> {
  const { volume } = log;
  const page = new Uint8Array(volume.pageSize);
  const body = page.subarray(volume.pageSize - volume.bodySize);
  const reader = new RecordReader();
  let first: PageHeader | null = null;
  for (let index = start; index < start + (first?.count ?? 1); index++) {
    const found = yield* log.read(index, page);
    if (typeof found === "string" || found.start !== start) return 0;
    if (start + found.count > volume.halfPageCount) return 0;
    first ??= found;
    if (found.batch !== first.batch) return 0;
    try {
      reader.feed(body, index * volume.bodySize);
    } catch (cause) {
      throw notRecords(log, start, cause);
    }
  }
  if (!reader.isWhole) throw notRecords(log, start, null);
  for (const record of reader.records) entries.apply(record);
  return first?.count ?? 0;
}

/** Every checksum is right, and still it makes no sense: not damage, but a program that wrote nonsense. */
function notRecords(log: Log, start: number, cause: unknown): KvError {
  return new KvError(
    "ERR_KV_DAMAGED",
    `the batch at page ${start} of log ${log.number} is whole, but is none of records`,
    cause === null ? {} : { cause },
  );
}
