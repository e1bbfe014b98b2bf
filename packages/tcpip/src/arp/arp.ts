// ARP: finds hardware addresses, answers those who look for ours, and notices who else claims it.
// @see RFC 826; RFC 1122, section 2.3.2; RFC 5227
import type { Counters } from "../counters.ts";
import type { Ethernet } from "../ethernet.ts";
import type { Routes } from "../ipv4/routes.ts";
import { Timer, type Timers } from "../timers.ts";
import { TokenBucket } from "../token-bucket.ts";
import {
  ARP_REPLY,
  ARP_REQUEST,
  ARP_SIZE,
  arpFault,
  arpOperation,
  arpSender,
  arpSenderMac,
  arpTarget,
  writeArp,
} from "../wire/arp.ts";
import {
  BROADCAST_MAC,
  copyMac,
  ETHERNET_SIZE,
  isMac,
  TYPE_ARP,
  TYPE_IPV4,
} from "../wire/ethernet.ts";
import type { Neighbour } from "./neighbour.ts";
import { NeighbourTable } from "./neighbour-table.ts";

const SECOND = 1_000_000_000;

/** How long a hardware address is believed before its owner is asked again. @see RFC 1122, section 2.3.2.1 */
const AGE_MAX = 60 * SECOND;
/** At most one request a second for one address (section 2.3.2.1), and three before it counts as unreachable. */
const REQUEST_INTERVAL = SECOND;
const REQUESTS_MAX = 3;

/** @see RFC 5227, section 1.1: ANNOUNCE_NUM, ANNOUNCE_INTERVAL, DEFEND_INTERVAL */
const ANNOUNCEMENTS = 2;
const ANNOUNCEMENT_INTERVAL = 2 * SECOND;
const DEFENCE_INTERVAL = 10 * SECOND;

/** Somebody else who claims our address. */
export interface Conflict {
  /** 6 bytes. */
  readonly mac: Uint8Array;
  /** When it was last heard of: nanoseconds of the monotonic clock. */
  readonly at: number;
  /** How often. */
  readonly count: number;
}

export interface ArpOptions {
  readonly link: Ethernet;
  readonly routes: Routes;
  readonly timers: Timers;
  readonly counters: Counters;
}

/**
 * Nothing of it grows with what others send: the table is bounded, the packets that wait are (bytes, in all and a
 * neighbour), and requests have a rate limit over all addresses besides that of each.
 */
export class Arp {
  readonly #link: Ethernet;
  readonly #routes: Routes;
  readonly #address: number;
  readonly #timers: Timers;
  readonly #counters: Counters;
  readonly #table: NeighbourTable;
  readonly #requests = new TokenBucket({ perSecond: 100, burst: 100 });
  readonly #packet = new Uint8Array(ETHERNET_SIZE + ARP_SIZE);
  readonly #announcer = new Timer(() => this.#announceAgain());
  #announcementsLeft = 0;
  #defendedAt = -Infinity;
  #conflict: Conflict | null = null;
  /** Hears of packets that nobody answered for: an IP packet at `offset`, the rest of the array. */
  onUnanswered: (bytes: Uint8Array, offset: number) => void = () => {};

  constructor({ link, routes, timers, counters }: ArpOptions) {
    this.#link = link;
    this.#routes = routes;
    this.#address = routes.place.address;
    this.#timers = timers;
    this.#counters = counters;
    this.#table = new NeighbourTable(routes, timers, counters, () => this.onUnanswered);
    link.attach(TYPE_ARP, (bytes, offset, size) => this.receive(bytes, offset, size));
  }

  /** The last who claimed our address; null where nobody did. */
  get conflict(): Conflict | null {
    return this.#conflict;
  }

  /** How many neighbours are known, or looked for. */
  get length(): number {
    return this.#table.length;
  }

  /**
   * The hardware address of a neighbour, 6 bytes; null where it is not known: then it has been asked for, or will
   * be, and a packet may wait for it with `hold`.
   */
  lookup(address: number): Uint8Array | null {
    const now = this.#timers.now;
    const neighbour = this.#table.get(address) ?? this.#table.add(address, false, this.#retry);
    neighbour.isWanted = true;
    neighbour.usedAt = now;
    if (neighbour.isKnown) {
      // Not heard of for long: used on, while its owner is asked.
      const isOld = now - neighbour.confirmedAt > AGE_MAX;
      if (isOld && !neighbour.timer.isSet) this.#ask(neighbour, now);
      return neighbour.mac;
    }
    if (!neighbour.timer.isSet) this.#ask(neighbour, now);
    return null;
  }

  /**
   * Keeps a copy of the packet at `offset` until `lookup(address)`, which has just given null, knows more. Where too
   * much waits, the oldest packet makes room, as RFC 1122 (section 2.3.2.2) wants the latest kept.
   */
  hold(address: number, bytes: Uint8Array, offset: number, size: number): void {
    this.#table.hold(address, bytes, offset, size);
  }

  /** Whether the address is still right is asked with the next packet, unless it was heard of within the last second. */
  doubt(address: number): void {
    const neighbour = this.#table.get(address);
    if (neighbour === undefined) return;
    if (this.#timers.now - neighbour.confirmedAt > REQUEST_INTERVAL) {
      neighbour.confirmedAt = -Infinity;
    }
  }

