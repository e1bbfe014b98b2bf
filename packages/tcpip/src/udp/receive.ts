// The operations that wait for a datagram.
import { type Readers, ReadLeaf } from "../readers.ts";
import { Datagram } from "./datagram.ts";

/** What a receive needs of its socket. */
export interface DatagramSource {
  readonly name: string;
  readonly readers: Readers;
  /** Bytes of the oldest datagram's data. */
  readonly firstSize: number;
  /** Moves the oldest datagram to `into`. False where none has come. Throws what the socket has to say. */
  take(into: Datagram): boolean;
}

/** Fills the same datagram again and again. */
export class ReceiveInto extends ReadLeaf<Datagram> {
  readonly #source: DatagramSource;
  readonly #result: IteratorReturnResult<Datagram>;

  constructor(source: DatagramSource, into: Datagram) {
    super();
    this.#source = source;
    this.#result = { done: true, value: into };
  }

  get what(): string {
    return `a datagram on ${this.#source.name}`;
  }

  protected override get readers(): Readers {
    return this.#source.readers;
  }

  protected override take(): IteratorReturnResult<Datagram> | null {
    return this.#source.take(this.#result.value) ? this.#result : null;
  }

  protected override copy(): ReceiveInto {
    return new ReceiveInto(this.#source, this.#result.value);
  }
}

/** Makes a datagram of exactly the data's size. */
export class ReceiveFresh extends ReadLeaf<Datagram> {
  readonly #source: DatagramSource;

  constructor(source: DatagramSource) {
    super();
    this.#source = source;
  }

  get what(): string {
    return `a datagram on ${this.#source.name}`;
  }

  protected override get readers(): Readers {
    return this.#source.readers;
  }

  protected override take(): IteratorReturnResult<Datagram> | null {
    const datagram = new Datagram(new Uint8Array(this.#source.firstSize));
    return this.#source.take(datagram) ? { done: true, value: datagram } : null;
  }

  protected override copy(): ReceiveFresh {
    return new ReceiveFresh(this.#source);
  }
}
