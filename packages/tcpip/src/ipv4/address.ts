// IPv4 addresses as text, and the place of an address in a network. An address is a signed 32-bit integer.
import { TcpipError } from "../errors.ts";

/** 255.255.255.255, everybody on the link. */
export const BROADCAST = -1;

/** An address with the network that it is in. */
export interface Place {
  readonly address: number;
  /** Bits of the network's part, 1 to 32. */
  readonly prefix: number;
  /** The network's address: all its host bits are zero. */
  readonly network: number;
  /** A one for each bit of the host's part. */
  readonly hostMask: number;
  /** The network's broadcast address, or `address` itself where there is none (/31 and /32). @see RFC 3021 */
  readonly broadcast: number;
}

/**
 * Reads `10.0.0.2`: four decimal numbers of 0 to 255. A leading zero is refused, since half of the world's
 * parsers read it as octal.
 *
 * @throws {TcpipError} ERR_SOLO5_INVALID_ARGUMENT
 */
export function parseIpv4(text: string): number {
  const parts = String(text).split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part))) {
    throw invalid(`wanted an address such as 10.0.0.2, got "${text}"`);
  }
  let address = 0;
  for (const part of parts) {
    const byte = Number(part);
    if (byte > 255) throw invalid(`an address has numbers up to 255, got ${byte} in "${text}"`);
    address = (address << 8) | byte;
  }
  return address;
}

export function formatIpv4(address: number): string {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join(".");
}

/**
 * Reads `10.0.0.2/24`, the address of a host and its network.
 *
 * @throws {TcpipError} ERR_SOLO5_INVALID_ARGUMENT: no such text, a prefix outside 1 to 32, or an address that no
 * host has: of `0.0.0.0/8`, of loopback, multicast or reserved, the network's own or its broadcast
 */
export function parsePlace(text: string): Place {
  const { address, prefix } = parsePrefix(text);
  if (prefix < 1) throw invalid(`a host's network has a prefix of 1 to 32 bits, got "${text}"`);
  if (!isHost(address)) throw invalid(`${formatIpv4(address)} is not the address of one host`);
  const hostMask = hostMaskOf(prefix);
  if (prefix < 31 && (address & hostMask) === 0) {
    throw invalid(`${formatIpv4(address)} names the network ${text}: choose a host in it`);
  }
  if (prefix < 31 && (address & hostMask) === hostMask) {
    throw invalid(
      `${formatIpv4(address)} is the broadcast address of ${text}: choose a host in it`,
    );
  }
  return {
    address,
    prefix,
    network: address & ~hostMask,
    hostMask,
    broadcast: prefix < 31 ? address | hostMask : address,
  };
}

/** Reads an address with a prefix of 0 to 32 bits. @throws {TcpipError} ERR_SOLO5_INVALID_ARGUMENT */
export function parsePrefix(text: string): { readonly address: number; readonly prefix: number } {
  const match = /^([0-9.]+)\/([0-9]{1,2})$/.exec(String(text));
  if (match === null) throw invalid(`wanted ADDRESS/PREFIX such as 10.0.0.2/24, got "${text}"`);
  const prefix = Number(match[2]);
  if (prefix > 32) throw invalid(`a prefix has 0 to 32 bits, got ${prefix} in "${text}"`);
  return { address: parseIpv4(match[1] as string), prefix };
}

/** The bits that a prefix leaves to hosts. */
export function hostMaskOf(prefix: number): number {
  // A shift by 32 would be one by 0.
  return prefix === 32 ? 0 : (-1 >>> prefix) | 0;
}

/**
 * Whether one host can have this address: not "this network" (0/8), not loopback (127/8), not multicast
 * (224/4), not reserved (240/4, the limited broadcast among them).
 *
 * @see RFC 1122, section 3.2.1.3
 */
export function isHost(address: number): boolean {
  const first = address >>> 24;
  return first !== 0 && first !== 127 && first < 224;
}

function invalid(message: string): TcpipError {
  return new TcpipError("ERR_SOLO5_INVALID_ARGUMENT", message);
}
