// One frame in, at most one frame out.

import { getUint16BE } from "miou-solo5";
import type { Place } from "./address.ts";
import { arpFault, writeArpReply } from "./arp.ts";
import { type Counters, type Fault, newCounters } from "./counters.ts";
import {
  ETHERNET_SIZE,
  ETHERNET_SOURCE,
  ETHERNET_TARGET,
  ETHERNET_TYPE,
  isBroadcastMac,
  isMac,
  isUnicastMac,
  TYPE_ARP,
  TYPE_IPV4,
  writeEthernet,
} from "./ethernet.ts";
import { icmpFault, writeIcmpReply } from "./icmp.ts";
import {
  IPV4_SIZE,
  ipv4Fault,
  ipv4HeaderSize,
  ipv4PayloadSize,
  ipv4Protocol,
  PROTOCOL_ICMP,
  PROTOCOL_UDP,
  writeIpv4Answer,
} from "./ipv4.ts";
import { udpFault, writeUdpEcho } from "./udp.ts";

/**
 * Answers ARP requests, ICMP echo and UDP echo for one address on one interface. Holds no state but counters.
 */
export class Responder {
  readonly counters: Counters = newCounters();
  readonly #mac: Uint8Array;
  readonly #place: Place;

  constructor(mac: Uint8Array, place: Place) {
    this.#mac = mac.slice();
    this.#place = place;
  }

  /**
   * Writes the answer to a frame into `reply`; says how many bytes it has, 0 for none.
   *
   * Shape: the frame is the first `size` bytes of `frame`, whatever they are; `reply` has room for as many,
   * an answer being never longer, and may be `frame` itself. Bytes of `reply` behind the answer keep what
   * they held, unless the request stood there.
   * @throws {RangeError} where `size` is more than either buffer.
   */
  respond(frame: Uint8Array, size: number, reply: Uint8Array): number {
    if (!(size >= 0 && size <= frame.length && size <= reply.length)) {
      throw new RangeError(
        `wanted a frame of ${size} bytes in buffers that hold it, got ${frame.length} and ${reply.length} bytes`,
      );
    }
    if (size < ETHERNET_SIZE) return this.#drop("ethernet.short");
    if (!isUnicastMac(frame, ETHERNET_SOURCE) || isMac(frame, ETHERNET_SOURCE, this.#mac)) {
      return this.#drop("ethernet.source");
    }
    const isOurs = isMac(frame, ETHERNET_TARGET, this.#mac);
    if (!isOurs && !isBroadcastMac(frame, ETHERNET_TARGET)) return this.#drop("ethernet.target");
    const type = getUint16BE(frame, ETHERNET_TYPE);
    if (type === TYPE_ARP) return this.#arp(frame, size, reply);
    if (type !== TYPE_IPV4) return this.#drop("ethernet.type");
    // What was sent to everybody is not answered, even where it names our address: one datagram
    // would draw an answer from every host (RFC 1122, sections 3.2.2.6 and 3.3.6).
    if (!isOurs) return this.#drop("ipv4.broadcast");
    return this.#ipv4(frame, size, reply);
  }

  #arp(frame: Uint8Array, size: number, reply: Uint8Array): number {
    const fault = arpFault(frame, size, this.#mac, this.#place);
    if (fault !== undefined) return this.#drop(fault);
    this.counters.arp += 1;
    return writeArpReply(frame, reply, this.#mac, this.#place);
  }

  #ipv4(frame: Uint8Array, size: number, reply: Uint8Array): number {
    const fault = ipv4Fault(frame, size, this.#place);
    if (fault !== undefined) return this.#drop(fault);
    const offset = ETHERNET_SIZE + ipv4HeaderSize(frame);
    const payloadSize = ipv4PayloadSize(frame);
    switch (ipv4Protocol(frame)) {
      case PROTOCOL_ICMP:
        return this.#icmp(frame, offset, payloadSize, reply);
      case PROTOCOL_UDP:
        return this.#udp(frame, offset, payloadSize, reply);
      default:
        return this.#drop("ipv4.protocol");
    }
  }

  #icmp(frame: Uint8Array, offset: number, size: number, reply: Uint8Array): number {
    const fault = icmpFault(frame, offset, size);
    if (fault !== undefined) return this.#drop(fault);
    this.counters.icmp += 1;
    writeIcmpReply(frame, offset, size, reply);
    return this.#finish(frame, reply, size);
  }

  #udp(frame: Uint8Array, offset: number, available: number, reply: Uint8Array): number {
    const fault = udpFault(frame, offset, available);
    if (fault !== undefined) return this.#drop(fault);
    this.counters.udp += 1;
    return this.#finish(frame, reply, writeUdpEcho(frame, offset, reply));
  }

  /** The payload stands in `reply`; the headers come last because `reply` may be the request itself. */
  #finish(frame: Uint8Array, reply: Uint8Array, payloadSize: number): number {
    writeIpv4Answer(frame, reply, payloadSize);
    writeEthernet(reply, frame, ETHERNET_SOURCE, this.#mac, TYPE_IPV4);
    return ETHERNET_SIZE + IPV4_SIZE + payloadSize;
  }

  #drop(fault: Fault): 0 {
    this.counters.dropped[fault] += 1;
    return 0;
  }
}
