// All layers on one device, as programs see them.
import type { FrameBatch, Operation } from "@miou-solo5/scheduler";
import type { Address } from "./address.ts";
import { Arp, type Conflict } from "./arp/arp.ts";
import { Counters } from "./counters.ts";
import { TcpipError } from "./errors.ts";
import { Ethernet, type FrameDevice } from "./ethernet.ts";
import { Icmp } from "./icmp/icmp.ts";
import { Ping, type PingReply } from "./icmp/ping.ts";
import { formatIpv4, parseIpv4 } from "./ipv4/address.ts";
import { Ipv4 } from "./ipv4/ipv4.ts";
import type { Routes } from "./ipv4/routes.ts";
import { SEND_DEFAULT } from "./network.ts";
import { Tcp } from "./tcp/tcp.ts";
import type { Timers } from "./timers.ts";
import { UDP_DATA_SIZE_MAX } from "./udp/datagram.ts";
import { Udp } from "./udp/udp.ts";

const SECOND = 1_000_000_000;

export interface PingOptions {
  /** Bytes of data, 0 to 65,507; 56 if not given. */
  readonly dataSize?: number;
  /** Nanoseconds to wait for the reply; 5 seconds if not given. */
  readonly timeout?: number;
  /** Routers that may pass it on, 1 to 255; 64 if not given. */
  readonly hops?: number;
}

/** What the stack needs besides a device. */
export interface Surroundings {
  readonly timers: Timers;
  /** Fills its argument with unpredictable bytes. */
  readonly entropy: (into: Uint8Array) => void;
  /** See `TcpipOptions`. */
  readonly memoryMax?: number | undefined;
}

/** TCP/IP on one network device. In a run, `tcpip` makes one. */
export class Stack {
  readonly udp: Udp;
  readonly tcp: Tcp;
  /** The address, and its network. */
  readonly address: Address;
  readonly prefix: number;
  /** 6 bytes. */
  readonly mac: Uint8Array;
  readonly mtu: number;
  /** Totals since the start, and what was dropped for which reason. */
  readonly counters = new Counters();
  readonly link: Ethernet;
  readonly arp: Arp;
  readonly network: Ipv4;
  readonly #icmp: Icmp;

  constructor(device: FrameDevice, routes: Routes, surroundings: Surroundings) {
    const { timers, entropy, memoryMax } = surroundings;
    const { counters } = this;
    this.address = routes.place.address;
    this.prefix = routes.place.prefix;
    this.mac = device.mac;
    this.mtu = device.mtu;
    this.link = new Ethernet(device, counters);
    this.arp = new Arp({ link: this.link, routes, timers, counters });
    const { link, arp } = this;
    this.network = new Ipv4({ link, arp, routes, timers, counters, entropy });
    this.#icmp = new Icmp({ network: this.network, timers, counters, entropy });
    this.udp = new Udp(this.network, counters, entropy);
    this.network.attach(this.udp);
    const { network } = this;
    const format = formatIpv4;
    this.tcp = new Tcp({ network, timers, counters, entropy, format, memoryMax });
    this.network.attach(this.tcp);
  }

  /** The last who claimed our address; null where nobody did. */
  get conflict(): Conflict | null {
    return this.arp.conflict;
  }

  /**
   * Asks `target` (`10.0.0.1`, or an address) for an echo, and gives how long that took.
   *
   * Suspends: always, until the reply has come. Cancelled, it waits for nothing any more.
   * @throws {TcpipError} ERR_SOLO5_INVALID_ARGUMENT, ERR_SOLO5_OUT_OF_RANGE when called; ERR_SOLO5_UNREACHABLE (`trouble`
   * says why) and ERR_SOLO5_TIMEOUT from the operation
   */
  ping(target: Address | string, options: PingOptions = {}): Operation<PingReply> {
    const { dataSize = 56, timeout = 5 * SECOND, hops = 64 } = options;
    const address = typeof target === "string" ? parseIpv4(target) : target;
    requireWhole("dataSize", dataSize, 0, UDP_DATA_SIZE_MAX);
    requireWhole("hops", hops, 1, 255);
    if (!(timeout > 0)) {
      throw new TcpipError(
        "ERR_SOLO5_OUT_OF_RANGE",
        `ping: the timeout is above 0 ns, got ${timeout}`,
      );
    }
    const settings = { ...SEND_DEFAULT, hops };
    return new Ping(this.#icmp.pinger, address, formatIpv4(address), dataSize, timeout, settings);
  }

  /**
   * Takes the frames in slots 0 to `count` - 1, all that came at the same time: what they cause to be sent leaves together,
   * and each connection answers all of its segments at once.
   */
  receive({ bytes, slotSize, sizes }: FrameBatch, count: number): void {
    this.link.hold();
    this.tcp.gather();
    try {
      for (let i = 0; i < count; i++) {
        this.link.receive(bytes, sizes[i] as number, i * slotSize);
      }
    } finally {
      try {
        this.tcp.settleGathered();
      } finally {
        this.link.release();
      }
    }
  }

  /** Closes every socket and forgets every deadline. Idempotent. */
  close(): void {
    this.tcp.close();
    this.link.flush();
    this.udp.close();
    this.arp.close();
    this.network.reassembler.close();
  }
}

function requireWhole(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new TcpipError(
    "ERR_SOLO5_OUT_OF_RANGE",
    `ping: ${name} is a whole number from ${min} to ${max}, got ${value}`,
  );
}
