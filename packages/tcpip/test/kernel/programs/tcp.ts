// The stack's TCP at 10.0.0.2 on a TAP interface, the kernel's at 10.0.0.1 on its other side, in one process: sockets of
// `node:net` are the kernel's.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Agent, createServer as createHttpServer, type IncomingMessage, request } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { host, tapCreate } from "@miou-solo5/bindings";
import {
  type Operation,
  run,
  type Suspended,
  spawn,
  type Task,
  until,
} from "@miou-solo5/scheduler";
import { type NetFaults, Wire, withNetFaults } from "@miou-solo5/sim";
import {
  parseAddress,
  type Stack,
  type TcpConnection,
  type TcpOptions,
  tcpip,
} from "../../../src/index.ts";
import { duplexOf } from "../../../src/node.ts";
import { KERNEL, meet, US } from "./captured.ts";

async function withStack<T>(
  mtu: number,
  faults: NetFaults | null,
  main: (ip: Stack) => Operation<T>,
): Promise<T> {
  tapCreate({ name: "tap0", address: `${KERNEL}/24`, mtu });
  const solo5 = host({ net: { service: { tap: "tap0" } } });
  try {
    const stack = tcpip({ device: "service", address: `${US}/24`, gateway: KERNEL });
    if (faults === null) return await run([stack], main, { solo5 });
    const wire = new Wire({ seed: 4711 });
    const world = withNetFaults(solo5, { service: wire });
    return await run(
      [stack],
      function* (ip) {
        yield* meet(ip);
        wire.set(faults);
        return yield* main(ip);
      },
      { solo5: world },
    );
  } finally {
    solo5.close();
  }
}

function* echo(connection: TcpConnection): Generator<Suspended, void, void> {
  const buffer = new Uint8Array(16_384);
  const read = connection.read(buffer);
  for (let size = yield* read; size > 0; size = yield* read) {
    yield* connection.write(buffer, 0, size);
  }
  connection.close();
  yield* connection.closed();
}

/** Takes `count` connections to port 7 and echoes each. */
function* serve(
  ip: Stack,
  count: number,
  options: TcpOptions = {},
): Generator<Suspended, void, void> {
  const listener = ip.tcp.listen(7, { ...options, acceptMax: 5000 });
  const tasks: Task<void>[] = [];
  for (let i = 0; i < count; i++) {
    const connection = yield* listener.accept();
    tasks.push(spawn(() => echo(connection)));
  }
  for (const task of tasks) yield* task;
}

/** Sends `data` over a kernel's socket, closes its half, and gives what came back until the other half closed. */
async function exchange(data: Buffer): Promise<Buffer> {
  const socket = connect({ host: US, port: 7, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.end(data);
  await once(socket, "end");
  return Buffer.concat(chunks);
}

/** Which sizes came back otherwise than they went, from the kernel to our echo server and back. */
export function kernelAsks(mtu: number, sizes: readonly number[], faults: NetFaults | null = null) {
  return withStack(mtu, faults, function* (ip) {
    const server = spawn(() => serve(ip, sizes.length));
    const wrong: number[] = [];
    for (const size of sizes) {
      const data = randomBytes(size);
      const answer = yield* until(exchange(data));
      if (!answer.equals(data)) wrong.push(size);
    }
    yield* server;
    return { wrong, checksums: wrongChecksums(), ours: ip.counters.dropped["tcp.checksum"] };
  });
}

/** The same from our connections to the kernel's echo server. */
export function weAsk(mtu: number, sizes: readonly number[], faults: NetFaults | null = null) {
  return withStack(mtu, faults, function* (ip) {
    const server = createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket));
    server.listen(9000, KERNEL);
    yield* until(once(server, "listening"));
    const to = { address: parseAddress(KERNEL), port: 9000 };
    const wrong: number[] = [];
    for (const size of sizes) {
      const data = randomBytes(size);
      const connection = yield* ip.tcp.connect(to, { userTimeout: Infinity });
      const writer = spawn(function* () {
        yield* connection.write(data);
        connection.shutdown();
      });
      const hash = createHash("sha256");
      const buffer = new Uint8Array(65_536);
      const read = connection.read(buffer);
      for (let count = yield* read; count > 0; count = yield* read) {
        hash.update(buffer.subarray(0, count));
      }
      yield* writer;
      connection.close();
      if (hash.digest("hex") !== createHash("sha256").update(data).digest("hex")) wrong.push(size);
    }
    server.close();
    return { wrong, checksums: wrongChecksums(), ours: ip.counters.dropped["tcp.checksum"] };
  });
}