  /** Tells the link our address, now and once more, so that stale knowledge of it is mended. */
  announce(): void {
    this.#announcementsLeft = ANNOUNCEMENTS;
    this.#announceAgain();
  }

  /** Takes the payload of an ARP frame. Never throws for any bytes. */
  receive(bytes: Uint8Array, offset: number, size: number): void {
    const counters = this.#counters;
    const fault = arpFault(bytes, offset, size);
    if (fault !== null) return counters.drop(fault);
    const senderMac = arpSenderMac(offset);
    if (isMac(bytes, senderMac, this.#link.mac)) return counters.drop("arp.sender");
    const sender = arpSender(bytes, offset);
    if (sender === this.#address) return this.#conflicts(bytes, senderMac);
    const isForUs = arpTarget(bytes, offset) === this.#address;
    const isRequest = arpOperation(bytes, offset) === ARP_REQUEST;
    if (sender !== 0 && !this.#learn(bytes, senderMac, sender, isRequest && isForUs)) {
      return counters.drop("arp.sender");
    }
    if (!isForUs) return counters.drop("arp.target");
    // A probe (sender 0) is answered as well: the answer is what it is sent for.
    if (isRequest) this.#reply(bytes, senderMac, sender);
  }

  /** Forgets everything that waits, and every deadline. */
  close(): void {
    this.#timers.clear(this.#announcer);
    this.#table.clear();
  }

  /** Keeps what a packet says of its sender, where we know it already or it wants something of us. */
  #learn(bytes: Uint8Array, mac: number, sender: number, isQuestion: boolean): boolean {
    if (!this.#routes.isOnLink(sender)) return false;
    const known = this.#table.get(sender);
    if (known === undefined && !isQuestion) return true;
    // Who asks for us is about to be sent an answer, most likely to what it sends next.
    const neighbour = known ?? this.#table.add(sender, true, this.#retry);
    copyMac(bytes, mac, neighbour.mac, 0);
    neighbour.confirmedAt = this.#timers.now;
    neighbour.requests = 0;
    this.#table.becomesKnown(neighbour);
    for (const { frame } of this.#table.takeWaiting(neighbour)) {
      this.#link.send(frame, ETHERNET_SIZE, frame.length - ETHERNET_SIZE, neighbour.mac, TYPE_IPV4);
    }
    return true;
  }

  #reply(bytes: Uint8Array, senderMac: number, sender: number): void {
    const to = bytes.subarray(senderMac, senderMac + 6);
    writeArp(this.#packet, ETHERNET_SIZE, ARP_REPLY, this.#link.mac, this.#address, to, sender);
    this.#link.send(this.#packet, ETHERNET_SIZE, ARP_SIZE, to, TYPE_ARP);
  }

  /** By time and not only when packets are sent: a connection whose segments go elsewhere sends but one a minute. */
  readonly #retry = (neighbour: Neighbour): void => {
    const now = this.#timers.now;
    if (neighbour.requests < REQUESTS_MAX) this.#ask(neighbour, now);
    else if (!neighbour.isKnown) this.#table.giveUp(neighbour);
    else {
      neighbour.requests = 0;
      this.#table.becomesUnknown(neighbour);
      this.#ask(neighbour, now);
    }
  };

  /** Asks the owner itself while its address is known, else everybody. */
  #ask(neighbour: Neighbour, now: number): void {
    this.#request(neighbour, neighbour.isKnown ? neighbour.mac : BROADCAST_MAC, now);
    this.#timers.set(neighbour.timer, now + REQUEST_INTERVAL);
  }

  #request(neighbour: Neighbour, to: Uint8Array, now: number): void {
    neighbour.requests++;
    if (!neighbour.isGateway && !this.#requests.take(now)) return;
    this.#writeRequest(neighbour.address);
    this.#link.send(this.#packet, ETHERNET_SIZE, ARP_SIZE, to, TYPE_ARP);
  }

  #announceAgain(): void {
    this.#writeRequest(this.#address);
    this.#link.send(this.#packet, ETHERNET_SIZE, ARP_SIZE, BROADCAST_MAC, TYPE_ARP);
    if (--this.#announcementsLeft > 0) {
      this.#timers.set(this.#announcer, this.#timers.now + ANNOUNCEMENT_INTERVAL);
    }
  }

  /**
   * Whoever claims our address is noted; we go on and say once that it is ours, but not again within ten seconds:
   * two hosts that both insist would fill the link. @see RFC 5227, section 2.4 (b)
   */
  #conflicts(bytes: Uint8Array, senderMac: number): void {
    const now = this.#timers.now;
    this.#counters.drop("arp.conflict");
    const mac = bytes.slice(senderMac, senderMac + 6);
    this.#conflict = { mac, at: now, count: (this.#conflict?.count ?? 0) + 1 };
    if (now - this.#defendedAt < DEFENCE_INTERVAL) return;
    this.#defendedAt = now;
    this.#writeRequest(this.#address);
    this.#link.send(this.#packet, ETHERNET_SIZE, ARP_SIZE, BROADCAST_MAC, TYPE_ARP);
  }

  #writeRequest(target: number): void {
    const { mac } = this.#link;
    writeArp(this.#packet, ETHERNET_SIZE, ARP_REQUEST, mac, this.#address, null, target);
  }
}
