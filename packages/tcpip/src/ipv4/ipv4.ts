// IPv4: packets to and from hosts.
// @see RFC 791; RFC 1122, section 3
import type { Address } from "../address.ts";
import type { Arp } from "../arp/arp.ts";
import type { Counters } from "../counters.ts";
import type { Ethernet } from "../ethernet.ts";
import {
  type Network,
  SEND_DEFAULT,
  type SendOptions,
  type SendOutcome,
  type Transport,
} from "../network.ts";
import { Packet } from "../packet.ts";
import type { Timers } from "../timers.ts";
import { Trouble } from "../trouble.ts";
import { type Addressee, BROADCAST_MAC, ETHERNET_SIZE, TYPE_IPV4 } from "../wire/ethernet.ts";
import {
  DO_NOT_FRAGMENT,
  IPV4_SIZE,
  IPV4_TOTAL_SIZE_MAX,
  ipv4Fault,
  ipv4FragmentOffset,
  ipv4HeaderSize,
  ipv4Hops,
  ipv4Protocol,
  ipv4PseudoHeader,
  ipv4Source,
  ipv4Target,
  ipv4TotalSize,
  isIpv4Fragment,
  MORE_FRAGMENTS,
  writeIpv4,
} from "../wire/ipv4.ts";
import { BROADCAST } from "./address.ts";
import { Identifications } from "./identifications.ts";
import { PARTIAL_HEADROOM, type Partial } from "./partial.ts";
import { Reassembler } from "./reassembly.ts";
import type { Routes } from "./routes.ts";

/** Why a packet is sent back with an error. */
export type Refusal = "port" | "protocol" | "reassembly";

export interface Ipv4Options {
  readonly link: Ethernet;
  readonly arp: Arp;
  readonly routes: Routes;
  readonly timers: Timers;
  readonly counters: Counters;
  readonly entropy: (into: Uint8Array) => void;
}

export class Ipv4 implements Network {
  readonly headroom = ETHERNET_SIZE + IPV4_SIZE;
  readonly outgoing = new Uint8Array(ETHERNET_SIZE + IPV4_TOTAL_SIZE_MAX);
  readonly routes: Routes;
  readonly reassembler: Reassembler;
  readonly #link: Ethernet;
  readonly #arp: Arp;
  readonly #counters: Counters;
  readonly #address: number;
  readonly #identifications: Identifications;
  readonly #transports: (Transport | null)[] = new Array(256).fill(null);
  readonly #packet = new Packet(this);
  readonly #trouble = new Trouble();
  /** Told of packets whose sender should hear that they were not taken. */
  onRefused: (packet: Packet, why: Refusal) => void = () => {};

