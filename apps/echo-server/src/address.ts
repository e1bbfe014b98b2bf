// IPv4 addresses and the server's own place in a network. An address is a signed 32-bit integer: those never
// leave V8's small integers, whereas an unsigned one above 2^31 costs an allocation wherever it is kept.
import { getUint16BE, setUint16BE } from "miou-solo5";

/** An address with the network that it is in. */
export interface Place {
  readonly address: number;
  /** Bits of the network's part, 1 to 32. */
  readonly prefix: number;
  /** The network's broadcast address, or `address` itself where there is none (/31 and /32). */
  readonly broadcast: number;
}

/** The address at `offset`, in network byte order. */
export function getAddress(bytes: Uint8Array, offset: number): number {
  return (getUint16BE(bytes, offset) << 16) | getUint16BE(bytes, offset + 2);
}

export function setAddress(bytes: Uint8Array, offset: number, address: number): void {
  setUint16BE(bytes, offset, address >>> 16);
  setUint16BE(bytes, offset + 2, address);
}

/** Thrown for an address that no host can have, or that isn't one. */
export class AddressError extends Error {
  override readonly name = "AddressError";
  readonly code = "ERR_ECHO_ADDRESS";
}

/**
 * Reads `10.0.0.2/24`.
 *
 * @throws {AddressError} ERR_ECHO_ADDRESS: not four decimal numbers of 0 to 255 without leading zeros, a prefix outside 1
 * to 32, or an address that no host has: of `0.0.0.0/8`, of loopback, multicast or reserved, the
 * network's own or its broadcast.
 */
export function parsePlace(text: string): Place {
  const match = /^([0-9.]+)\/([0-9]{1,2})$/.exec(text);
  if (match === null) {
    throw new AddressError(`wanted ADDRESS/PREFIX such as 10.0.0.2/24, got "${text}"`);
  }
  const address = parseAddress(match[1] as string);
  const prefix = Number(match[2]);
  if (prefix < 1 || prefix > 32) {
    throw new AddressError(`wanted a prefix of 1 to 32 bits, got ${prefix} in "${text}"`);
  }
  if (!isHost(address)) {
    throw new AddressError(`${formatAddress(address)} is not the address of a single host`);
  }
  const hostMask = prefix === 32 ? 0 : 0xffffffff >>> prefix;
  if (prefix < 31 && (address & hostMask) === 0) {
    throw new AddressError(
      `${formatAddress(address)} is the name of the network ${text}: choose a host in it`,
    );
  }
  if (prefix < 31 && (address & hostMask) === hostMask) {
    throw new AddressError(
      `${formatAddress(address)} is the broadcast address of ${text}: choose a host in it`,
    );
  }
  return { address, prefix, broadcast: prefix < 31 ? address | hostMask : address };
}

/** Reads four decimal numbers of 0 to 255. @throws {AddressError} ERR_ECHO_ADDRESS */
export function parseAddress(text: string): number {
  const parts = text.split(".");
  // A leading zero is refused: half of the world's parsers read it as octal.
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part))) {
    throw new AddressError(`wanted an address such as 10.0.0.2, got "${text}"`);
  }
  let address = 0;
  for (const part of parts) {
    const byte = Number(part);
    if (byte > 255) throw new AddressError(`wanted numbers up to 255, got ${byte} in "${text}"`);
    address = (address << 8) | byte;
  }
  return address;
}

export function formatAddress(address: number): string {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join(".");
}

/**
 * Whether one host can have this address: not "this network" (0/8), not loopback (127/8), not multicast
 * (224/4), not reserved (240/4, the limited broadcast among them).
 * @see RFC 1122, section 3.2.1.3
 */
export function isHost(address: number): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}

/** Whether an answer to `source` reaches one host, and not us: anything else is an attack or a mistake. */
export function isAnswerable(source: number, place: Place): boolean {
  if (!isHost(source) || source === place.address) return false;
  if (place.prefix >= 31) return true;
  const hostMask = 0xffffffff >>> place.prefix;
  const network = place.broadcast & ~hostMask;
  return source !== place.broadcast && source !== network;
}
