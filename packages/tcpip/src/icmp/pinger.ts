// Asking others for an echo.
import type { Address } from "../address.ts";
import { TcpipError } from "../errors.ts";
import type { Network, SendOptions } from "../network.ts";
import type { Packet } from "../packet.ts";
import type { Timers } from "../timers.ts";
import type { Trouble } from "../trouble.ts";
import { ICMP_ECHO, ICMP_SIZE, icmpIdentifier, icmpSequence, writeEcho } from "../wire/icmp.ts";
import { PROTOCOL_ICMP } from "../wire/ipv4.ts";
import type { Ping } from "./ping.ts";

/** The pings under way. Memory: one entry each; there can't be more than 65,536. */
export class Pinger {
  readonly network: Network;
  readonly timers: Timers;
  /** Tells our echoes from those of other programs; unpredictable, so that answers can't be made up from afar. */
  readonly #identifier: number;
  readonly #waiting = new Map<number, Ping>();
  #sequence = 0;

  constructor(network: Network, timers: Timers, entropy: (into: Uint8Array) => void) {
    this.network = network;
    this.timers = timers;
    const random = new Uint16Array(2);
    entropy(new Uint8Array(random.buffer));
    this.#identifier = random[0] as number;
    this.#sequence = random[1] as number;
  }

  /** How many wait for an answer. */
  get length(): number {
    return this.#waiting.size;
  }

  /**
   * Sends an echo request with `dataSize` bytes of data, and gives its sequence number, under which `ping` hears
   * of the answer.
   *
   * @throws {TcpipError} ERR_SOLO5_UNREACHABLE where no route leads there
   */
  send(ping: Ping, target: Address, dataSize: number, options: SendOptions): number {
    const { network } = this;
    const source = network.sourceFor(target);
    if (source === null)
      throw new TcpipError("ERR_SOLO5_UNREACHABLE", "ping: no route leads there");
    const sequence = this.#freeSequence();
    const { outgoing, headroom } = network;
    const data = headroom + ICMP_SIZE;
    for (let i = 0; i < dataSize; i++) outgoing[data + i] = dataByte(i, sequence);
    const size = ICMP_SIZE + dataSize;
    writeEcho(outgoing, headroom, size, ICMP_ECHO, this.#identifier, sequence);
    this.#waiting.set(sequence, ping);
    network.send(PROTOCOL_ICMP, source, target, outgoing, headroom, size, options);
    return sequence;
  }

  /** No answer is waited for any more. */
  forget(sequence: number): void {
    this.#waiting.delete(sequence);
  }

  /** Takes an echo reply in order; false where nobody waits for it, or its data is not what was sent. */
  receive(packet: Packet): boolean {
    const { bytes, offset, size } = packet;
    const sequence = icmpSequence(bytes, offset);
    const ping = this.#waiting.get(sequence);
    if (ping === undefined || icmpIdentifier(bytes, offset) !== this.#identifier) return false;
    if (packet.source !== ping.target || size !== ICMP_SIZE + ping.dataSize) return false;
    for (let i = 0; i < ping.dataSize; i++) {
      if (bytes[offset + ICMP_SIZE + i] !== dataByte(i, sequence)) return false;
    }
    this.#waiting.delete(sequence);
    ping.answered(packet.hops);
    return true;
  }

  /** Takes an error about an echo request. */
  fail(trouble: Trouble): void {
    const { bytes, offset } = trouble;
    const sequence = icmpSequence(bytes, offset);
    const ping = this.#waiting.get(sequence);
    if (ping === undefined || ping.target !== trouble.target) return;
    if (icmpIdentifier(bytes, offset) !== this.#identifier) return;
    this.#waiting.delete(sequence);
    ping.failed(trouble);
  }

  #freeSequence(): number {
    for (let tries = 0; tries <= 0xffff; tries++) {
      this.#sequence = (this.#sequence + 1) & 0xffff;
      if (!this.#waiting.has(this.#sequence)) return this.#sequence;
    }
    throw new TcpipError("ERR_SOLO5_NO_PORT", "ping: 65,536 pings wait for an answer already");
  }
}

/** Data that differs from one echo to the next, so that an answer to another one is found out. */
function dataByte(index: number, sequence: number): number {
  return (index + sequence) & 0xff;
}
