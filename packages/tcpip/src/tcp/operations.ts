// The operations on connections that may have to wait.
import type { OpIterator } from "@miou-solo5/scheduler";
import { type Readers, ReadLeaf } from "../readers.ts";

/** What the operations need of a connection. */
export interface Duplex {
  readonly name: string;
  readonly readers: Readers;
  readonly writers: Readers;
  /** Those who wait for the handshake, or for the end. */
  readonly watchers: Readers;
  /** Bytes read; 0 at the end; -1 where nothing has come. Throws how it failed. */
  take(into: Uint8Array, offset: number, size: number): number;
  /** Bytes taken. Throws how it failed. */
  give(bytes: Uint8Array, offset: number, size: number): number;
}

/** Reads what has come, at least a byte, at most `size`. */
export class Read extends ReadLeaf<number> {
  readonly #duplex: Duplex;
  readonly #into: Uint8Array;
  readonly #offset: number;
  readonly #size: number;

  constructor(duplex: Duplex, into: Uint8Array, offset: number, size: number) {
    super();
    this.#duplex = duplex;
    this.#into = into;
    this.#offset = offset;
    this.#size = size;
  }

  get what(): string {
    return `text from ${this.#duplex.name}`;
  }

  protected override get readers(): Readers {
    return this.#duplex.readers;
  }

  protected override take(): IteratorReturnResult<number> | null {
    const count = this.#duplex.take(this.#into, this.#offset, this.#size);
    return count < 0 ? null : { done: true, value: count };
  }

  protected override copy(): Read {
    return new Read(this.#duplex, this.#into, this.#offset, this.#size);
  }
}

const WRITTEN: IteratorReturnResult<void> = Object.freeze({ done: true, value: undefined });

/** Writes all of it, in as many portions as there is room for. One writer at a time: texts don't mix. */
export class Write extends ReadLeaf<void> {
  readonly #duplex: Duplex;
  readonly #bytes: Uint8Array;
  readonly #offset: number;
  readonly #size: number;
  #written = 0;

  constructor(duplex: Duplex, bytes: Uint8Array, offset: number, size: number) {
    super();
    this.#duplex = duplex;
    this.#bytes = bytes;
    this.#offset = offset;
    this.#size = size;
  }

  get what(): string {
    return `room to write to ${this.#duplex.name}`;
  }

  override [Symbol.iterator](): OpIterator<void> {
    if (this.task === null) this.#written = 0;
    return super[Symbol.iterator]();
  }

  protected override get readers(): Readers {
    return this.#duplex.writers;
  }

  protected override take(): IteratorReturnResult<void> | null {
    const left = this.#size - this.#written;
    this.#written += this.#duplex.give(this.#bytes, this.#offset + this.#written, left);
    return this.#written === this.#size ? WRITTEN : null;
  }

  protected override copy(): Write {
    return new Write(this.#duplex, this.#bytes, this.#offset, this.#size);
  }
}

/** Waits until `look` gives something; it throws what went wrong. */
export class Watch<T> extends ReadLeaf<T> {
  readonly #duplex: Duplex;
  readonly #forWhat: string;
  readonly #look: () => T | null;

  constructor(duplex: Duplex, forWhat: string, look: () => T | null) {
    super();
    this.#duplex = duplex;
    this.#forWhat = forWhat;
    this.#look = look;
  }

  get what(): string {
    return `${this.#forWhat} of ${this.#duplex.name}`;
  }

  protected override get readers(): Readers {
    return this.#duplex.watchers;
  }

  protected override take(): IteratorReturnResult<T> | null {
    const value = this.#look();
    return value === null ? null : { done: true, value };
  }

  protected override copy(): Watch<T> {
    return new Watch(this.#duplex, this.#forWhat, this.#look);
  }
}
