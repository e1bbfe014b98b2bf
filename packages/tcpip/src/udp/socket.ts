// A UDP port, and who holds it.
import { blit } from "@miou-solo5/bigstring";
import type { Operation } from "@miou-solo5/scheduler";
import type { Address, Endpoint } from "../address.ts";
import { TcpipError } from "../errors.ts";
import type { Network, SendOptions } from "../network.ts";
import { Readers } from "../readers.ts";
import type { Trouble, TroubleKind } from "../trouble.ts";
import { PROTOCOL_UDP } from "../wire/ipv4.ts";
import { UDP_SIZE, writeUdp } from "../wire/udp.ts";
import { checkRange, type Datagram, UDP_DATA_SIZE_MAX } from "./datagram.ts";
import { DatagramQueue } from "./datagram-queue.ts";
import { type DatagramSource, ReceiveFresh, ReceiveInto } from "./receive.ts";

/** What a socket needs of the stack it is a socket of. */
export interface UdpParent {
  readonly network: Network;
  readonly sendOptions: SendOptions;
  /** The port is free again. */
  release(socket: UdpSocket): void;
}

export interface UdpSocketSettings {
  readonly port: number;
  readonly remote: Endpoint | null;
  readonly queueCountMax: number;
  readonly queueSizeMax: number;
}

/** Totals since the socket was bound. */
export interface UdpStatistics {
  readonly received: number;
  readonly sent: number;
  /** Came when the queue was full. */
  readonly dropped: number;
  /** Errors from the network about what was sent. */
  readonly troubles: number;
}

export class UdpSocket implements DatagramSource, Disposable {
  /** Ours. */
  readonly port: number;
  /** The only one it talks with; null for anybody. */
  readonly remote: Endpoint | null;
  readonly readers = new Readers();
  readonly #parent: UdpParent;
  readonly #queue: DatagramQueue;
  #received = 0;
  #sent = 0;
  #dropped = 0;
  #troubles = 0;
  #lastTrouble: TroubleKind | null = null;
  /** For the next operation of a socket with a remote end. */
  #error: TcpipError | null = null;
  #isClosed = false;

  /** Use `Udp.bind`. */
  constructor(parent: UdpParent, settings: UdpSocketSettings) {
    this.port = settings.port;
    this.remote = settings.remote;
    this.#parent = parent;
    this.#queue = new DatagramQueue(settings.queueCountMax, settings.queueSizeMax);
  }

  get name(): string {
    return `UDP port ${this.port}`;
  }

  get statistics(): UdpStatistics {
    return {
      received: this.#received,
      sent: this.#sent,
      dropped: this.#dropped,
      troubles: this.#troubles,
    };
  }

  /** What the network last said against something that was sent; null where it never did. */
  get lastTrouble(): TroubleKind | null {
    return this.#lastTrouble;
  }

  /** How many datagrams wait to be received. */
  get length(): number {
    return this.#queue.length;
  }

  get firstSize(): number {
    return this.#queue.firstSize;
  }

  /**
   * Receives one datagram into `into`, and gives that; without it, into a fresh one of exactly its size.
   *
   * Shape: data that is longer than the room in `into` is cut, and `isTruncated` says so.
   * Suspends: only where no datagram has come. Datagrams go to tasks in the order in which these came; a cancelled
   * one loses none. Make the operation once outside a hot loop: then a datagram costs no allocation.
   * @throws {TcpipError} ERR_SOLO5_CLOSED; with `remote`, ERR_SOLO5_UNREACHABLE once for each error that came back
   */
  receive(into?: Datagram): Operation<Datagram> {
    this.#requireOpen("receive");
    return into === undefined ? new ReceiveFresh(this) : new ReceiveInto(this, into);
  }

