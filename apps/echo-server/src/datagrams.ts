// UDP echo.
// @see RFC 862, RFC 768

import { Datagram, type Stack } from "@miou-solo5/tcpip";
import type { Suspended } from "miou-solo5";
import type { Echoed } from "./echoed.ts";

const QUEUE = { queueCountMax: 1024, queueSizeMax: 1024 * 1024 };

/**
 * Echoes datagrams until it is cancelled. Nothing is allocated for one: a place for it, and an operation that is done again and
 * again.
 */
export function* echoDatagrams(
  ip: Stack,
  port: number,
  echoed: Echoed,
): Generator<Suspended, never, void> {
  const socket = ip.udp.bind(port, QUEUE);
  const datagram = new Datagram();
  const receive = socket.receive(datagram);
  try {
    while (true) {
      yield* receive;
      if (mayAnswer(ip, datagram)) {
        socket.send(datagram.bytes, datagram, 0, datagram.size);
        echoed.countDatagram();
      } else {
        echoed.refused += 1;
      }
    }
  } finally {
    socket.close();
  }
}

/**
 * Whether an answer is wanted, can arrive, and can end the conversation.
 *
 * What was sent to everybody would draw an answer from every server. One forged datagram from port 7 to port 7 would let two
 * echo servers answer each other for ever (CERT CA-1996-01); the other small services answer whatever they get as well:
 * daytime 13, quote of the day 17, chargen 19, time 37. Port 0 means that no answer is wanted.
 */
function mayAnswer(ip: Stack, { address, port, target }: Datagram): boolean {
  if (port === 0 || port === 7 || port === 13 || port === 17 || port === 19 || port === 37) {
    return false;
  }
  return target === ip.address && ip.network.sourceFor(address) !== null;
}
