// A connection as programs hold it.
import type { Operation } from "@miou-solo5/scheduler";
import type { Endpoint } from "../address.ts";
import { TcpipError, type TcpipErrorCode } from "../errors.ts";
import { Readers } from "../readers.ts";
import type { TroubleKind } from "../trouble.ts";
import type { Connection, Flow } from "./connection.ts";
import { type Duplex, Read, Watch, Write } from "./operations.ts";
import {
  CONNECTED,
  ENDED,
  type Ending,
  FINISHED,
  READABLE,
  type State,
  WRITABLE,
} from "./state.ts";

/** What a connection needs of the transport it belongs to. */
export interface SocketParent {
  readonly now: number;
  /** Sends what is due, and sees to deadlines and the end. */
  settle(connection: Connection): void;
}

export class TcpConnection implements Duplex, Disposable {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly name: string;
  readonly readers = new Readers();
  readonly writers = new Readers();
  readonly watchers = new Readers();
  /** What the network last said against it; null where it never did. */
  lastTrouble: TroubleKind | null = null;
  readonly #parent: SocketParent;
  readonly #connection: Connection;
  #observer: ((events: number) => void) | null = null;
  #isClosed = false;

  /** Use `Tcp.connect` or `TcpListener.accept`. */
  constructor(
    parent: SocketParent,
    connection: Connection,
    local: Endpoint,
    remote: Endpoint,
    name: string,
  ) {
    this.#parent = parent;
    this.#connection = connection;
    this.local = local;
    this.remote = remote;
    this.name = name;
  }

  get state(): State {
    return this.#connection.state;
  }

  /** How it ended; null while it lives. */
  get ending(): Ending | null {
    return this.#connection.ending;
  }

  /** Bytes that can be read at once. */
  get readable(): number {
    return this.#connection.readable;
  }

  /** Bytes that can be written at once. */
  get writable(): number {
    return this.#connection.writable;
  }

  /** Bytes that were written, and that the other end has not acknowledged yet. */
  get unsettled(): number {
    return this.#connection.unsettled;
  }

  /** Windows and timeouts, for those who tune or test. */
  get flow(): Flow {
    return this.#connection.flow;
  }

  /**
   * Reads what has come into `buffer`, and gives its bytes: at least 1, or 0 when the other end has finished.
   *
   * Shape: at most `size` bytes (default: the rest of the buffer), which is at least 1, from `offset` on.
   * Suspends: only where nothing has come. Tasks are served in the order in which they came; a cancelled one loses
   * nothing. Made once outside a hot loop, the operation can be done again and again.
   * @throws {TcpipError} ERR_SOLO5_OUT_OF_RANGE, ERR_SOLO5_CLOSED when called; ERR_SOLO5_CONNECTION_RESET,
   * ERR_SOLO5_TIMEOUT, ERR_SOLO5_CLOSED from the operation
   */
  read(buffer: Uint8Array, offset = 0, size: number = buffer.length - offset): Operation<number> {
    this.#requireOpen("read");
    requireRange("read", buffer, offset, size, 1);
    return new Read(this, buffer, offset, size);
  }

  /**
   * Writes `size` bytes of `bytes` (default: the rest of it) from `offset` on: all of them, after those of earlier writes.
   * They are sent in order; that they were taken here does not mean that they have arrived.
   *
   * Suspends: while more than `sendBufferSize` bytes are not acknowledged. The buffer may be used again once this
   * returns. Cancelled, the first part of the bytes may have been taken.
   * @throws {TcpipError} as `read`; ERR_SOLO5_CLOSED also after `shutdown`
   */
  write(bytes: Uint8Array, offset = 0, size: number = bytes.length - offset): Operation<void> {
    this.#requireOpen("write");
    requireRange("write", bytes, offset, size, 0);
    return new Write(this, bytes, offset, size);
  }

  /** No more will be written: the other end reads to the end of what was. Reading goes on. Idempotent. */
  shutdown(): void {
    this.#connection.shutdown();
    this.#parent.settle(this.#connection);
    this.writers.wakeAll();
  }