  /**
   * Sends `size` bytes of `bytes` (default: the rest of it) from `offset` on as one datagram. Never suspends. As
   * everywhere in UDP it may get lost: for want of an answer to ARP, too.
   *
   * Shape: `to` is needed unless the socket has a `remote`; 65,507 bytes at most, in fragments where the link is shorter.
   * The buffer is the caller's again at once.
   * @throws {TcpipError} ERR_SOLO5_CLOSED, ERR_SOLO5_OUT_OF_RANGE, ERR_SOLO5_MESSAGE_SIZE, ERR_SOLO5_INVALID_ARGUMENT,
   * ERR_SOLO5_UNREACHABLE where no route leads there, or as `receive`
   */
  send(
    bytes: Uint8Array,
    to: Endpoint | null = this.remote,
    offset = 0,
    size: number = bytes.length - offset,
  ): void {
    this.#requireOpen("send");
    checkRange("send", bytes, offset, size);
    if (size > UDP_DATA_SIZE_MAX) {
      throw new TcpipError(
        "ERR_SOLO5_MESSAGE_SIZE",
        `send: a datagram has up to ${UDP_DATA_SIZE_MAX} bytes of data, got ${size}`,
      );
    }
    if (to === null || !isPort(to.port)) {
      throw new TcpipError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        to === null ? "send: to whom?" : `send: a port is 1 to 65535, got ${to.port}`,
      );
    }
    this.#throwError();
    this.#sendTo(to.address, to.port, bytes, offset, size);
    this.#sent++;
  }

  /** Frees the port. Who waits gets ERR_SOLO5_CLOSED; what was not received is lost. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.clear();
    this.#parent.release(this);
    this.readers.wakeAll();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Whether a datagram from there is for this socket. */
  accepts(address: Address, port: number): boolean {
    const { remote } = this;
    return remote === null || (remote.address === address && remote.port === port);
  }

  /** Queues a datagram that has come. False where there was no room. */
  put(
    bytes: Uint8Array,
    offset: number,
    size: number,
    address: Address,
    port: number,
    target: Address,
  ): boolean {
    if (!this.#queue.push(bytes, offset, size, address, port, target)) {
      this.#dropped++;
      return false;
    }
    this.readers.wakeFirst();
    return true;
  }

  /** Hears of an error about a datagram to `trouble.target`, port `port`. */
  fail(trouble: Trouble, port: number): void {
    if (!this.accepts(trouble.target, port)) return;
    this.#troubles++;
    this.#lastTrouble = trouble.kind;
    if (this.remote === null) return;
    this.#error = new TcpipError(
      "ERR_SOLO5_UNREACHABLE",
      `${this.name}: what was sent did not arrive: ${trouble.kind}`,
      { trouble: trouble.kind },
    );
    this.readers.wakeFirst();
  }

  take(into: Datagram): boolean {
    this.#requireOpen("receive");
    if (!this.#queue.shift(into)) {
      this.#throwError();
      return false;
    }
    this.#received++;
    return true;
  }

  #sendTo(target: Address, port: number, bytes: Uint8Array, offset: number, size: number): void {
    const { network, sendOptions } = this.#parent;
    const source = network.sourceFor(target);
    if (source === null) {
      throw new TcpipError("ERR_SOLO5_UNREACHABLE", "send: no route leads there");
    }
    const { outgoing, headroom } = network;
    blit(bytes, offset, outgoing, headroom + UDP_SIZE, size);
    const total = UDP_SIZE + size;
    const pseudoHeader = network.pseudoHeader(source, target, PROTOCOL_UDP, total);
    writeUdp(outgoing, headroom, this.port, port, total, pseudoHeader);
    network.send(PROTOCOL_UDP, source, target, outgoing, headroom, total, sendOptions);
  }

  #throwError(): void {
    const error = this.#error;
    if (error === null) return;
    this.#error = null;
    throw error;
  }

  #requireOpen(verb: string): void {
    if (!this.#isClosed) return;
    throw new TcpipError("ERR_SOLO5_CLOSED", `${verb}: ${this.name} is closed`);
  }
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 0xffff;
}