  constructor({ link, arp, routes, timers, counters, entropy }: Ipv4Options) {
    this.#link = link;
    this.#arp = arp;
    this.#counters = counters;
    this.routes = routes;
    this.#address = routes.place.address;
    this.#identifications = new Identifications(entropy);
    this.reassembler = new Reassembler(timers, counters);
    this.reassembler.onTimeout = (partial) => {
      this.#fillFrom(partial, partial.firstSize);
      this.onRefused(this.#packet, "reassembly");
      this.#packet.forget();
    };
    arp.onUnanswered = (bytes, offset) => this.#unanswered(bytes, offset);
    link.attach(TYPE_IPV4, (bytes, offset, size, addressee) =>
      this.receive(bytes, offset, size, addressee),
    );
  }

  /** Gives packets of the transport's protocol to it. One transport a protocol. */
  attach(transport: Transport): void {
    this.#transports[transport.protocol] = transport;
  }

  sourceFor(target: Address): Address | null {
    return this.routes.nextHop(target) === null ? null : this.#address;
  }

  doubt(target: Address): void {
    const nextHop = this.routes.nextHop(target);
    if (nextHop !== null) this.#arp.doubt(nextHop);
  }

  payloadSizeMax(target: Address): number {
    if (this.routes.nextHop(target) === null) return 0;
    return Math.min(this.#link.mtu, IPV4_TOTAL_SIZE_MAX) - IPV4_SIZE;
  }

  isForMany(target: Address): boolean {
    return this.routes.isBroadcast(target);
  }

  pseudoHeader(source: Address, target: Address, protocol: number, size: number): number {
    return ipv4PseudoHeader(source, target, protocol, size);
  }

  hold(): void {
    this.#link.hold();
  }

  release(): void {
    this.#link.release();
  }

  send(
    protocol: number,
    source: Address,
    target: Address,
    bytes: Uint8Array,
    offset: number,
    size: number,
    options: SendOptions = SEND_DEFAULT,
  ): SendOutcome {
    const { mtu } = this.#link;
    const nextHop = source === this.#address ? this.routes.nextHop(target) : null;
    if (nextHop === null) {
      this.#counters.drop("ipv4.no-route");
      return "no-route";
    }
    const totalSize = IPV4_SIZE + size;
    if (totalSize > (options.mayFragment ? IPV4_TOTAL_SIZE_MAX : mtu)) {
      this.#counters.drop("ipv4.too-big");
      return "too-big";
    }
    const mac = nextHop === BROADCAST ? BROADCAST_MAC : this.#arp.lookup(nextHop);
    const identification = this.#identifications.next(target);
    const { hops, trafficClass } = options;
    const flag = options.mayFragment ? 0 : DO_NOT_FRAGMENT;
    const pieceSizeMax = totalSize <= mtu ? size : (mtu - IPV4_SIZE) & ~7;
    let at = 0;
    do {
      // Front to back: each further header overwrites the end of what has left already.
      const start = offset + at - IPV4_SIZE;
      const left = size - at;
      const pieceSize = IPV4_SIZE + Math.min(left, pieceSizeMax);
      const fragment = flag | (left > pieceSizeMax ? MORE_FRAGMENTS : 0) | (at >>> 3);
      writeIpv4(
        bytes,
        start,
        pieceSize,
        trafficClass,
        identification,
        fragment,
        hops,
        protocol,
        source,
        target,
      );
      if (mac === null) this.#arp.hold(nextHop, bytes, start, pieceSize);
      else this.#link.send(bytes, start, pieceSize, mac, TYPE_IPV4);
      at += pieceSizeMax;
    } while (at < size);
    return mac === null ? "waiting" : "sent";
  }

  /** Takes the payload of an IPv4 frame. Never throws for any bytes. */
  receive(bytes: Uint8Array, offset: number, size: number, addressee: Addressee): void {
    const counters = this.#counters;
    const fault = ipv4Fault(bytes, offset, size);
    if (fault !== null) return counters.drop(fault);
    const source = ipv4Source(bytes, offset);
    const target = ipv4Target(bytes, offset);
    // Whatever answers goes to one host that is not us: all else is an attack or a mistake.
    if (!this.routes.isHostHere(source)) return counters.drop("ipv4.source");
    const isBroadcast = target !== this.#address;
    if (isBroadcast && !this.routes.isBroadcast(target)) return counters.drop("ipv4.target");
    // RFC 1122, section 3.3.6: only a broadcast may come by a broadcast of the link.
    if (!isBroadcast && addressee !== "one") return counters.drop("ipv4.link-target");
    const packet = this.#packet;
    if (isIpv4Fragment(bytes, offset)) {
      const whole = this.reassembler.add(bytes, offset, isBroadcast);
      if (whole === null) return;
      this.#fillFrom(whole, whole.size);
    } else {
      const headerSize = ipv4HeaderSize(bytes, offset);
      packet.bytes = bytes;
      packet.headerOffset = offset;
      packet.offset = offset + headerSize;
      packet.size = ipv4TotalSize(bytes, offset) - headerSize;
      packet.protocol = ipv4Protocol(bytes, offset);
      packet.source = source;
      packet.target = target;
      packet.isForMany = isBroadcast;
      packet.hops = ipv4Hops(bytes, offset);
    }
    this.#deliver(packet);
    packet.forget();
  }

  /** Gives an error to the transport whose packet it is about. False where there is none for its protocol. */
  fail(protocol: number, trouble: Trouble): boolean {
    const transport = this.#transports[protocol] ?? null;
    if (transport === null) return false;
    transport.fail(trouble);
    return true;
  }

  #deliver(packet: Packet): void {
    const transport = this.#transports[packet.protocol] ?? null;
    if (transport === null) {
      this.#counters.drop("ipv4.protocol");
      this.onRefused(packet, "protocol");
    } else if (transport.receive(packet)) {
      this.#counters.packetsDelivered++;
    } else {
      this.onRefused(packet, "port");
    }
  }

  #fillFrom(partial: Partial, size: number): void {
    const packet = this.#packet;
    packet.bytes = partial.bytes;
    packet.headerOffset = PARTIAL_HEADROOM - partial.headerSize;
    packet.offset = PARTIAL_HEADROOM;
    packet.size = size;
    packet.protocol = partial.protocol;
    packet.source = partial.source;
    packet.target = partial.target;
    packet.isForMany = partial.isForMany;
    packet.hops = partial.hops;
  }

  /** A packet of ours got no answer from its next hop: its transport hears of it, once a datagram. */
  #unanswered(bytes: Uint8Array, offset: number): void {
    const size = ipv4TotalSize(bytes, offset) - IPV4_SIZE;
    if (ipv4FragmentOffset(bytes, offset) !== 0 || size < 8) return;
    const trouble = this.#trouble;
    trouble.kind = "host-unreachable";
    trouble.reporter = null;
    trouble.source = ipv4Source(bytes, offset);
    trouble.target = ipv4Target(bytes, offset);
    trouble.mtu = 0;
    trouble.bytes = bytes;
    trouble.offset = offset + IPV4_SIZE;
    trouble.size = size;
    this.fail(ipv4Protocol(bytes, offset), trouble);
    trouble.forget();
  }
}
