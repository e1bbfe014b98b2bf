// Why a frame gets no answer.

/** Every reason, in the order in which a frame meets the checks. */
export const FAULTS = [
  "ethernet.short",
  "ethernet.source",
  "ethernet.target",
  "ethernet.type",
  "arp.short",
  "arp.format",
  "arp.operation",
  "arp.sender",
  "arp.conflict",
  "arp.target",
  "ipv4.broadcast",
  "ipv4.short",
  "ipv4.version",
  "ipv4.header-size",
  "ipv4.checksum",
  "ipv4.total-size",
  "ipv4.time-to-live",
  "ipv4.options",
  "ipv4.source",
  "ipv4.target",
  "ipv4.fragment",
  "ipv4.protocol",
  "icmp.short",
  "icmp.checksum",
  "icmp.type",
  "icmp.code",
  "udp.short",
  "udp.size",
  "udp.checksum",
  "udp.port",
  "udp.source-port",
] as const;

export type Fault = (typeof FAULTS)[number];

/** What the server did with the frames it was given: each is in exactly one of these counts. */
export interface Counters {
  arp: number;
  icmp: number;
  udp: number;
  readonly dropped: Record<Fault, number>;
}

export function newCounters(): Counters {
  const dropped = Object.fromEntries(FAULTS.map((fault) => [fault, 0])) as Record<Fault, number>;
  return { arp: 0, icmp: 0, udp: 0, dropped };
}

export function answeredCount(counters: Counters): number {
  return counters.arp + counters.icmp + counters.udp;
}

export function droppedCount(counters: Counters): number {
  return FAULTS.reduce((total, fault) => total + counters.dropped[fault], 0);
}

/** Lines for people: what was answered, then what was dropped and why, without the zeros. */
export function report(counters: Counters): string {
  const lines = [
    `answered ${answeredCount(counters)}: ${counters.arp} ARP, ${counters.icmp} ICMP echo, ${counters.udp} UDP echo`,
    `dropped  ${droppedCount(counters)}`,
  ];
  for (const fault of FAULTS) {
    const count = counters.dropped[fault];
    if (count > 0) lines.push(`  ${fault.padEnd(18)} ${count}`);
  }
  return `${lines.join("\n")}\n`;
}
