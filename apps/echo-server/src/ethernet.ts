// Ethernet II headers: two addresses of 6 bytes, then the type of what follows.
import { setUint16BE } from "miou-solo5";

export const ETHERNET_SIZE = 14;
export const ETHERNET_TARGET = 0;
export const ETHERNET_SOURCE = 6;
export const ETHERNET_TYPE = 12;
export const MAC_SIZE = 6;

export const TYPE_IPV4 = 0x0800;
export const TYPE_ARP = 0x0806;

/** Whether the 6 bytes at `offset` are `mac`. */
export function isMac(bytes: Uint8Array, offset: number, mac: Uint8Array): boolean {
  for (let i = 0; i < MAC_SIZE; i++) if (bytes[offset + i] !== mac[i]) return false;
  return true;
}

export function isBroadcastMac(bytes: Uint8Array, offset: number): boolean {
  for (let i = 0; i < MAC_SIZE; i++) if (bytes[offset + i] !== 0xff) return false;
  return true;
}

/** Whether the address at `offset` can be that of one interface: not a group's, and not all zero. */
export function isUnicastMac(bytes: Uint8Array, offset: number): boolean {
  if (((bytes[offset] as number) & 1) !== 0) return false;
  for (let i = 0; i < MAC_SIZE; i++) if (bytes[offset + i] !== 0) return true;
  return false;
}

export function copyMac(
  source: Uint8Array,
  sourceOffset: number,
  target: Uint8Array,
  targetOffset: number,
): void {
  for (let i = 0; i < MAC_SIZE; i++) {
    target[targetOffset + i] = source[sourceOffset + i] as number;
  }
}

/**
 * Writes a header to the address that stands in `target` at `targetOffset`.
 *
 * Shape: `frame` has 14 bytes; `target` may be `frame` itself.
 */
export function writeEthernet(
  frame: Uint8Array,
  target: Uint8Array,
  targetOffset: number,
  source: Uint8Array,
  type: number,
): void {
  copyMac(target, targetOffset, frame, ETHERNET_TARGET);
  copyMac(source, 0, frame, ETHERNET_SOURCE);
  setUint16BE(frame, ETHERNET_TYPE, type);
}
