// A received packet as the IP layer gives it to a transport: whole, reassembled where it came in pieces.
import type { Address } from "./address.ts";
import type { Network } from "./network.ts";

/**
 * One packet on its way up. There is one object, filled again for every packet, over the buffer that the frame
 * was read into: nothing of it outlives the call it was given to. Whoever keeps data copies it.
 */
export class Packet {
  readonly network: Network;
  bytes: Uint8Array = NOTHING;
  /** Where the transport's header starts. */
  offset = 0;
  /** Bytes of the transport's header and data; what the frame holds beyond is padding. */
  size = 0;
  protocol = 0;
  /** Of one host, and not of ours: an answer can be sent to it. */
  source: Address = 0;
  /** One of our addresses, or a broadcast or group address that we listen to. */
  target: Address = 0;
  /** Came to more than one host, by its address or the link's: no error is ever sent in answer. */
  isForMany = false;
  /** The time to live with which it arrived. */
  hops = 0;
  /** Where the IP header starts, for errors that quote it. It ends at `offset`. */
  headerOffset = 0;

  constructor(network: Network) {
    this.network = network;
  }

  /** Lets go of the buffer, so that the kept object keeps nothing else alive. */
  forget(): void {
    this.bytes = NOTHING;
    this.size = 0;
  }
}

const NOTHING = new Uint8Array(0);
