// The line between the IP layer and the transports above it: everything that UDP, TCP and ICMP know of
// IP, and all that IP knows of them.
import type { Address } from "./address.ts";
import type { Packet } from "./packet.ts";
import type { Trouble } from "./trouble.ts";

/** What the IP layer needs of a protocol above it. Both calls are synchronous and must not throw for any bytes. */
export interface Transport {
  /** The number in the IP header: 6 for TCP, 17 for UDP. */
  readonly protocol: number;
  /**
   * Takes one packet. Nothing of its transport header has been looked at, the checksum neither.
   *
   * Returns false where it was in order but nobody is there to take it: then the sender is told "port
   * unreachable", where the rules allow it. A packet that was dropped for another reason was taken. (TCP
   * always returns true: it answers by itself.)
   */
  receive(packet: Packet): boolean;
  /** Hears of an error about a packet it sent. Nothing but `trouble.size >= 8` has been checked of the quoted header. */
  fail(trouble: Trouble): void;
}

/**
 * What became of a packet that was to be sent.
 *
 * "sent": handed to the device. "waiting": copied, until the next hop's hardware address is known (a transport
 * hears of it by `fail` when that can't be found out). The others mean that nothing was sent: "no-route": no route
 * leads there, or `source` is none of our addresses; "too-big": longer than the link and not to be
 * fragmented, or than any packet; "dropped": too many wait for that next hop.
 */
export type SendOutcome = "dropped" | "no-route" | "sent" | "too-big" | "waiting";

/** How to send; make one and keep it. */
export interface SendOptions {
  /** Routers that may pass it on, 1 to 255. */
  readonly hops: number;
  /** Whether it may be cut where a link is too short for it. */
  readonly mayFragment: boolean;
  /** The 8 bits of service type, or traffic class. */
  readonly trafficClass: number;
}

export const SEND_DEFAULT: SendOptions = { hops: 64, mayFragment: true, trafficClass: 0 };

/** What a transport needs of the IP layer beneath it. */
export interface Network {
  /** Bytes that `send` needs in front of a payload, for the headers of IP and the link. */
  readonly headroom: number;
  /**
   * A buffer to build a payload in, from `headroom` on, with room for the longest packet. Free between two
   * calls of `send`; read it anew for each packet. (Any other buffer with that headroom will do as well.)
   */
  readonly outgoing: Uint8Array;
  /** The address of ours from which packets to `target` are sent; null where no route leads there. */
  sourceFor(target: Address): Address | null;
  /** The most bytes of payload that go to `target` in one piece over our link; 0 where no route leads there. */
  payloadSizeMax(target: Address): number;
  /** Whether `target` is more than one host: a broadcast address of ours. */
  isForMany(target: Address): boolean;
  /**
   * The transport hears nothing from `target`, though it has asked again and again: whether the next hop is still where it
   * was is to be found out with the next packet. @see RFC 9293, section 3.8.3; RFC 1122, section 3.3.1.4
   */
  doubt(target: Address): void;
  /** The sum of the words of the pseudo-header, not folded; see `addWords`. */
  pseudoHeader(source: Address, target: Address, protocol: number, size: number): number;
  /** From now on until `release` packets are collected, to leave together. May be nested; not for longer than a turn. */
  hold(): void;
  /** @throws the world's ERR_SOLO5_DEVICE_GONE, and NetError ERR_SOLO5_CLOSED after the run */
  release(): void;
  /**
   * Sends the `size` bytes at `offset` as one packet: writes its headers in front of them, in place, and gives it
   * to the device, in fragments where it must. Never suspends.
   *
   * Shape: `bytes` has `headroom` bytes before `offset`, which are overwritten; so are bytes of the payload that
   * have left already, where it is cut. When it returns, the buffer is the caller's again, and the payload's content undefined.
   * @throws the world's ERR_SOLO5_DEVICE_GONE, and NetError ERR_SOLO5_CLOSED after the run
   */
  send(
    protocol: number,
    source: Address,
    target: Address,
    bytes: Uint8Array,
    offset: number,
    size: number,
    options?: SendOptions,
  ): SendOutcome;
}