/** Kernel connections that are all open at once; each then has its turn. Gives how many echoed right. */
export function manyAtOnce(count: number) {
  return withStack(1500, null, function* (ip) {
    const server = spawn(() => serve(ip, count));
    const sockets = yield* until(
      Promise.all(
        Array.from({ length: count }, async () => {
          const socket = connect({ host: US, port: 7, allowHalfOpen: true });
          await once(socket, "connect");
          return socket;
        }),
      ),
    );
    const open = ip.tcp.length;
    const answers = yield* until(
      Promise.all(
        sockets.map(async (socket, i) => {
          socket.end(`number ${i}`);
          return String(await once(socket, "data")) === `number ${i}`;
        }),
      ),
    );
    yield* server;
    return { open, right: answers.filter(Boolean).length };
  });
}

/** How each side hears that nobody is at a port of the other's. */
export function closedPorts() {
  return withStack(1500, null, function* (ip) {
    const kernel = connect(9, US);
    const [error] = yield* until(
      once(kernel, "error").then(
        (values) => values,
        (e) => [e],
      ),
    );
    const heard = yield* spawn(() =>
      ip.tcp.connect({ address: parseAddress(KERNEL), port: 9 }),
    ).result();
    return {
      kernel: (error as NodeJS.ErrnoException).code,
      us: heard.status === "failed" ? (heard.error as { code?: unknown }).code : heard.status,
    };
  });
}

/** What the other side hears of a reset, in each direction. */
export function resets() {
  return withStack(1500, null, function* (ip) {
    const listener = ip.tcp.listen(7);
    const first = connect(7, US);
    const ours = yield* listener.accept();
    first.resetAndDestroy();
    const heard = yield* spawn(() => ours.read(new Uint8Array(1))).result();
    const second = connect(7, US);
    const failed = once(second, "error").then(
      ([error]) => error,
      (error) => error,
    );
    (yield* listener.accept()).abort();
    return {
      us: heard.status === "failed" ? (heard.error as { code?: unknown }).code : heard.status,
      kernel: ((yield* until(failed)) as NodeJS.ErrnoException).code,
    };
  });
}

/** A kernel that does not read: its window shuts, stays shut for a while, and opens again. Gives what it got. */
export function slowReader(size: number) {
  return withStack(1500, null, function* (ip) {
    const listener = ip.tcp.listen(7);
    const socket: Socket = connect(7, US);
    socket.pause();
    const connection = yield* listener.accept();
    const data = randomBytes(size);
    const writer = spawn(function* () {
      yield* connection.write(data);
      connection.shutdown();
    });
    // Until nothing moves any more, and then for as long as it takes our probes to be needed.
    yield* until(new Promise((resolve) => setTimeout(resolve, 1500)));
    const window = connection.flow.sendWindow;
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    const ended = once(socket, "end");
    socket.resume();
    yield* until(ended);
    yield* writer;
    connection.close();
    return { window, isWhole: Buffer.concat(chunks).equals(data) };
  });
}

/** A server of node:http on our stack, asked by the kernel's side: `count` at a time. Gives what was wrong. */
export function http(count: number, faults: NetFaults | null = null) {
  return withStack(1500, faults, function* (ip) {
    const server = createHttpServer((asked, answer) => {
      const hash = createHash("sha256");
      asked.on("data", (chunk: Buffer) => hash.update(chunk));
      asked.on("end", () => answer.end(`${asked.url} ${hash.digest("hex")}`));
    });
    const accepting = spawn(function* () {
      const listener = ip.tcp.listen(80);
      while (true) {
        const connection = yield* listener.accept();
        server.emit("connection", duplexOf(connection));
      }
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 5 });
    const ask = async (number: number) => {
      const body = randomBytes(number * 20_000);
      const asking = request({ host: US, path: `/${number}`, method: "POST", agent });
      asking.end(body);
      const [answer] = (await once(asking, "response")) as [IncomingMessage];
      const text = Buffer.concat(await answer.toArray());
      const right = `/${number} ${createHash("sha256").update(body).digest("hex")}`;
      return String(text) === right ? [] : [number];
    };
    const wrong = yield* until(Promise.all(Array.from({ length: count }, (_, i) => ask(i))));
    agent.destroy();
    yield* accepting.cancel();
    server.closeAllConnections();
    return wrong.flat();
  });
}

/** Packets that the kernel dropped for wrong checksums or headers, in this namespace. */
function wrongChecksums(): number {
  const lines = readFileSync("/proc/net/snmp", "utf8").split("\n");
  let count = 0;
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const names = (lines[i] as string).split(" ");
    const values = (lines[i + 1] as string).split(" ");
    for (const [at, name] of names.entries()) {
      if (name === "InCsumErrors" || name === "InHdrErrors") count += Number(values[at]);
    }
  }
  return count;
}
