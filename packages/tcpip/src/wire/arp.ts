// ARP packets for IPv4 over Ethernet: who has an address, and where.
// @see RFC 826; RFC 5227, section 1.1, for the names of what they are used for
import { read16, read32, write16, write32 } from "./bytes.ts";
import { copyMac, isInterfaceMac, MAC_SIZE, TYPE_IPV4 } from "./ethernet.ts";

export const ARP_SIZE = 28;
export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

const HARDWARE_ETHERNET = 1;
const IPV4_ADDRESS_SIZE = 4;

const PROTOCOL = 2;
const SIZES = 4;
const OPERATION = 6;
const SENDER_MAC = 8;
const SENDER = 14;
const TARGET_MAC = 18;
const TARGET = 24;

export type ArpFault = "arp.format" | "arp.operation" | "arp.sender" | "arp.short";

/**
 * Why the packet at `offset` is none to look at, or null.
 *
 * Shape: `size` bytes of it are there, all inside `bytes`. Bytes behind the packet (a short frame's padding)
 * don't matter.
 */
export function arpFault(bytes: Uint8Array, offset: number, size: number): ArpFault | null {
  if (size < ARP_SIZE) return "arp.short";
  if (
    read16(bytes, offset) !== HARDWARE_ETHERNET ||
    read16(bytes, offset + PROTOCOL) !== TYPE_IPV4 ||
    read16(bytes, offset + SIZES) !== ((MAC_SIZE << 8) | IPV4_ADDRESS_SIZE)
  ) {
    return "arp.format";
  }
  const operation = arpOperation(bytes, offset);
  if (operation !== ARP_REQUEST && operation !== ARP_REPLY) return "arp.operation";
  return isInterfaceMac(bytes, offset + SENDER_MAC) ? null : "arp.sender";
}

export function arpOperation(bytes: Uint8Array, offset: number): number {
  return read16(bytes, offset + OPERATION);
}

/** Where the sender's hardware address starts. */
export function arpSenderMac(offset: number): number {
  return offset + SENDER_MAC;
}

/** The sender's address; 0 in a probe, which asks whether an address is in use. */
export function arpSender(bytes: Uint8Array, offset: number): number {
  return read32(bytes, offset + SENDER);
}

export function arpTarget(bytes: Uint8Array, offset: number): number {
  return read32(bytes, offset + TARGET);
}

/**
 * Writes a packet of 28 bytes at `offset`.
 *
 * Shape: the MACs are 6 bytes; `targetMac` is null where it is asked for, and then written as zeros.
 */
export function writeArp(
  bytes: Uint8Array,
  offset: number,
  operation: number,
  senderMac: Uint8Array,
  sender: number,
  targetMac: Uint8Array | null,
  target: number,
): void {
  write16(bytes, offset, HARDWARE_ETHERNET);
  write16(bytes, offset + PROTOCOL, TYPE_IPV4);
  write16(bytes, offset + SIZES, (MAC_SIZE << 8) | IPV4_ADDRESS_SIZE);
  write16(bytes, offset + OPERATION, operation);
  copyMac(senderMac, 0, bytes, offset + SENDER_MAC);
  write32(bytes, offset + SENDER, sender);
  if (targetMac === null) bytes.fill(0, offset + TARGET_MAC, offset + TARGET);
  else copyMac(targetMac, 0, bytes, offset + TARGET_MAC);
  write32(bytes, offset + TARGET, target);
}
