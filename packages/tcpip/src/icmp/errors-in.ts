// What ICMP errors say, and about which packet.
// @see RFC 792; RFC 1122, sections 3.2.2.1, 3.2.2.4 and 3.2.2.5; RFC 1812, section 5.2.7.1, for the later codes
import type { Packet } from "../packet.ts";
import type { Trouble, TroubleKind } from "../trouble.ts";
import {
  ICMP_PARAMETER_PROBLEM,
  ICMP_SIZE,
  ICMP_TIME_EXCEEDED,
  ICMP_UNREACHABLE,
  icmpCode,
  icmpNextMtu,
  icmpType,
} from "../wire/icmp.ts";
import {
  IPV4_SIZE,
  ipv4FragmentOffset,
  ipv4HeaderSize,
  ipv4Protocol,
  ipv4Source,
  ipv4Target,
} from "../wire/ipv4.ts";

/** Of "unreachable", by code. A failed source route is the network's fault: we send none. */
const UNREACHABLE_KINDS: readonly TroubleKind[] = [
  "network-unreachable",
  "host-unreachable",
  "protocol-unreachable",
  "port-unreachable",
  "too-big",
  "network-unreachable",
  "network-unreachable",
  "host-unreachable",
  "host-unreachable",
  "prohibited",
  "prohibited",
  "network-unreachable",
  "host-unreachable",
  "prohibited",
  "prohibited",
  "prohibited",
];

/** At least so much of its header a transport finds in every quote. */
const QUOTED_SIZE_MIN = 8;

export function isIcmpError(type: number): boolean {
  return (
    type === ICMP_UNREACHABLE || type === ICMP_TIME_EXCEEDED || type === ICMP_PARAMETER_PROBLEM
  );
}

/**
 * Fills `into` with what an ICMP error in order says, and gives the protocol of the packet that it quotes; -1 where it
 * quotes none that `address` can have sent, or too little of it.
 *
 * The quoted header's checksum is not looked at: routers change what they quote.
 */
export function readIcmpError(packet: Packet, address: number, into: Trouble): number {
  const { bytes } = packet;
  const quote = packet.offset + ICMP_SIZE;
  const available = packet.size - ICMP_SIZE;
  if (available < IPV4_SIZE || (bytes[quote] as number) >>> 4 !== 4) return -1;
  const headerSize = ipv4HeaderSize(bytes, quote);
  if (headerSize < IPV4_SIZE || headerSize + QUOTED_SIZE_MIN > available) return -1;
  // Of a later fragment nobody can say whose it was.
  if (ipv4Source(bytes, quote) !== address || ipv4FragmentOffset(bytes, quote) !== 0) return -1;
  const kind = kindOf(icmpType(bytes, packet.offset), icmpCode(bytes, packet.offset));
  if (kind === undefined) return -1;
  into.kind = kind;
  into.reporter = packet.source;
  into.source = address;
  into.target = ipv4Target(bytes, quote);
  into.mtu = kind === "too-big" ? icmpNextMtu(bytes, packet.offset) : 0;
  into.bytes = bytes;
  into.offset = quote + headerSize;
  into.size = available - headerSize;
  return ipv4Protocol(bytes, quote);
}

function kindOf(type: number, code: number): TroubleKind | undefined {
  if (type === ICMP_UNREACHABLE) return UNREACHABLE_KINDS[code];
  return type === ICMP_TIME_EXCEEDED ? "time-exceeded" : "parameter-problem";
}
