// Layers on a device and a clock that the test holds in its hands: no scheduler, no world.

import { Counters, type FrameDevice, Udp } from "../src/index.ts";
import { Arp, Ethernet, Icmp, Ipv4, parsePlace, Routes, Timers } from "../src/layers.ts";
import { type FrameFields, frameOf, tell } from "./frames.ts";

export const SECOND = 1_000_000_000;

/** Pseudo-random numbers that follow from a seed. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 10.0.0.2/24 at 02:00:00:00:00:02, unless told otherwise; what it sends is kept, and told in words. */
export class Bench implements FrameDevice {
  readonly mac = Uint8Array.of(2, 0, 0, 0, 0, 2);
  readonly mtu: number;
  readonly counters = new Counters();
  readonly timers = new Timers(() => this.now);
  readonly link: Ethernet;
  readonly arp: Arp;
  readonly network: Ipv4;
  readonly icmp: Icmp;
  readonly udp: Udp;
  now = 5 * SECOND;
  frames: Uint8Array[] = [];

  constructor(
    options: { place?: string; gateway?: string | null; mtu?: number; routes?: Routes } = {},
  ) {
    const { place = "10.0.0.2/24", gateway = null, mtu = 1500 } = options;
    const routes = options.routes ?? new Routes(parsePlace(place), gateway);
    this.mtu = mtu;
    const { counters, timers } = this;
    const random = randomFrom(1);
    const entropy = (into: Uint8Array) => {
      for (let i = 0; i < into.length; i++) into[i] = random() * 256;
    };
    this.link = new Ethernet(this, counters);
    this.arp = new Arp({ link: this.link, routes, timers, counters });
    const { link, arp } = this;
    this.network = new Ipv4({ link, arp, routes, timers, counters, entropy });
    this.icmp = new Icmp({ network: this.network, timers, counters, entropy });
    this.udp = new Udp(this.network, counters, entropy);
    this.network.attach(this.udp);
  }

  write(bytes: Uint8Array, offset: number, size: number): void {
    this.frames.push(bytes.slice(offset, offset + size));
  }

  /** A frame arrives. */
  receive(frame: Uint8Array | FrameFields): void {
    const bytes = frame instanceof Uint8Array ? frame : frameOf(frame);
    // In a buffer as long as the device's, full of what came before.
    const buffer = new Uint8Array(this.mtu + 14).fill(0xee);
    buffer.set(bytes);
    this.link.receive(buffer, bytes.length);
  }

  /** Time passes, one deadline after the other. */
  pass(duration: number): void {
    const end = this.now + duration;
    while (this.timers.deadline <= end) {
      this.now = Math.max(this.now, this.timers.deadline);
      this.timers.run();
    }
    this.now = end;
  }

  /** What was sent since the last call, in words. */
  told(): string[] {
    const told = this.frames.map(tell);
    this.frames = [];
    return told;
  }

  /** What was dropped since the start, reasons with a count. */
  get dropped(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.counters.dropped).filter(([, count]) => count > 0),
    );
  }

  /** 10.0.0.1 is known, so that packets to it leave at once. */
  meet(address = "10.0.0.1", mac = "02:00:00:00:00:01"): this {
    this.receive({ arp: "request", from: mac, sender: address, asks: "10.0.0.2" });
    this.frames = [];
    return this;
  }
}
