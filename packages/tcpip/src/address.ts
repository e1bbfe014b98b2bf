// Addresses as everything above the IP layer sees them: values to compare and to hand back, nothing else.

/**
 * The address of a host, or of a group of hosts.
 *
 * Compared with `===`, used as a key, handed back to the network it came from; whoever does arithmetic on one
 * belongs into `ipv4/` or `arp/`. It is a primitive value so that comparing costs nothing and nothing is
 * allocated per packet: IPv4's is a signed 32-bit integer (those never leave the engine's small
 * integers); IPv6's will be a `bigint`, which compares by value as well. Text is never an address, only read into one.
 */
export type Address = number;

/** Where a transport's conversation ends: a host, and a place in it. */
export interface Endpoint {
  readonly address: Address;
  /** 1 to 65,535. */
  readonly port: number;
}
