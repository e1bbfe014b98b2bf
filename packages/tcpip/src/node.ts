// `@miou-solo5/tcpip/node`: a connection as Node's own kind of stream, so that `node:http`, `node:tls` and whatever is built on
// those speak over our stack. The only entry that knows Node.
import { nextTick } from "node:process";
import { Duplex } from "node:stream";
import { clearTimeout, setTimeout } from "node:timers";
import { formatIpv4 } from "./ipv4/address.ts";
import type { TcpConnection } from "./tcp/socket.ts";

/** Where text is before it becomes a chunk of its own size. Shared: nothing else runs between the two. */
const scratch = new Uint8Array(65_536);

/**
 * The connection as a stream. From then on it belongs to the stream: nobody else may read, write or close it.
 *
 * Ending the stream shuts the sending half down, destroying it closes the connection, with an error aborts it. A connection that
 * fails destroys its stream with the `TcpipError`. The run must go on for as long as the stream is used: its end resets
 * what is still open.
 *
 *     server.emit("connection", duplexOf(yield* listener.accept())); // of node:http or node:tls
 */
export function duplexOf(connection: TcpConnection): TcpDuplex {
  return new TcpDuplex(connection);
}

interface PendingWrite {
  readonly bytes: Uint8Array;
  offset: number;
  readonly done: (error?: Error | null) => void;
}

export class TcpDuplex extends Duplex {
  /** As `net.Socket` has them. */
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly remoteFamily = "IPv4";
  readonly #connection: TcpConnection;
  #wantsText = false;
  #pending: PendingWrite | null = null;
  #isScheduled = false;
  #idleTimer: ReturnType<typeof setTimeout> | null = null;

  /** Use `duplexOf`. */
  constructor(connection: TcpConnection) {
    super({ allowHalfOpen: true, decodeStrings: true });
    this.#connection = connection;
    this.localAddress = formatIpv4(connection.local.address);
    this.localPort = connection.local.port;
    this.remoteAddress = formatIpv4(connection.remote.address);
    this.remotePort = connection.remote.port;
    // Called in the midst of the stack's work, where listeners of the stream must not run: what they throw is not the stack's.
    connection.observe(() => this.#schedule());
  }

  /**
   * Emits "timeout" when nothing was read or written for `duration` milliseconds; 0 switches it off. As of `net.Socket`, on which
   * servers of `node:http` rely for their idle connections.
   */
  setTimeout(duration: number, listener?: () => void): this {
    if (listener !== undefined) {
      if (duration === 0) this.off("timeout", listener);
      else this.once("timeout", listener);
    }
    if (this.#idleTimer !== null) clearTimeout(this.#idleTimer);
    this.#idleTimer =
      duration === 0 ? null : setTimeout(() => this.emit("timeout"), duration).unref();
    return this;
  }

  override _read(): void {
    this.#wantsText = true;
    this.#moveText();
  }

  override _write(chunk: Uint8Array, _: string, done: PendingWrite["done"]): void {
    this.#pending = { bytes: chunk, offset: 0, done };
    this.#moveWrite();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#connection.shutdown();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#connection.observe(null);
    this.setTimeout(0);
    if (error === null) this.#connection.close();
    else this.#connection.abort();
    const pending = this.#pending;
    this.#pending = null;
    pending?.done(error ?? new Error("the stream was destroyed"));
    done(error);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    nextTick(() => {
      this.#isScheduled = false;
      if (this.destroyed) return;
      this.#moveWrite();
      this.#moveText();
      this.#checkEnd();
    });
  }

  #moveText(): void {
    while (this.#wantsText && !this.destroyed) {
      const count = this.#take();
      if (count < 0) return;
      this.#touch();
      // What a listener throws here goes where exceptions of streams go: it must not be taken for the connection's.
      if (count === 0) {
        this.#wantsText = false;
        this.push(null);
      } else {
        this.#wantsText = this.push(scratch.slice(0, count));
      }
    }
  }

  #take(): number {
    try {
      return this.#connection.take(scratch, 0, scratch.length);
    } catch (error) {
      this.destroy(error as Error);
      return -1;
    }
  }

  #moveWrite(): void {
    const pending = this.#pending;
    if (pending === null) return;
    const { bytes, offset, done } = pending;
    try {
      const count = this.#connection.give(bytes, offset, bytes.length - offset);
      pending.offset += count;
      if (count > 0) this.#touch();
    } catch (error) {
      this.#pending = null;
      done(error as Error);
      return;
    }
    if (pending.offset < bytes.length) return;
    this.#pending = null;
    done();
  }

  /** A connection that was cut while nobody reads or writes. */
  #checkEnd(): void {
    const failure = this.#connection.failure;
    if (failure !== null && !this.destroyed) this.destroy(failure);
  }

  /** Something was read or written: the idle time begins anew. */
  #touch(): void {
    this.#idleTimer?.refresh();
  }
}
