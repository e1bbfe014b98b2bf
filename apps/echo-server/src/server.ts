// Both echo services on one stack, and how they end.

import type { Stack } from "@miou-solo5/tcpip";
import { race, type Suspended, shield, spawn } from "miou-solo5";
import { echoConnections } from "./connections.ts";
import { echoDatagrams } from "./datagrams.ts";
import type { Echoed } from "./echoed.ts";

/** RFC 862. */
export const ECHO_PORT = 7;

/**
 * Serves until it is cancelled. ARP and ping are the stack's own affair.
 *
 * Cancelled, it takes neither datagrams nor connections any more, and returns when those that are open have ended: see
 * `echoConnections`.
 * @throws {TcpipError} ERR_SOLO5_ADDRESS_IN_USE where somebody else has a port
 */
export function* serve(ip: Stack, echoed: Echoed): Generator<Suspended, never, void> {
  const datagrams = spawn(() => echoDatagrams(ip, ECHO_PORT, echoed), { name: "UDP echo" });
  const connections = spawn(() => echoConnections(ip, ECHO_PORT, echoed), { name: "TCP echo" });
  try {
    return yield* race([datagrams, connections]);
  } finally {
    yield* shield(datagrams.cancel());
    yield* shield(connections.cancel());
  }
}
