// UDP echo through the kernel's sockets.

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Row } from "./samples.ts";

const ECHO_PORT = 7;
/** Without an answer for so long, a row is given up; in milliseconds. A busy machine may stand still for a second. */
const ANSWER_DURATION_MAX = 5000;

/** Sends `count` datagrams with `size` bytes of data each, the next when the answer has come. */
export async function oneByOne(
  address: string,
  size: number,
  count: number,
  signal: AbortSignal,
): Promise<Row> {
  await using socket = await connected(address);
  const roundTrips: number[] = [];
  let sent = 0;
  while (sent < count && !signal.aborted) {
    const data = pattern(size, sent++);
    const start = performance.now();
    const answer = nextMessage(socket, signal);
    socket.send(data);
    const echoed = await answer;
    if (echoed === null) break;
    if (echoed.equals(data)) roundTrips.push(performance.now() - start);
  }
  const what = `UDP echo, ${size} bytes`;
  return { what, sent, answered: roundTrips.length, roundTrips };
}

/** Sends `count` datagrams of 64 bytes and keeps `window` of them under way. */
export async function manyAtOnce(
  address: string,
  window: number,
  count: number,
  signal: AbortSignal,
): Promise<Row> {
  await using socket = await connected(address);
  const underWay = new Set<number>();
  let sent = 0;
  let answered = 0;
  const start = performance.now();
  const send = () => {
    underWay.add(sent);
    socket.send(pattern(64, sent));
    sent += 1;
  };
  await new Promise<void>((resolve) => {
    let timer = setTimeout(resolve, ANSWER_DURATION_MAX);
    signal.addEventListener("abort", () => resolve(), { once: true });
    socket.on("message", (data) => {
      const index = data.readUInt32BE(0);
      if (!underWay.delete(index) || !data.equals(pattern(64, index))) return;
      answered += 1;
      clearTimeout(timer);
      timer = setTimeout(resolve, ANSWER_DURATION_MAX);
      if (sent < count) send();
      else if (underWay.size === 0) {
        clearTimeout(timer);
        resolve();
      }
    });
    while (sent < Math.min(window, count)) send();
  });
  const rate = Math.round(answered / ((performance.now() - start) / 1000));
  const what = `UDP echo, 64 bytes, ${window} at a time`;
  return { what, sent, answered, roundTrips: [], remark: `${rate.toLocaleString("en")} a second` };
}

/** Data that differs from datagram to datagram: the number first, then bytes that follow from it. */
function pattern(size: number, index: number): Buffer {
  const data = Buffer.alloc(size);
  for (let i = 0; i < size; i++) data[i] = (i * 7 + index * 13) & 255;
  if (size >= 4) data.writeUInt32BE(index, 0);
  return data;
}

async function connected(address: string): Promise<Socket> {
  const socket = createSocket("udp4");
  // An answer "port unreachable" is a loss like any other: it shows in the table.
  socket.on("error", () => {});
  socket.connect(ECHO_PORT, address);
  await once(socket, "connect");
  return socket;
}

function nextMessage(socket: Socket, signal: AbortSignal): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const done = (data: Buffer | null) => {
      clearTimeout(timer);
      socket.off("message", done);
      signal.removeEventListener("abort", give);
      resolve(data);
    };
    const give = () => done(null);
    const timer = setTimeout(give, ANSWER_DURATION_MAX);
    signal.addEventListener("abort", give);
    socket.on("message", done);
  });
}
