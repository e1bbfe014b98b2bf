// What the server has done, in numbers.

import { type Counters, DROP_REASONS, type Ending } from "@miou-solo5/tcpip";

/** Totals since the server was started. */
export class Echoed {
  datagrams = 0;
  /** Datagrams that get no answer: sent to many, or from where an answer can't end. */
  refused = 0;
  /** Bytes that came back to their senders over TCP. */
  bytes = 0;
  /** Connections that are over, by how they ended. */
  readonly connections: Record<Ending, number> = {
    closed: 0,
    reset: 0,
    "timed-out": 0,
    aborted: 0,
    unreachable: 0,
    refused: 0,
  };

  countDatagram(): void {
    this.datagrams += 1;
  }

  countConnection(ending: Ending): void {
    this.connections[ending] += 1;
  }
}

/** Lines for people: what was echoed, then what was dropped and why, without the zeros. */
export function report(counters: Counters, echoed: Echoed): string {
  const { datagrams, refused, bytes, connections } = echoed;
  const endings = Object.entries(connections).filter(([, count]) => count > 0);
  const count = endings.reduce((sum, [, some]) => sum + some, 0);
  const how = endings.map(([ending, some]) => `, ${some} ${ending}`).join("");
  const lines = [
    `frames   ${counters.framesReceived} received, ${counters.framesSent} sent`,
    `ping     ${counters.echoesAnswered} answered`,
    `UDP      ${datagrams} echoed${refused > 0 ? `, ${refused} refused` : ""}`,
    `TCP      ${bytes} bytes echoed on ${count} connection${count === 1 ? "" : "s"}${how}`,
    `dropped  ${counters.droppedCount}`,
  ];
  for (const reason of DROP_REASONS) {
    const dropped = counters.dropped[reason];
    if (dropped > 0) lines.push(`  ${reason.padEnd(22)} ${dropped}`);
  }
  return `${lines.join("\n")}\n`;
}
