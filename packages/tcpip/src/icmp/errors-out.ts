// Telling senders that their packets were not taken.
// @see RFC 1122, section 3.2.2; RFC 1812, sections 4.3.2.3 (how much to quote) and 4.3.2.8 (how often)
import { blit } from "@miou-solo5/bigstring";
import type { Counters } from "../counters.ts";
import type { Refusal } from "../ipv4/ipv4.ts";
import type { Network } from "../network.ts";
import type { Packet } from "../packet.ts";
import type { Timers } from "../timers.ts";
import { TokenBucket } from "../token-bucket.ts";
import {
  CODE_PORT_UNREACHABLE,
  CODE_PROTOCOL_UNREACHABLE,
  CODE_REASSEMBLY,
  ICMP_SIZE,
  ICMP_TIME_EXCEEDED,
  ICMP_UNREACHABLE,
  icmpType,
  writeIcmpError,
} from "../wire/icmp.ts";
import { IPV4_SIZE, PROTOCOL_ICMP } from "../wire/ipv4.ts";
import { isIcmpError } from "./errors-in.ts";

/** Every link carries so much, whatever is between; the whole message, IP header included. */
const MESSAGE_SIZE_MAX = 576;
const QUOTE_SIZE_MAX = MESSAGE_SIZE_MAX - IPV4_SIZE - ICMP_SIZE;

export class ErrorSender {
  readonly #network: Network;
  readonly #timers: Timers;
  readonly #counters: Counters;
  readonly #bucket = new TokenBucket({ perSecond: 100, burst: 20 });

  constructor(network: Network, timers: Timers, counters: Counters) {
    this.#network = network;
    this.#timers = timers;
    this.#counters = counters;
  }

  /**
   * Sends an error about `packet`, unless the rules forbid it: not about what came to more than one host, not about
   * an error, and not more often than 100 times a second.
   */
  refuse(packet: Packet, why: Refusal): void {
    const { bytes, headerOffset } = packet;
    if (packet.isForMany) return;
    if (packet.protocol === PROTOCOL_ICMP && isIcmpError(icmpType(bytes, packet.offset))) return;
    if (!this.#bucket.take(this.#timers.now)) return this.#counters.drop("icmp.limited");
    const { outgoing, headroom } = this.#network;
    const quoteSize = Math.min(packet.offset + packet.size - headerOffset, QUOTE_SIZE_MAX);
    blit(bytes, headerOffset, outgoing, headroom + ICMP_SIZE, quoteSize);
    const size = ICMP_SIZE + quoteSize;
    writeIcmpError(outgoing, headroom, size, typeOf(why), codeOf(why));
    this.#network.send(PROTOCOL_ICMP, packet.target, packet.source, outgoing, headroom, size);
  }
}

function typeOf(why: Refusal): number {
  return why === "reassembly" ? ICMP_TIME_EXCEEDED : ICMP_UNREACHABLE;
}

function codeOf(why: Refusal): number {
  if (why === "reassembly") return CODE_REASSEMBLY;
  return why === "port" ? CODE_PORT_UNREACHABLE : CODE_PROTOCOL_UNREACHABLE;
}
