// What the layers did with the frames and packets they were given.

/** Every reason for which something is dropped, in the order in which a frame meets the layers. */
export const DROP_REASONS = [
  "ethernet.short",
  "ethernet.source",
  "ethernet.target",
  "ethernet.type",
  "arp.short",
  "arp.format",
  "arp.operation",
  "arp.sender",
  // Somebody else claims our address.
  "arp.conflict",
  // Not about us: the usual broadcasts of a link.
  "arp.target",
  // An entry, displaced by a newer one where the cache is full.
  "arp.evicted",
  // A packet that waited, displaced by a later one.
  "arp.queue-full",
  // A packet that waited for an answer that did not come.
  "arp.unanswered",
  "ipv4.short",
  "ipv4.version",
  "ipv4.header-size",
  "ipv4.checksum",
  "ipv4.total-size",
  "ipv4.options",
  "ipv4.source",
  "ipv4.target",
  // Sent to everybody on the link, though its address is one host's.
  "ipv4.link-target",
  "ipv4.fragment-size",
  // A whole datagram, of which one fragment contradicted another; and each fragment that followed.
  "ipv4.fragment-overlap",
  // A whole datagram, displaced by a newer one where memory is short.
  "ipv4.fragment-evicted",
  // A whole datagram, of which a fragment was still missing after 30 seconds.
  "ipv4.fragment-timeout",
  "ipv4.protocol",
  // On the way out.
  "ipv4.no-route",
  "ipv4.too-big",
  "icmp.short",
  "icmp.checksum",
  "icmp.type",
  // An echo request to a broadcast address.
  "icmp.broadcast",
  // A reply that nobody waits for.
  "icmp.unexpected",
  // An error that quotes no packet of ours.
  "icmp.quote",
  // An error that we did not send, because too many had been sent.
  "icmp.limited",
  "udp.short",
  "udp.size",
  "udp.checksum",
  "udp.port",
  // A socket had no room.
  "udp.queue-full",
  "tcp.short",
  // To more than one host.
  "tcp.broadcast",
  "tcp.checksum",
  // Of no connection, and to no port that listens; answered by a reset.
  "tcp.port",
  // A handshake, displaced by a newer one.
  "tcp.half-open-evicted",
  // Nobody accepts what has come already: the other end tries again.
  "tcp.accept-full",
  "tcp.too-many",
  // A SYN, or text that came, for which there was no memory: the other end tries again.
  "tcp.memory",
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** Totals since the stack was made. */
export class Counters {
  /** Frames that came from the device. */
  framesReceived = 0;
  /** Frames that were given to the device. */
  framesSent = 0;
  /** Packets that a transport took. */
  packetsDelivered = 0;
  /** Echo requests that were answered. */
  echoesAnswered = 0;
  readonly dropped: Record<DropReason, number>;

  constructor() {
    this.dropped = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<
      DropReason,
      number
    >;
  }

  drop(reason: DropReason): void {
    this.dropped[reason]++;
  }

  get droppedCount(): number {
    return DROP_REASONS.reduce((total, reason) => total + this.dropped[reason], 0);
  }
}
