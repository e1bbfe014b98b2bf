// TCP ports: what can be one, and which one to open a connection from.
import { TcpipError } from "../errors.ts";

/** @see RFC 6335, section 6 */
const EPHEMERAL_MIN = 49_152;
const EPHEMERAL_COUNT = 65_536 - EPHEMERAL_MIN;

/**
 * A port that is not taken, from a random place on; null where all are.
 *
 * Shape: `entropy` fills an array with unpredictable bytes.
 * @see RFC 6056, section 3.3.1
 */
export function freePort(
  entropy: (into: Uint8Array) => void,
  isTaken: (port: number) => boolean,
): number | null {
  const random = new Uint16Array(1);
  entropy(new Uint8Array(random.buffer));
  const start = random[0] as number;
  for (let tries = 0; tries < EPHEMERAL_COUNT; tries++) {
    const candidate = EPHEMERAL_MIN + ((start + tries) % EPHEMERAL_COUNT);
    if (!isTaken(candidate)) return candidate;
  }
  return null;
}

/** @throws {TcpipError} ERR_SOLO5_INVALID_ARGUMENT */
export function requirePort(verb: string, port: number): void {
  if (Number.isInteger(port) && port >= 1 && port <= 0xffff) return;
  throw new TcpipError(
    "ERR_SOLO5_INVALID_ARGUMENT",
    `${verb}: a TCP port is 1 to 65535, got ${port}`,
  );
}
