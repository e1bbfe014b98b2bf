// A port that takes connections.
import type { Operation } from "@miou-solo5/scheduler";
import { TcpipError } from "../errors.ts";
import { Readers, ReadLeaf } from "../readers.ts";
import type { Session } from "./session.ts";
import { fittingSettings, type TcpOptions, type TcpSettings, tcpSettings } from "./settings.ts";
import type { TcpConnection } from "./socket.ts";

export interface TcpListenOptions extends TcpOptions {
  /** Handshakes under way, 1 to 65,536; a further SYN displaces the oldest. 256 if not given. */
  readonly halfOpenMax?: number;
  /** Connections that wait to be accepted, 1 to 65,536; while there are so many, no further one is opened. 128 if not given. */
  readonly acceptMax?: number;
}

/** What a listener needs of the transport it belongs to. */
export interface ListenerParent {
  /** The port is free again. */
  release(listener: TcpListener): void;
  /** Ends a handshake that nobody wants any more. */
  forget(session: Session): void;
}

export class TcpListener implements Disposable {
  readonly port: number;
  readonly readers = new Readers();
  readonly #parent: ListenerParent;
  readonly #halfOpenMax: number;
  readonly #acceptMax: number;
  /** Handshakes under way, the oldest first. */
  readonly #halfOpen = new Set<Session>();
  readonly #accepted: TcpConnection[] = [];
  readonly #options: TcpOptions;
  #settings: TcpSettings;
  /** What `#settings` are for; 0 at first. */
  #size = 0;
  #isClosed = false;

  /** Use `Tcp.listen`. */
  constructor(parent: ListenerParent, port: number, options: TcpListenOptions) {
    const { halfOpenMax = 256, acceptMax = 128, ...settings } = options;
    requireCount("halfOpenMax", halfOpenMax);
    requireCount("acceptMax", acceptMax);
    this.port = port;
    this.#options = settings;
    this.#settings = tcpSettings(settings);
    this.#parent = parent;
    this.#halfOpenMax = halfOpenMax;
    this.#acceptMax = acceptMax;
  }

  get name(): string {
    return `TCP port ${this.port}`;
  }

  /** How many connections wait to be accepted. */
  get length(): number {
    return this.#accepted.length;
  }

  /** How many handshakes are under way. */
  get halfOpenCount(): number {
    return this.#halfOpen.size;
  }

  /** Whether there is room for another connection. */
  get hasRoom(): boolean {
    return this.#accepted.length < this.#acceptMax;
  }

  /**
   * Gives the connection that has waited longest.
   *
   * Suspends: only where none waits. Cancelled, it loses none.
   * @throws {TcpipError} ERR_SOLO5_CLOSED
   */
  accept(): Operation<TcpConnection> {
    this.#requireOpen();
    return new Accept(this);
  }

  /** Frees the port. Handshakes and connections that nobody accepted are reset; accepted ones go on. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parent.release(this);
    for (const session of this.#halfOpen) this.#parent.forget(session);
    this.#halfOpen.clear();
    for (const connection of this.#accepted.splice(0)) connection.abort();
    this.readers.wakeAll();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The settings of a connection over a path that carries segments with `size` bytes of text: one object for all alike. */
  settingsFor(size: number): TcpSettings {
    if (size !== this.#size) {
      this.#size = size;
      this.#settings = fittingSettings(this.#options, size);
    }
    return this.#settings;
  }

  take(): TcpConnection | null {
    this.#requireOpen();
    return this.#accepted.shift() ?? null;
  }

  /** A handshake begins. Gives the one that it displaces. */
  begin(session: Session): Session | null {
    let displaced: Session | null = null;
    if (this.#halfOpen.size >= this.#halfOpenMax) {
      for (const oldest of this.#halfOpen) {
        displaced = oldest;
        break;
      }
      if (displaced !== null) this.#halfOpen.delete(displaced);
    }
    this.#halfOpen.add(session);
    return displaced;
  }

  /** A handshake is over, this way or that; with a connection where it succeeded. */
  finish(session: Session, connection: TcpConnection | null): void {
    this.#halfOpen.delete(session);
    if (connection === null) return;
    this.#accepted.push(connection);
    this.readers.wakeFirst();
  }

  #requireOpen(): void {
    if (!this.#isClosed) return;
    throw new TcpipError("ERR_SOLO5_CLOSED", `accept: ${this.name} is closed`);
  }
}

class Accept extends ReadLeaf<TcpConnection> {
  readonly #listener: TcpListener;

  constructor(listener: TcpListener) {
    super();
    this.#listener = listener;
  }

  get what(): string {
    return `a connection to ${this.#listener.name}`;
  }

  protected override get readers(): Readers {
    return this.#listener.readers;
  }

  protected override take(): IteratorReturnResult<TcpConnection> | null {
    const connection = this.#listener.take();
    return connection === null ? null : { done: true, value: connection };
  }

  protected override copy(): Accept {
    return new Accept(this.#listener);
  }
}

function requireCount(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= 65_536) return;
  throw new TcpipError(
    "ERR_SOLO5_OUT_OF_RANGE",
    `listen: ${name} is a whole number from 1 to 65536, got ${value}`,
  );
}
