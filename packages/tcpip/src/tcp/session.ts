// A connection in its place: between a network, a queue of timers and whoever uses it.
import { Timer } from "../timers.ts";
import type { Connection } from "./connection.ts";
import type { TcpListener } from "./listener.ts";
import type { TcpConnection } from "./socket.ts";

/** What the transport keeps of each connection, from the first SYN to the end of TIME-WAIT. */
export class Session {
  readonly connection: Connection;
  /** Bytes that a segment to the other end may have. */
  readonly room: number;
  readonly timer: Timer;
  /** Whom it is for while the handshake goes on. */
  listener: TcpListener | null;
  /** What programs hold; null before the handshake is over. */
  socket: TcpConnection | null = null;
  /** Segments have come that it has not answered yet: see `Tcp.gather`. */
  isGathered = false;
  /** It stands in the list of those in TIME-WAIT. */
  isWaiting = false;

  constructor(
    connection: Connection,
    room: number,
    listener: TcpListener | null,
    expire: (session: Session) => void,
  ) {
    this.connection = connection;
    this.room = room;
    this.listener = listener;
    this.timer = new Timer(() => expire(this));
  }
}
