// Ethernet II headers: two addresses of 6 bytes, then the type of what follows.
// @see RFC 894; IEEE 802.3, clause 3.2
import { read16, write16 } from "./bytes.ts";

export const ETHERNET_SIZE = 14;
export const MAC_SIZE = 6;

export const TYPE_IPV4 = 0x0800;
export const TYPE_ARP = 0x0806;

const SOURCE = 6;
const TYPE = 12;

/** The address of every interface on a link. */
export const BROADCAST_MAC: Uint8Array = new Uint8Array(MAC_SIZE).fill(0xff);

/** Whose frame it is: "one" for `mac`, "all" for everybody, "group" for some, "other" for somebody else. */
export type Addressee = "all" | "group" | "one" | "other";

/** Shape: a whole header at `offset`. */
export function ethernetAddressee(bytes: Uint8Array, offset: number, mac: Uint8Array): Addressee {
  if (isMac(bytes, offset, mac)) return "one";
  if (isMac(bytes, offset, BROADCAST_MAC)) return "all";
  return ((bytes[offset] as number) & 1) !== 0 ? "group" : "other";
}

/** Where in a frame its sender's address starts. */
export function ethernetSource(offset: number): number {
  return offset + SOURCE;
}

/** The type of what follows; below 1536 it is a length, and the frame one of IEEE 802.3. */
export function ethernetType(bytes: Uint8Array, offset: number): number {
  return read16(bytes, offset + TYPE);
}

/**
 * Writes a header of 14 bytes at `offset`.
 *
 * Shape: `target` and `source` are 6 bytes, `target` not inside the header that is written.
 */
export function writeEthernet(
  bytes: Uint8Array,
  offset: number,
  target: Uint8Array,
  source: Uint8Array,
  type: number,
): void {
  copyMac(target, 0, bytes, offset);
  copyMac(source, 0, bytes, offset + SOURCE);
  write16(bytes, offset + TYPE, type);
}

/** Whether the 6 bytes at `offset` are `mac`. */
export function isMac(bytes: Uint8Array, offset: number, mac: Uint8Array): boolean {
  for (let i = 0; i < MAC_SIZE; i++) if (bytes[offset + i] !== mac[i]) return false;
  return true;
}

/** Whether the address at `offset` can be that of one interface: not a group's, and not all zero. */
export function isInterfaceMac(bytes: Uint8Array, offset: number): boolean {
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
  // Six bytes: the loop is faster than `set` with a view of them.
  for (let i = 0; i < MAC_SIZE; i++) {
    target[targetOffset + i] = source[sourceOffset + i] as number;
  }
}
