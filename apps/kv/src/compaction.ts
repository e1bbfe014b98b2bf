// Compaction: what counts is copied to the other half of the device, as one batch. Nothing of it counts before the
// superblock names the new log, so a crash at any moment finds one of the two whole.
import type { Suspended } from "miou-solo5";
import { Entries } from "./entries.ts";
import { newId } from "./id.ts";
import { Log, PageWriter } from "./log.ts";
import { encodeRecord } from "./record.ts";
import type { Recovered } from "./recovery.ts";
import { encodeUtf8 } from "./utf8.ts";
import { attempts, type Volume } from "./volume.ts";

/**
 * Pages that a compaction writes: at least one, also where nothing counts. So a batch that begins behind page 0 proves that
 * its log was named by a superblock.
 */
export function compactedPageCount({ bodySize }: Volume, { size }: Entries): number {
  return Math.max(1, Math.ceil(size / bodySize));
}

/**
 * Writes the next log, and flushes it. Nobody else writes meanwhile.
 *
 * @throws {KvError} ERR_KV_DAMAGED, ERR_KV_IO: then what was written counts for nothing
 */
export function* compact(log: Log, entries: Entries): Generator<Suspended, Recovered, void> {
  const { volume } = log;
  const target = new Log(volume, log.store, log.number + 1);
  const count = compactedPageCount(volume, entries);
  const writer = new PageWriter(target, { id: newId(), start: 0, count });
  const moved = new Entries();
  let index = 0;
  function* write(pages: readonly Uint8Array[]): Generator<Suspended, void, void> {
    for (const page of pages) {
      const offset = target.offsetOf(index++);
      yield* attempts(`write of the page at ${offset}`, () => volume.write(offset, page));
    }
  }
  for (const [key, { at, size, recordSize }] of entries.list()) {
    const value = yield* log.readBytes(at, size);
    // Every key was checked when it was set, or read.
    const keyBytes = encodeUtf8(key) as Uint8Array;
    const valueAt = moved.size + recordSize - size;
    moved.apply({ key, keySize: keyBytes.length, at: valueAt, valueSize: size });
    yield* write(writer.add(encodeRecord(keyBytes, value)));
  }
  yield* write(index < count ? [writer.finish()] : []);
  // Without this flush the superblock could reach the disk before the pages that it names.
  yield* volume.flush("compaction");
  return { log: target, entries: moved, end: index };
}
