// The store as programs see it.
import { type Block, Mutex, type Operation, type Suspended, shield } from "miou-solo5";
import { Committer } from "./committer.ts";
import { KvError } from "./errors.ts";
import { operation } from "./operation.ts";
import { type PendingChange, PendingWrite } from "./pending-write.ts";
import { encodeRecord, KEY_SIZE_MAX, recordSize } from "./record.ts";
import type { Recovered } from "./recovery.ts";
import type { Superblock } from "./superblock.ts";
import { compareUtf8, encodeUtf8 } from "./utf8.ts";

/** What is to become of a key: its value, or null where it is deleted. */
export type Change = readonly [key: string, value: Uint8Array | null];

/** What a store holds, and whether it can be read. Sizes in bytes. */
export interface KvReport {
  readonly keyCount: number;
  /** All records that count. */
  readonly liveSize: number;
  readonly pageSize: number;
  /** Pages that a log can have, that this one has, and that it would have after a compaction. */
  readonly logPageCount: number;
  readonly usedPageCount: number;
  readonly livePageCount: number;
  /** Compactions, and one. */
  readonly log: number;
  /** Keys whose value can't be read. */
  readonly damagedKeys: readonly string[];
}

/**
 * Keys are texts of at most 1,024 bytes of UTF-8, values are bytes. Every operation may be used by any number of tasks at once;
 * what one of them was told to be written is read by all. `openKv` makes one.
 *
 * Writes of several tasks are flushed together. A write that fails with ERR_KV_IO, or whose task is cancelled meanwhile, may
 * have happened or not; all others that fail have not. Every operation throws ERR_KV_CLOSED after `close`.
 */
export class Kv {
  readonly #disk: Block;
  readonly #committer: Committer;
  /** Who has it writes. */
  readonly #lock = new Mutex();
  #isClosed = false;

  /** Use `openKv`. */
  constructor(superblock: Superblock, recovered: Recovered) {
    this.#disk = recovered.log.volume.disk;
    this.#committer = new Committer(superblock, recovered);
  }

  /** How many keys there are. */
  get size(): number {
    return this.#committer.entries.count;
  }

  /** Bytes that a value may have at most under a key of `keySize` bytes of UTF-8. */
  valueSizeMax(keySize = KEY_SIZE_MAX): number {
    return this.#committer.recordSizeMax - recordSize(keySize, 0);
  }

  has(key: string): boolean {
    this.#check("has", key);
    return this.#committer.entries.get(key) !== undefined;
  }

  /** All keys that begin with `prefix`, as they are now, in the order of their bytes. */
  keys(prefix = ""): string[] {
    this.#check("keys", prefix);
    const all = [...this.#committer.entries.keys()];
    return all.filter((key) => key.startsWith(prefix)).sort(compareUtf8);
  }

  /**
   * Gives the value of `key`, a copy; null where there is none.
   *
   * Suspends: for each page that it lies on.
   * @throws {KvError} ERR_KV_INVALID_ARGUMENT, ERR_KV_CLOSED; ERR_KV_DAMAGED where what was written can't be read
   * back, ERR_KV_IO
   */
  get(key: string): Operation<Uint8Array | null> {
    this.#check("get", key);
    return operation(() => this.#committer.read(key));
  }

  /**
   * All keys that begin with `prefix`, in the order of their bytes, each with its value. Not a snapshot: a key that
   * others set meanwhile comes as it is when it is read, one that they delete is left out, a new one too.
   *
   * @throws {KvError} as `get`
   */
  entries(prefix = ""): Operation<[key: string, value: Uint8Array][]> {
    this.#check("entries", prefix);
    return operation(() => this.#entries(prefix));
  }

  /**
   * Sets `key` to `value`, durably.
   *
   * Suspends: until it is flushed. `value` is copied when this is called.
   * @throws {KvError} when called: ERR_KV_CLOSED, ERR_KV_READ_ONLY, ERR_KV_INVALID_ARGUMENT, ERR_KV_TOO_LARGE; from the
   * operation: ERR_KV_FULL, ERR_KV_IO, ERR_KV_DAMAGED (compacting would make room, but can't read what it should keep)
   */
  set(key: string, value: Uint8Array): Operation<void> {
    this.#checkValue("set", value);
    return this.#write("set", [[key, value]]);
  }

  /** Deletes `key`, durably; gives whether it was there. Always finds room. @throws {KvError} as `set` */
  delete(key: string): Operation<boolean> {
    const changes = this.#encode("delete", [[key, null]]);
    return operation(() => this.#commit(changes));
  }

  /**
   * Does all of `changes` or, where it fails or a crash comes, none. Of several for one key the last one holds.
   *
   * @throws {KvError} as `set`
   */
  write(changes: readonly Change[]): Operation<void> {
    return this.#write("write", changes);
  }

  /**
   * Copies what counts to the other half of the device and gives up the rest. Writes wait meanwhile, reads go on. A write that
   * finds no room does this by itself.
   *
   * @throws {KvError} ERR_KV_CLOSED, ERR_KV_READ_ONLY; ERR_KV_IO, ERR_KV_DAMAGED: all is as before
   */
  compact(): Operation<void> {
    this.#requireWritable("compact");
    return operation(() => this.#compact());
  }

  /** Reads every value, and tells how much room there is. @throws {KvError} ERR_KV_CLOSED, ERR_KV_IO */
  check(): Operation<KvReport> {
    this.#requireOpen("check");
    return operation(() => this.#report());
  }

  /**
   * Does the writes that wait, notes how far the log goes, and gives the store up; the device stays open. What was
   * acknowledged is safe without it; but damage to the very last batch is told from a crash only with it. Idempotent.
   *
   * @throws {KvError} ERR_KV_IO: the store is closed all the same
   */
  close(): Operation<void> {
    return operation(() => this.#close());
  }

  *#entries(prefix: string): Generator<Suspended, [string, Uint8Array][], void> {
    const found: [string, Uint8Array][] = [];
    for (const key of this.keys(prefix)) {
      const value = yield* this.#committer.read(key);
      if (value !== null) found.push([key, value]);
    }
    return found;
  }

  #write(verb: string, changes: readonly Change[]): Operation<void> {
    const encoded = this.#encode(verb, changes);
    return operation(() => this.#commitAll(encoded));
  }

  *#commitAll(changes: readonly PendingChange[]): Generator<Suspended, void, void> {
    yield* this.#commit(changes);
  }

  /** Whether any key of `changes` was there before. */
  *#commit(changes: readonly PendingChange[]): Generator<Suspended, boolean, void> {
    this.#requireOpen("write");
    const write = new PendingWrite(changes);
    this.#committer.add(write);
    try {
      // Whoever comes first takes the others' writes along; they find theirs done when they have the lock.
      yield* this.#locked(() => (write.isPending ? this.#committer.commit() : NOTHING));
    } finally {
      this.#committer.remove(write);
    }
    return write.result();
  }

  /** Does what must not be interrupted half-way, one at a time. */
  *#locked(act: () => Operation<void>): Generator<Suspended, void, void> {
    yield* this.#lock.lock();
    try {
      yield* shield(act());
    } finally {
      this.#lock.unlock();
    }
  }

  *#compact(): Generator<Suspended, void, void> {
    yield* this.#locked(() => {
      this.#requireOpen("compact");
      return this.#committer.compact();
    });
  }

