// TCP echo: a task for each connection.
// @see RFC 862

import {
  type Stack,
  type TcpConnection,
  TcpipError,
  type TcpListenOptions,
} from "@miou-solo5/tcpip";
import { type Operation, orphans, type Suspended, s, shield, sleep, spawn } from "miou-solo5";
import type { Echoed } from "./echoed.ts";

/** How long connections may take to end when the server does. Below the 5 seconds that `solo5-node` gives. */
export const END_DURATION_MAX = s(2);

/** Bytes that are read at once. It begins with little: most connections are idle, or say no more than a line. */
const CHUNK_MIN = 2048;
const CHUNK_MAX = 65_536;

const LISTEN: TcpListenOptions = {
  // A line that comes back at once is what an echo is for.
  noDelay: true,
  // Whoever has gone without a word would be waited for forever.
  keepAlive: { idle: s(300), interval: s(30), countMax: 5 },
  halfOpenMax: 1024,
  acceptMax: 1024,
};

/**
 * Echoes each connection until its other end has finished, then finishes too. One that is cut ends its own task only.
 *
 * Cancelled, it refuses new connections, sends on those that are open what was read from them, finishes, and waits until the
 * other ends have done so; what is not over after `END_DURATION_MAX` is reset.
 */
export function* echoConnections(
  ip: Stack,
  port: number,
  echoed: Echoed,
): Generator<Suspended, never, void> {
  const open = new Set<TcpConnection>();
  const acceptor = spawn(() => accept(ip, port, open, echoed), { name: "accept" });
  try {
    return yield* acceptor;
  } finally {
    yield* shield(endWithin(END_DURATION_MAX, acceptor.cancel(), open));
  }
}

function* accept(
  ip: Stack,
  port: number,
  open: Set<TcpConnection>,
  echoed: Echoed,
): Generator<Suspended, never, void> {
  const listener = ip.tcp.listen(port, LISTEN);
  const tasks = orphans<void>();
  try {
    while (true) {
      const connection = yield* listener.accept();
      open.add(connection);
      spawn(() => attend(connection, open, echoed), { orphans: tasks });
      for (let ended = tasks.care(); ended !== null; ended = tasks.care()) yield* ended;
    }
  } finally {
    listener.close();
  }
}

/** Whatever becomes of it, the connection is over when this is. */
function* attend(
  connection: TcpConnection,
  open: Set<TcpConnection>,
  echoed: Echoed,
): Generator<Suspended, void, void> {
  try {
    yield* outlive(echo(connection, echoed));
  } finally {
    yield* shield(outlive(finish(connection)));
    open.delete(connection);
    echoed.countConnection(connection.ending ?? "closed");
  }
}

function* echo(connection: TcpConnection, echoed: Echoed): Generator<Suspended, void, void> {
  let chunk = new Uint8Array(CHUNK_MIN);
  for (;;) {
    const size = yield* connection.read(chunk);
    if (size === 0) return;
    // Shielded: what was read is echoed whole, also when the server is told to end meanwhile.
    yield* shield(connection.write(chunk, 0, size));
    echoed.bytes += size;
    if (size === chunk.length && size < CHUNK_MAX) chunk = new Uint8Array(2 * size);
  }
}

/**
 * Sends the rest and FIN, and waits until the other end has read that and finished as well. What it still says meanwhile is not
 * echoed, but read: to close before would answer it with a reset, which can destroy the rest of the echo on its way.
 */
function* finish(connection: TcpConnection): Generator<Suspended, void, void> {
  connection.shutdown();
  const ignored = new Uint8Array(CHUNK_MIN);
  const read = connection.read(ignored);
  for (let size = yield* read; size > 0; ) size = yield* read;
  connection.close();
  yield* connection.closed();
}

/** A connection that was cut is no fault of ours: its `ending` tells. */
function* outlive(operation: Operation<void>): Generator<Suspended, void, void> {
  try {
    yield* operation;
  } catch (error) {
    if (!(error instanceof TcpipError)) throw error;
  }
}

function* endWithin(
  duration: number,
  end: Operation<void>,
  open: ReadonlySet<TcpConnection>,
): Generator<Suspended, void, void> {
  const limit = spawn(function* () {
    yield* sleep(duration);
    for (const connection of open) connection.abort();
  });
  yield* end;
  yield* limit.cancel();
}
