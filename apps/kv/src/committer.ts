// Everything that writes: batches behind the log's end, compactions, superblocks. One task at a time, which is never
// interrupted: whoever calls holds the store's lock, shielded.
import type { Suspended } from "miou-solo5";
import { compact, compactedPageCount } from "./compaction.ts";
import type { Entries } from "./entries.ts";
import { KvError } from "./errors.ts";
import { newId } from "./id.ts";
import type { Log } from "./log.ts";
import type { PendingChange, PendingWrite } from "./pending-write.ts";
import type { FoundRecord } from "./record.ts";
import type { Recovered } from "./recovery.ts";
import type { Superblock } from "./superblock.ts";
import { writeSuperblock } from "./superblocks.ts";
import { attempts, type Volume } from "./volume.ts";

/** Writes that fit into one batch, and what they come to. */
interface Plan {
  readonly writes: readonly PendingWrite[];
  readonly found: readonly boolean[];
  readonly records: readonly Uint8Array[];
  /** The records as they will be read, counted from the batch's first byte on. */
  readonly applied: readonly FoundRecord[];
  readonly size: number;
}

export class Committer {
  readonly #volume: Volume;
  #superblock: Superblock;
  #log: Log;
  #entries: Entries;
  /** Pages that the log has: where the next batch goes. */
  #end: number;
  /**
   * Whether no batch is there that failed. A crash may find one that is, until another one lies in its place: nothing is
   * acknowledged before, not even what needs no record, such as the deletion of a key that only that batch had set.
   */
  #isEndClean = true;
  readonly #pending = new Set<PendingWrite>();
  /**
   * A compaction whose superblock could not be written: a crash may find it, or the one before. Until that is
   * settled nothing is acknowledged, because one of the two logs would not have it.
   */
  #next: { readonly superblock: Superblock; readonly recovered: Recovered } | null = null;

  constructor(superblock: Superblock, { log, entries, end }: Recovered) {
    this.#volume = log.volume;
    this.#superblock = superblock;
    this.#log = log;
    this.#entries = entries;
    this.#end = end;
  }

  get entries(): Entries {
    return this.#entries;
  }