  *#close(): Generator<Suspended, void, void> {
    const isFirst = !this.#isClosed;
    this.#isClosed = true;
    if (this.#disk.readOnly) return;
    yield* this.#locked(() => (isFirst ? this.#committer.finish() : NOTHING));
  }

  *#report(): Generator<Suspended, KvReport, void> {
    const damagedKeys: string[] = [];
    for (const key of this.keys()) {
      try {
        yield* this.#committer.read(key);
      } catch (error) {
        if (!(error instanceof KvError) || error.code !== "ERR_KV_DAMAGED") throw error;
        damagedKeys.push(key);
      }
    }
    return { ...this.#committer.figures(), keyCount: this.size, damagedKeys };
  }

  #encode(verb: string, changes: readonly Change[]): PendingChange[] {
    this.#requireWritable(verb);
    const encoded = changes.map(([key, value]) => {
      const bytes = this.#check(verb, key);
      if (value !== null) this.#checkValue(verb, value);
      return { key, keySize: bytes.length, value, bytes };
    });
    const size = encoded.reduce(
      (sum, one) => sum + recordSize(one.keySize, one.value?.length ?? 0),
      0,
    );
    const max = this.#committer.recordSizeMax;
    if (size > max) {
      throw new KvError(
        "ERR_KV_TOO_LARGE",
        `${verb}: keys and values have room for ${max} bytes in one write on this device, got ${size}`,
      );
    }
    return encoded.map(({ key, keySize, value, bytes }) => ({
      key,
      keySize,
      valueSize: value?.length ?? 0,
      isSet: value !== null,
      record: encodeRecord(bytes, value),
    }));
  }

  /** The key's bytes. */
  #check(verb: string, key: string): Uint8Array {
    this.#requireOpen(verb);
    if (typeof key !== "string") throw invalid(`${verb}: a key is a string, got ${typeof key}`);
    const bytes = encodeUtf8(key);
    if (bytes === null) throw invalid(`${verb}: the key has half of a surrogate pair`);
    if (bytes.length <= KEY_SIZE_MAX) return bytes;
    throw invalid(`${verb}: a key has at most ${KEY_SIZE_MAX} bytes of UTF-8, got ${bytes.length}`);
  }

  #checkValue(verb: string, value: unknown): void {
    if (value instanceof Uint8Array) return;
    throw invalid(
      `${verb}: a value is a Uint8Array, got ${value === null ? "null" : typeof value}`,
    );
  }

  #requireOpen(verb: string): void {
    if (this.#isClosed) throw new KvError("ERR_KV_CLOSED", `${verb}: the store was closed`);
  }

  #requireWritable(verb: string): void {
    this.#requireOpen(verb);
    if (!this.#disk.readOnly) return;
    throw new KvError(
      "ERR_KV_READ_ONLY",
      `${verb}: block device "${this.#disk.name}" is attached read-only`,
    );
  }
}

const NOTHING: Operation<void> = operation(function* nothing() {});

function invalid(message: string): KvError {
  return new KvError("ERR_KV_INVALID_ARGUMENT", message);
}
