// TCP echo through the kernel's sockets.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Row, Transfer } from "./samples.ts";

const ECHO_PORT = 7;
/** Without a byte for so long, a connection is given up; in milliseconds. */
const SILENCE_DURATION_MAX = 5000;

/** Says `count` lines of `size` bytes on one connection, the next when the answer has come; then finishes, and waits for the end. */
export async function lineByLine(
  address: string,
  size: number,
  count: number,
  signal: AbortSignal,
): Promise<Row> {
  const roundTrips: number[] = [];
  let sent = 0;
  await onConnection(address, signal, async (socket) => {
    for (; sent < count; sent++) {
      const line = pattern(size, sent);
      const start = performance.now();
      socket.write(line);
      if (!(await exactly(socket, size)).equals(line)) break;
      roundTrips.push(performance.now() - start);
    }
    socket.end();
    await once(socket.resume(), "end");
  });
  return { what: `TCP echo, ${size} bytes`, sent: count, answered: roundTrips.length, roundTrips };
}

/** Sends `size` bytes, reads them back meanwhile, and compares each. */
export async function transfer(
  address: string,
  size: number,
  signal: AbortSignal,
): Promise<Transfer> {
  const chunk = pattern(64 * 1024 - 1, 0);
  const start = performance.now();
  let received = 0;
  let isSame = true;
  await onConnection(address, signal, async (socket) => {
    const compare = (part: Buffer) => {
      for (let at = 0; at < part.length; ) {
        const place = (received + at) % chunk.length;
        const some = Math.min(part.length - at, chunk.length - place);
        isSame &&= part.compare(chunk, place, place + some, at, at + some) === 0;
        at += some;
      }
      received += part.length;
    };
    socket.on("data", compare);
    const ended = once(socket, "end");
    for (let sent = 0; sent < size && !socket.destroyed; sent += chunk.length) {
      if (!socket.write(chunk.subarray(0, size - sent))) await once(socket, "drain");
    }
    socket.end();
    await ended;
  });
  const duration = (performance.now() - start) / 1000;
  return { size, received, isSame, duration };
}

/** What goes wrong on the connection ends `use`, and shows in what is counted. */
async function onConnection(
  address: string,
  signal: AbortSignal,
  use: (socket: Socket) => Promise<void>,
): Promise<void> {
  const socket = connect({ host: address, port: ECHO_PORT, allowHalfOpen: true, noDelay: true });
  const failed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
  const cut = () => socket.destroy();
  socket.on("error", () => {});
  socket.setTimeout(SILENCE_DURATION_MAX, cut);
  signal.addEventListener("abort", cut, { once: true });
  const used = once(socket, "connect").then(() => use(socket));
  used.catch(() => {});
  try {
    await Promise.race([used, failed]);
  } catch (error) {
    if (!socket.destroyed) throw error;
  } finally {
    signal.removeEventListener("abort", cut);
    socket.destroy();
  }
}

async function exactly(socket: Socket, size: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let count = 0; count < size; ) {
    const part = socket.read() as Buffer | null;
    if (part === null) {
      await once(socket, "readable");
    } else {
      parts.push(part);
      count += part.length;
    }
  }
  return Buffer.concat(parts);
}

/** Bytes that follow from their place, and differ from index to index. */
export function pattern(size: number, index: number): Buffer {
  const data = Buffer.alloc(size);
  for (let i = 0; i < size; i++) data[i] = (i * 7 + (i >> 8) * 5 + index * 13) & 255;
  return data;
}
