// The states of a connection, and what it tells whoever drives it.

/** @see RFC 9293, section 3.3.2; LISTEN is a listener's, not a connection's */
export type State =
  | "CLOSED"
  | "SYN-SENT"
  | "SYN-RECEIVED"
  | "ESTABLISHED"
  | "FIN-WAIT-1"
  | "FIN-WAIT-2"
  | "CLOSE-WAIT"
  | "CLOSING"
  | "LAST-ACK"
  | "TIME-WAIT";

/**
 * How a connection ended: "closed" by both ends, "refused" or "reset" by the other, "timed-out" because nothing came
 * back, "unreachable" because the network said so of its SYN, "aborted" by us; null while it lives.
 */
export type Ending = "closed" | "refused" | "reset" | "timed-out" | "unreachable" | "aborted";

// Events: bits of what `takeEvents` gives.

/** There is more to read, or the other end has finished. */
export const READABLE = 1;
/** There is more room to write. */
export const WRITABLE = 2;
/** The handshake is over. */
export const CONNECTED = 4;
/** The connection has ended: `ending` says how. */
export const ENDED = 8;
/** All that was written, and the FIN behind it, has arrived. */
export const FINISHED = 16;
