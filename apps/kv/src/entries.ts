// What a store knows by heart: for each key, where its value lies.
import { type FoundRecord, recordSize } from "./record.ts";

/** Where a value lies. Never changed: a key that is set anew, or moved by a compaction, gets another one. */
export interface Entry {
  /** Byte of all records of the log, and how many. */
  readonly at: number;
  readonly size: number;
  /** Bytes of the whole record. */
  readonly recordSize: number;
}

export class Entries {
  readonly #entries = new Map<string, Entry>();
  #size = 0;

  /** Bytes of all records that count: what a compacted log would hold. */
  get size(): number {
    return this.#size;
  }

  get count(): number {
    return this.#entries.size;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** All of them, in the order in which their keys came. */
  list(): [string, Entry][] {
    return [...this.#entries];
  }

  /** Does what a record says. */
  apply({ key, keySize, at, valueSize }: FoundRecord): void {
    this.#size -= this.#entries.get(key)?.recordSize ?? 0;
    if (at === null) {
      this.#entries.delete(key);
      return;
    }
    const size = recordSize(keySize, valueSize);
    this.#entries.set(key, { at, size: valueSize, recordSize: size });
    this.#size += size;
  }
}
