// What can become of a packet that was sent, as far as anybody says so.
import type { Address } from "./address.ts";

/**
 * "too-big": it may not be fragmented, and a link on its way takes only `mtu` bytes. "prohibited": a filter
 * refuses it. "time-exceeded": it went in circles, or not all of its fragments arrived.
 *
 * @see RFC 792; RFC 1122, sections 3.2.2.1 and 4.2.3.9, for what a transport makes of them
 */
export type TroubleKind =
  | "host-unreachable"
  | "network-unreachable"
  | "parameter-problem"
  | "port-unreachable"
  | "prohibited"
  | "protocol-unreachable"
  | "time-exceeded"
  | "too-big";

/**
 * An error about a packet of ours, given to the transport that sent it. One object, filled again each time, as `Packet`.
 *
 * Anybody can forge one: the quoted header must match a conversation that there is, and a transport with
 * sequence numbers compares those too (RFC 5927).
 */
export class Trouble {
  kind: TroubleKind = "host-unreachable";
  /** Who reported it; null where we found out ourselves: nobody answers at the next hop. */
  reporter: Address | null = null;
  /** Ours. */
  source: Address = 0;
  /** Where the packet was sent to. */
  target: Address = 0;
  /** For "too-big": bytes of the longest packet, IP header included; 0 where the reporter did not say. */
  mtu = 0;
  /** What is quoted of the transport's header and data. */
  bytes: Uint8Array = NOTHING;
  offset = 0;
  /** At least 8. */
  size = 0;

  forget(): void {
    this.bytes = NOTHING;
    this.size = 0;
  }
}

const NOTHING = new Uint8Array(0);
