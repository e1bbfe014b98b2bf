// ARP for IPv4 over Ethernet: who has an address, and where.
// @see RFC 826, RFC 5227

import { getUint16BE, setUint16BE } from "miou-solo5";
import { getAddress, isAnswerable, type Place, setAddress } from "./address.ts";
import type { Fault } from "./counters.ts";
import {
  copyMac,
  ETHERNET_SIZE,
  isMac,
  isUnicastMac,
  MAC_SIZE,
  TYPE_ARP,
  TYPE_IPV4,
  writeEthernet,
} from "./ethernet.ts";

export const ARP_SIZE = 28;
export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;

const HARDWARE_ETHERNET = 1;

const OPERATION = ETHERNET_SIZE + 6;
export const ARP_SENDER_MAC = ETHERNET_SIZE + 8;
export const ARP_SENDER_ADDRESS = ETHERNET_SIZE + 14;
export const ARP_TARGET_MAC = ETHERNET_SIZE + 18;
export const ARP_TARGET_ADDRESS = ETHERNET_SIZE + 24;

/**
 * Why the ARP packet in a frame gets no answer, or undefined: then it asks for `place.address`.
 *
 * Shape: `frame` holds `size` bytes, of which the Ethernet header has been checked. Bytes behind the
 * packet (a short frame's padding) don't matter.
 */
export function arpFault(
  frame: Uint8Array,
  size: number,
  mac: Uint8Array,
  place: Place,
): Fault | undefined {
  if (size < ETHERNET_SIZE + ARP_SIZE) return "arp.short";
  if (
    getUint16BE(frame, ETHERNET_SIZE) !== HARDWARE_ETHERNET ||
    getUint16BE(frame, ETHERNET_SIZE + 2) !== TYPE_IPV4 ||
    frame[ETHERNET_SIZE + 4] !== MAC_SIZE ||
    frame[ETHERNET_SIZE + 5] !== 4
  ) {
    return "arp.format";
  }
  if (arpOperation(frame) !== ARP_REQUEST) return "arp.operation";
  if (!isUnicastMac(frame, ARP_SENDER_MAC) || isMac(frame, ARP_SENDER_MAC, mac)) {
    return "arp.sender";
  }
  const sender = getAddress(frame, ARP_SENDER_ADDRESS);
  if (sender === place.address) return "arp.conflict";
  // 0.0.0.0 is a probe for an address in use, and the answer is what it is sent for.
  if (sender !== 0 && !isAnswerable(sender, place)) return "arp.sender";
  if (getAddress(frame, ARP_TARGET_ADDRESS) !== place.address) return "arp.target";
  return undefined;
}

export function arpOperation(frame: Uint8Array): number {
  return getUint16BE(frame, OPERATION);
}

/**
 * Writes the answer to a request that `arpFault` let through, to whom the request names as sender.
 *
 * Shape: `reply` has room for 42 bytes and may be `frame` itself. Returns 42.
 */
export function writeArpReply(
  frame: Uint8Array,
  reply: Uint8Array,
  mac: Uint8Array,
  place: Place,
): number {
  const asker = getAddress(frame, ARP_SENDER_ADDRESS);
  copyMac(frame, ARP_SENDER_MAC, reply, ARP_TARGET_MAC);
  writeEthernet(reply, reply, ARP_TARGET_MAC, mac, TYPE_ARP);
  return writeBody(reply, ARP_REPLY, mac, place.address, asker);
}

/**
 * Writes a request for `wanted`, to everybody.
 *
 * Shape: `frame` has room for 42 bytes. Returns 42.
 */
export function writeArpRequest(
  frame: Uint8Array,
  mac: Uint8Array,
  address: number,
  wanted: number,
): number {
  frame.fill(0, ARP_TARGET_MAC, ARP_TARGET_MAC + MAC_SIZE);
  frame.fill(0xff, 0, MAC_SIZE);
  writeEthernet(frame, frame, 0, mac, TYPE_ARP);
  return writeBody(frame, ARP_REQUEST, mac, address, wanted);
}

function writeBody(
  frame: Uint8Array,
  operation: number,
  mac: Uint8Array,
  address: number,
  target: number,
): number {
  setUint16BE(frame, ETHERNET_SIZE, HARDWARE_ETHERNET);
  setUint16BE(frame, ETHERNET_SIZE + 2, TYPE_IPV4);
  frame[ETHERNET_SIZE + 4] = MAC_SIZE;
  frame[ETHERNET_SIZE + 5] = 4;
  setUint16BE(frame, OPERATION, operation);
  copyMac(mac, 0, frame, ARP_SENDER_MAC);
  setAddress(frame, ARP_SENDER_ADDRESS, address);
  setAddress(frame, ARP_TARGET_ADDRESS, target);
  return ETHERNET_SIZE + ARP_SIZE;
}
