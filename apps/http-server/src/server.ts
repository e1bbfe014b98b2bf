// A server of Node's, given connections of our stack instead of the kernel's.

import type { Server } from "node:http";
import type { Stack, TcpConnection, TcpListenOptions } from "@miou-solo5/tcpip";
import { duplexOf } from "@miou-solo5/tcpip/node";
import { ms, orphans, type Suspended, s, shield, sleep, spawn, withTimeout } from "miou-solo5";

/** How long requests that are being answered may go on when the server ends. Below the 5 seconds that `solo5-node` gives. */
const END_DURATION_MAX = s(3);
const END_PERIOD = ms(20);

const LISTEN: TcpListenOptions = { noDelay: true, acceptMax: 1024 };

/**
 * Hands every connection to `port` to `server`, of node:http or node:https, until it is cancelled.
 *
 * Cancelled, it refuses new connections and closes idle ones; requests that are being answered may end, and what is not over after
 * `END_DURATION_MAX` is reset.
 * @throws {TcpipError} ERR_SOLO5_ADDRESS_IN_USE
 */
export function* serve(ip: Stack, port: number, server: Server): Generator<Suspended, never, void> {
  const listener = ip.tcp.listen(port, LISTEN);
  const open = new Set<TcpConnection>();
  const tasks = orphans<void>();
  // Node's own limits for slow and idle clients begin with this event, which comes of `listen` otherwise.
  server.emit("listening");
  try {
    while (true) {
      const connection = yield* listener.accept();
      open.add(connection);
      spawn(() => attend(connection, open), { orphans: tasks });
      server.emit("connection", duplexOf(connection));
      for (let ended = tasks.care(); ended !== null; ended = tasks.care()) yield* ended;
    }
  } finally {
    listener.close();
    yield* shield(end(server, open));
  }
}

/** The stream moves the text; what is left to do is to know when the other end has got all of it. */
function* attend(
  connection: TcpConnection,
  open: Set<TcpConnection>,
): Generator<Suspended, void, void> {
  yield* connection.closed();
  open.delete(connection);
}

function* end(server: Server, open: ReadonlySet<TcpConnection>): Generator<Suspended, void, void> {
  try {
    yield* withTimeout(END_DURATION_MAX, emptied(server, open));
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_SOLO5_TIMEOUT") throw error;
    // Reset, and not finished: half of an answer must not look like one.
    for (const connection of open) connection.abort();
    server.closeAllConnections();
  } finally {
    server.close();
  }
}

/** Asks again and again, for a connection becomes idle when its request has been answered. */
function* emptied(
  server: Server,
  open: ReadonlySet<TcpConnection>,
): Generator<Suspended, void, void> {
  while (open.size > 0) {
    server.closeIdleConnections();
    yield* sleep(END_PERIOD);
  }
}
