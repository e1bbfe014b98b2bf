// What a crash can take back: the pages that were written since the last flush, with what they held before.

interface Version {
  readonly bytes: Uint8Array;
  /** Counts writes: a flush makes durable what was written before it began. */
  readonly order: number;
}

/**
 * Versions of one page beside the durable one. With a further one the oldest counts as written
 * back, as caches do at times of their own; so a program that never flushes costs no more memory for it.
 */
const VERSION_COUNT_MAX = 4;

export class Unflushed {
  /** By position: the durable page first, the latest version last. */
  readonly #pages = new Map<number, Version[]>();
  #order = 0;

  /** Whether the page was written since the last flush. */
  has(position: number): boolean {
    return this.#pages.has(position);
  }

  /** A page was written. `before` is what it held, needed where `has` says no. Keeps both. */
  note(position: number, before: Uint8Array | null, after: Uint8Array): void {
    let versions = this.#pages.get(position);
    if (versions === undefined) {
      versions = [{ bytes: before ?? after, order: -1 }];
      this.#pages.set(position, versions);
    }
    versions.push({ bytes: after, order: this.#order++ });
    if (versions.length > VERSION_COUNT_MAX) versions.shift();
  }

  /** A page was put there durably, whatever was written before. */
  forget(position: number): void {
    this.#pages.delete(position);
  }

  /** What a flush that begins now makes durable: to be given to `flushed` when it has ended. */
  get mark(): number {
    return this.#order;
  }

  flushed(mark: number): void {
    for (const [position, versions] of this.#pages) {
      while ((versions[1]?.order ?? mark) < mark) versions.shift();
      if (versions.length === 1) this.#pages.delete(position);
    }
  }

  /** All pages that a crash can change, in the order of their first write, and then knows of none. */
  *crash(): Generator<{ position: number; versions: readonly Uint8Array[] }, void, void> {
    const pages = [...this.#pages];
    this.#pages.clear();
    for (const [position, versions] of pages) {
      yield { position, versions: versions.map(({ bytes }) => bytes) };
    }
  }
}