  /** Bytes of records that fit on an empty store at once, behind the page that every compaction leaves. */
  get recordSizeMax(): number {
    return (this.#setLimit - 1) * this.#volume.bodySize;
  }

  /** A write that the next commit takes along, unless it is removed before. */
  add(write: PendingWrite): void {
    this.#pending.add(write);
  }

  remove(write: PendingWrite): void {
    this.#pending.delete(write);
  }

  /** Reads the value of `key`. Needs no lock. */
  *read(key: string): Generator<Suspended, Uint8Array | null, void> {
    for (;;) {
      const log = this.#log;
      const entry = this.#entries.get(key);
      if (entry === undefined) return null;
      try {
        return yield* log.readBytes(entry.at, entry.size);
      } catch (error) {
        // Compactions may have come meanwhile, and the last one has written over where it was.
        const isDamaged = error instanceof KvError && error.code === "ERR_KV_DAMAGED";
        if (!isDamaged || this.#log === log) throw error;
      }
    }
  }

  /** Does all writes that are pending, in order, in as few batches as they fit into. Each is told how it ended. */
  *commit(): Generator<Suspended, void, void> {
    const writes = [...this.#pending];
    this.#pending.clear();
    while (writes.length > 0) {
      let tried: readonly PendingWrite[] = writes.slice(0, 1);
      try {
        yield* this.#settle();
        const plan = this.#plan(writes);
        if (plan.writes.length > 0) {
          tried = plan.writes;
          yield* this.#append(plan);
        } else {
          yield* this.#makeRoom(writes[0] as PendingWrite);
        }
      } catch (error) {
        for (const write of tried) write.fail(error);
      }
      while (writes[0]?.isPending === false) writes.shift();
    }
  }

  /** @throws {KvError} ERR_KV_IO, ERR_KV_DAMAGED */
  *compact(): Generator<Suspended, void, void> {
    yield* this.#settle();
    const { serial, log } = this.#superblock;
    const recovered = yield* compact(this.#log, this.#entries);
    const superblock = {
      ...this.#superblock,
      serial: serial + 1,
      log: log + 1,
      end: recovered.end,
    };
    this.#next = { superblock, recovered };
    yield* this.#settle();
  }

  /** Does what is pending and writes how far the log goes. */
  *finish(): Generator<Suspended, void, void> {
    yield* this.commit();
    yield* this.#settle();
    const { serial, end } = this.#superblock;
    if (end === this.#end) return;
    const next = { ...this.#superblock, serial: serial + 1, end: this.#end };
    this.#superblock = yield* writeSuperblock(this.#volume, next);
  }

  figures(): {
    readonly liveSize: number;
    readonly pageSize: number;
    readonly logPageCount: number;
    readonly usedPageCount: number;
    readonly livePageCount: number;
    readonly log: number;
  } {
    return {
      liveSize: this.#entries.size,
      pageSize: this.#volume.pageSize,
      logPageCount: this.#volume.halfPageCount,
      usedPageCount: this.#end,
      livePageCount: compactedPageCount(this.#volume, this.#entries),
      log: this.#log.number,
    };
  }

  /** Where a write that sets must end at the latest. */
  get #setLimit(): number {
    return this.#volume.halfPageCount - this.#volume.reservedPageCount;
  }

  #limitOf(write: PendingWrite): number {
    return write.isSet ? this.#setLimit : this.#volume.halfPageCount;
  }

  /** Pages of a batch of so many bytes. */
  #pagesFor(size: number): number {
    return Math.max(Math.ceil(size / this.#volume.bodySize), this.#isEndClean ? 0 : 1);
  }

  /** Finishes a compaction that was begun, so that one superblock holds. */
  *#settle(): Generator<Suspended, void, void> {
    if (this.#next === null) return;
    const { superblock, recovered } = this.#next;
    this.#superblock = yield* writeSuperblock(this.#volume, superblock);
    this.#next = null;
    this.#isEndClean = true;
    ({ log: this.#log, entries: this.#entries, end: this.#end } = recovered);
  }

  /** The first of `writes`, as many as fit behind the log's end. */
  #plan(writes: readonly PendingWrite[]): Plan {
    const overlay = new Map<string, boolean>();
    const plan = {
      writes: [] as PendingWrite[],
      found: [] as boolean[],
      records: [] as Uint8Array[],
      applied: [] as FoundRecord[],
      size: 0,
    };
    const has = (key: string): boolean => overlay.get(key) ?? this.#entries.get(key) !== undefined;
    for (const write of writes) {
      const added = this.#addedBy(write, has);
      const size = added.reduce((sum, { record }) => sum + record.length, plan.size);
      if (this.#end + this.#pagesFor(size) > this.#limitOf(write)) break;
      plan.writes.push(write);
      plan.found.push(write.changes.some(({ key }) => has(key)));
      for (const { key, keySize, valueSize, isSet, record } of added) {
        const at = isSet ? plan.size + record.length - valueSize : null;
        plan.records.push(record);
        plan.applied.push({ key, keySize, at, valueSize });
        plan.size += record.length;
        overlay.set(key, isSet);
      }
    }
    return plan;
  }

  /** The changes that need a record: what deletes nothing needs none. */
  #addedBy(write: PendingWrite, has: (key: string) => boolean): PendingChange[] {
    const own = new Map<string, boolean>();
    return write.changes.filter(({ key, isSet }) => {
      const isNeeded = isSet || (own.get(key) ?? has(key));
      own.set(key, isSet);
      return isNeeded;
    });
  }

  /**
   * Writes a batch, flushes, and only then shows what is in it. Where that fails the next batch goes to the same
   * place; until then a crash may find this one.
   */
  *#append({ writes, found, records, applied, size }: Plan): Generator<Suspended, void, void> {
    const volume = this.#volume;
    const start = this.#end;
    const batch = { id: newId(), start, count: this.#pagesFor(size) };
    const pages = this.#log.pagesOf(batch, records);
    if (pages.length > 0) {
      const log = this.#log;
      this.#isEndClean = false;
      yield* attempts(`write of ${pages.length} pages`, function* write() {
        for (const [i, page] of pages.entries()) {
          yield* volume.write(log.offsetOf(start + i), page);
        }
        yield* volume.flush("commit");
      });
    }
    this.#isEndClean = true;
    this.#end += pages.length;
    const origin = start * volume.bodySize;
    for (const record of applied) {
      this.#entries.apply({ ...record, at: record.at === null ? null : origin + record.at });
    }
    for (const [i, write] of writes.entries()) write.succeed(found[i] as boolean);
  }

  /** Compacts where that makes room for `write`; else refuses it. */
  *#makeRoom(write: PendingWrite): Generator<Suspended, void, void> {
    const size = write.changes.reduce((sum, { record }) => sum + record.length, 0);
    const compacted = compactedPageCount(this.#volume, this.#entries);
    if (compacted < this.#end && compacted + this.#pagesFor(size) <= this.#limitOf(write)) {
      return yield* this.compact();
    }
    write.fail(
      new KvError(
        "ERR_KV_FULL",
        `${size} bytes more do not fit: ${this.#entries.size} bytes count already, in ${compacted} pages ` +
          `of ${this.#limitOf(write)}; delete something first`,
      ),
    );
  }
}