  /**
   * Neither reads nor writes any more. What was written is still sent, in the background; `closed` waits for that. Where text has
   * come that nobody read, the other end is told by a reset. Idempotent.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close(this.#parent.now);
    this.#parent.settle(this.#connection);
    this.readers.wakeAll();
    this.writers.wakeAll();
  }

  /** Ends at once; the other end gets a reset. Idempotent. */
  abort(): void {
    this.#isClosed = true;
    this.#connection.abort();
    this.#parent.settle(this.#connection);
    this.readers.wakeAll();
    this.writers.wakeAll();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Waits until the other end has acknowledged all that was written and the FIN, or the connection has ended otherwise, and
   * tells how: "closed" where nothing was lost.
   */
  closed(): Operation<Ending> {
    return new Watch<Ending>(this, "the end", () => {
      const { ending, isFinished } = this.#connection;
      return ending ?? (isFinished ? "closed" : null);
    });
  }

  /** Waits for the end of the handshake. @throws {TcpipError} how it failed */
  opened(): Operation<TcpConnection> {
    return new Watch<TcpConnection>(this, "the handshake", () => {
      if (this.ending !== null) throw this.#failure("connect");
      return this.state === "SYN-SENT" || this.state === "SYN-RECEIVED" ? null : this;
    });
  }

  take(into: Uint8Array, offset: number, size: number): number {
    this.#requireOpen("read");
    const connection = this.#connection;
    const count = connection.receive(into, offset, size);
    if (count > 0) {
      this.#parent.settle(connection);
      return count;
    }
    if (connection.isEnd) return 0;
    if (connection.ending !== null) throw this.#failure("read");
    return -1;
  }

  give(bytes: Uint8Array, offset: number, size: number): number {
    this.#requireOpen("write");
    const connection = this.#connection;
    if (connection.ending !== null) throw this.#failure("write");
    const count = connection.send(bytes, offset, size);
    this.#parent.settle(connection);
    return count;
  }

  /**
   * Calls `listener` whenever something has happened; null for nobody. For those who bring the connection to another kind of
   * stream, by `take` and `give`. It is called in the midst of the stack's work: it must not throw, and do no more than note it.
   */
  observe(listener: ((events: number) => void) | null): void {
    this.#observer = listener;
  }

  /** How it failed; null while it lives, and where all that the other end has sent was or can be read. */
  get failure(): TcpipError | null {
    const { ending } = this;
    if (ending === null || ending === "closed" || this.#connection.hasWholeText) return null;
    return this.#failure("connection");
  }

  /** Wakes whoever waited for it. */
  notify(events: number): void {
    this.#observer?.(events);
    if ((events & (READABLE | ENDED)) !== 0) this.readers.wakeFirst();
    if ((events & (WRITABLE | ENDED)) !== 0) this.writers.wakeFirst();
    if ((events & (CONNECTED | ENDED | FINISHED)) !== 0) this.watchers.wakeAll();
  }

  #requireOpen(verb: string): void {
    if (!this.#isClosed) return;
    throw new TcpipError("ERR_SOLO5_CLOSED", `${verb}: ${this.name} is closed`);
  }

  #failure(verb: string): TcpipError {
    const ending = this.ending ?? "closed";
    const { lastTrouble } = this;
    const trouble = lastTrouble === null ? "" : ` (${lastTrouble})`;
    return new TcpipError(
      FAILURES[ending],
      `${verb}: ${this.name} was ${ending}${trouble}`,
      lastTrouble === null ? {} : { trouble: lastTrouble },
    );
  }
}

const FAILURES: Readonly<Record<Ending, TcpipErrorCode>> = {
  closed: "ERR_SOLO5_CLOSED",
  aborted: "ERR_SOLO5_CLOSED",
  refused: "ERR_SOLO5_CONNECTION_REFUSED",
  reset: "ERR_SOLO5_CONNECTION_RESET",
  "timed-out": "ERR_SOLO5_TIMEOUT",
  unreachable: "ERR_SOLO5_UNREACHABLE",
};

function requireRange(
  verb: string,
  bytes: Uint8Array,
  offset: number,
  size: number,
  sizeMin: number,
): void {
  const fits =
    Number.isInteger(offset) &&
    Number.isInteger(size) &&
    offset >= 0 &&
    size >= sizeMin &&
    offset + size <= bytes.length;
  if (fits) return;
  throw new TcpipError(
    "ERR_SOLO5_OUT_OF_RANGE",
    `${verb}: offset ${offset} and size ${size} (bytes, at least ${sizeMin}) are not inside the buffer of ${bytes.length} bytes`,
  );
}
