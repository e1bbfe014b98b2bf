// UDP: which datagram is for which socket.
// @see RFC 768; RFC 1122, section 4.1; RFC 8085
import type { Endpoint } from "../address.ts";
import type { Counters } from "../counters.ts";
import { TcpipError } from "../errors.ts";
import { type Network, SEND_DEFAULT, type Transport } from "../network.ts";
import type { Packet } from "../packet.ts";
import type { Trouble } from "../trouble.ts";
import { PROTOCOL_UDP } from "../wire/ipv4.ts";
import {
  hasUdpChecksum,
  isUdpIntact,
  UDP_SIZE,
  udpFault,
  udpSize,
  udpSourcePort,
  udpTargetPort,
} from "../wire/udp.ts";
import { isPort, UdpSocket } from "./socket.ts";

/** @see RFC 6335, section 6 */
const EPHEMERAL_MIN = 49_152;
const EPHEMERAL_COUNT = 65_536 - EPHEMERAL_MIN;

export interface UdpOptions {
  /** Talk with this one only: nothing else is received, and errors that come back are thrown. */
  readonly remote?: Endpoint;
  /** How many datagrams may wait to be received, 1 to 65,536; a further one is dropped and counted. 256 if not given. */
  readonly queueCountMax?: number;
  /** How many bytes of data they may have together, 1 to 2^28; 262,144 if not given. */
  readonly queueSizeMax?: number;
}

export class Udp implements Transport {
  readonly protocol = PROTOCOL_UDP;
  readonly network: Network;
  readonly sendOptions = SEND_DEFAULT;
  readonly #counters: Counters;
  readonly #entropy: (into: Uint8Array) => void;
  readonly #sockets = new Map<number, UdpSocket>();
  #isClosed = false;

  constructor(network: Network, counters: Counters, entropy: (into: Uint8Array) => void) {
    this.network = network;
    this.#counters = counters;
    this.#entropy = entropy;
  }

  /** How many ports are bound. */
  get length(): number {
    return this.#sockets.size;
  }

  /**
   * Takes a port, 1 to 65,535, or any free one above 49,151 where `port` is 0: a random one, so that answers can't
   * be forged without seeing the questions.
   *
   * @throws {TcpipError} ERR_SOLO5_ADDRESS_IN_USE, ERR_SOLO5_NO_PORT, ERR_SOLO5_INVALID_ARGUMENT,
   * ERR_SOLO5_OUT_OF_RANGE, ERR_SOLO5_CLOSED
   * @see RFC 6056, section 3.3.1
   */
  bind(port = 0, options: UdpOptions = {}): UdpSocket {
    if (this.#isClosed) throw new TcpipError("ERR_SOLO5_CLOSED", "bind: the stack is closed");
    const { remote = null, queueCountMax = 256, queueSizeMax = 262_144 } = options;
    if (port !== 0) requirePort("bind: a port", port);
    if (remote !== null) requirePort("bind: a remote port", remote.port);
    requireRange("queueCountMax", queueCountMax, 65_536);
    requireRange("queueSizeMax", queueSizeMax, 2 ** 28);
    if (this.#sockets.has(port)) {
      throw new TcpipError("ERR_SOLO5_ADDRESS_IN_USE", `bind: UDP port ${port} is taken`);
    }
    const settings = { port: port === 0 ? this.#freePort() : port, remote };
    const socket = new UdpSocket(this, { ...settings, queueCountMax, queueSizeMax });
    this.#sockets.set(socket.port, socket);
    return socket;
  }

  receive(packet: Packet): boolean {
    const { bytes, offset } = packet;
    const fault = udpFault(bytes, offset, packet.size);
    if (fault !== null) return this.#drop(fault);
    const size = udpSize(bytes, offset);
    if (hasUdpChecksum(bytes, offset)) {
      const { source, target, protocol } = packet;
      const pseudoHeader = packet.network.pseudoHeader(source, target, protocol, size);
      if (!isUdpIntact(bytes, offset, size, pseudoHeader)) return this.#drop("udp.checksum");
    }
    const port = udpSourcePort(bytes, offset);
    const socket = this.#sockets.get(udpTargetPort(bytes, offset));
    if (socket === undefined || !socket.accepts(packet.source, port)) {
      this.#counters.drop("udp.port");
      return false;
    }
    const data = offset + UDP_SIZE;
    if (socket.put(bytes, data, size - UDP_SIZE, packet.source, port, packet.target)) return true;
    return this.#drop("udp.queue-full");
  }

  fail(trouble: Trouble): void {
    const { bytes, offset } = trouble;
    const socket = this.#sockets.get(udpSourcePort(bytes, offset));
    socket?.fail(trouble, udpTargetPort(bytes, offset));
  }

  release(socket: UdpSocket): void {
    this.#sockets.delete(socket.port);
  }

  /** Closes every socket. */
  close(): void {
    this.#isClosed = true;
    for (const socket of [...this.#sockets.values()]) socket.close();
  }

  /** Dropped, but taken: the sender is told nothing. */
  #drop(reason: "udp.checksum" | "udp.queue-full" | "udp.short" | "udp.size"): true {
    this.#counters.drop(reason);
    return true;
  }

  #freePort(): number {
    const random = new Uint16Array(1);
    this.#entropy(new Uint8Array(random.buffer));
    const start = random[0] as number;
    for (let tries = 0; tries < EPHEMERAL_COUNT; tries++) {
      const port = EPHEMERAL_MIN + ((start + tries) % EPHEMERAL_COUNT);
      if (!this.#sockets.has(port)) return port;
    }
    throw new TcpipError("ERR_SOLO5_NO_PORT", "bind: no UDP port is free above 49151");
  }
}

function requirePort(what: string, port: number): void {
  if (isPort(port)) return;
  throw new TcpipError("ERR_SOLO5_INVALID_ARGUMENT", `${what} is 1 to 65535, got ${port}`);
}

function requireRange(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= max) return;
  throw new TcpipError(
    "ERR_SOLO5_OUT_OF_RANGE",
    `bind: ${name} is a whole number from 1 to ${max}, got ${value}`,
  );
}
