// Node's own protocols over two of our stacks, on a simulated wire.
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { createServer as createTlsServer, connect as tlsConnect } from "node:tls";
import { ms, type Run, type Suspended, sleep } from "@miou-solo5/scheduler";
import { createWorld, type World } from "@miou-solo5/sim";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseAddress, type Stack, type TcpConnection, tcpip } from "../src/index.ts";
import { duplexOf, type TcpDuplex } from "../src/node.ts";

let world: World;
let runs: Run<void>[];
/** What the server does with each connection. */
let onConnection: (connection: TcpConnection) => void;
/** Connections that the client has opened, and how many it is to open. */
let opened: TcpConnection[];
let wanted: number;
const streams: TcpDuplex[] = [];

function* serve(ip: Stack): Generator<Suspended, void, void> {
  const listener = ip.tcp.listen(80);
  while (true) {
    const connection = yield* listener.accept();
    onConnection(connection);
  }
}

function* dial(ip: Stack): Generator<Suspended, void, void> {
  while (true) {
    if (opened.length < wanted) {
      opened.push(yield* ip.tcp.connect({ address: parseAddress("10.0.0.2"), port: 80 }));
    }
    yield* sleep(ms(10));
  }
}

beforeEach(() => {
  world = createWorld();
  opened = [];
  wanted = 0;
  const [left, right] = [world.machine("left"), world.machine("right")];
  world.wire(left.net("service"), right.net("service"), { latency: ms(2) });
  runs = [
    right.start([tcpip({ device: "service", address: "10.0.0.2/24" })], serve),
    left.start([tcpip({ device: "service", address: "10.0.0.1/24" })], dial),
  ];
  for (const run of runs) run.result.catch(() => undefined);
});

afterEach(() => {
  for (const stream of streams.splice(0)) stream.on("error", () => undefined).destroy();
  world.stop();
});

/** The simulation goes on, five milliseconds at a time, between turns of Node's event loop. */
async function meanwhile<T>(promise: Promise<T>): Promise<T> {
  let isDone = false;
  const settled = promise.finally(() => {
    isDone = true;
  });
  settled.catch(() => undefined);
  for (let rounds = 0; !isDone; rounds++) {
    if (rounds > 20_000) throw new Error("nothing comes of it");
    world.run(world.now + ms(5));
    await setImmediate();
  }
  return settled;
}

/** A new connection as streams: the client's end and the server's. */
async function pair(): Promise<[TcpDuplex, TcpDuplex]> {
  const accepted = new Promise<TcpConnection>((resolve) => {
    onConnection = resolve;
  });
  wanted++;
  const server = await meanwhile(accepted);
  while (opened.length < wanted) world.run(world.now + ms(5));
  const ends = [duplexOf(opened.at(-1) as TcpConnection), duplexOf(server)] as const;
  streams.push(...ends);
  return [...ends];
}

/** All of it. Not by iteration: that destroys a stream at its end, the other half too. */
async function textOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(stream, "end");
  return Buffer.concat(chunks);
}

describe("a stream", () => {
  test("carries a megabyte, ends halves one by one, and knows both addresses", async () => {
    const [client, server] = await pair();
    const data = randomBytes(1_000_000);
    const received = textOf(server);
    client.end(data);
    expect((await meanwhile(received)).equals(data)).toBe(true);
    expect(client.destroyed).toBe(false);
    const answer = textOf(client);
    server.end("thanks");
    expect(String(await meanwhile(answer))).toBe("thanks");
    expect([server.remoteAddress, server.localAddress, server.localPort]).toEqual([
      "10.0.0.1",
      "10.0.0.2",
      80,
    ]);
    expect(client.remotePort).toBe(80);
    await meanwhile(Promise.all([client, server].map((one) => one.closed || once(one, "close"))));
  });

  test("holds the writer back while nobody reads", async () => {
    const [client, server] = await pair();
    let written = 0;
    const chunk = Buffer.alloc(50_000);
    const write = () => {
      while (written < 100 && client.write(chunk)) written++;
    };
    client.on("drain", write);
    write();
    for (let i = 0; i < 200; i++) await meanwhile(setImmediate());
    const stuck = written;
    expect(stuck).toBeLessThan(20);
    server.resume();
    await meanwhile(
      (async () => {
        while (written < 100) await setImmediate();
      })(),
    );
    expect(written).toBe(100);
  });

  test("destroyed with an error resets the other end, which hears of it", async () => {
    const [client, server] = await pair();
    const error = once(server, "error");
    server.resume();
    client.on("error", () => undefined);
    client.destroy(new Error("enough"));
    const [heard] = await meanwhile(error);
    expect((heard as { code?: unknown }).code).toBe("ERR_SOLO5_CONNECTION_RESET");
    expect(server.destroyed).toBe(true);
  });

  test("a reset is heard where nobody reads or writes, and by a write that waits", async () => {
    const [client, server] = await pair();
    const failed = new Promise<unknown>((resolve) => {
      client.write(Buffer.alloc(5_000_000), resolve);
    });
    const error = once(client, "error");
    await meanwhile(setImmediate());
    server.on("error", () => undefined);
    server.destroy(new Error("enough"));
    const [heard] = await meanwhile(error);
    expect((heard as { code?: unknown }).code).toBe("ERR_SOLO5_CONNECTION_RESET");
    expect(await failed).toBeInstanceOf(Error);
  });

  test("what a listener throws is no matter of the stack's", async () => {
    const [client, server] = await pair();
    const thrown: unknown[] = [];
    const listeners = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.once("uncaughtException", (error) => thrown.push(error));
    try {
      server.on("data", () => {
        throw new Error("mine");
      });
      client.write("x");
      for (let i = 0; i < 20; i++) await meanwhile(setImmediate());
    } finally {
      for (const listener of listeners) process.on("uncaughtException", listener);
    }
    expect(thrown).toEqual([new Error("mine")]);
    // Both machines go on.
    const [again] = await pair();
    expect(again.destroyed).toBe(false);
  });

  test("tells of idleness, from its last use on", async () => {
    const [client, server] = await pair();
    server.resume();
    let count = 0;
    client.setTimeout(30, () => count++);
    client.write("x");
    await meanwhile(once(client, "timeout"));
    expect(count).toBe(1);
    client.setTimeout(0);
    client.destroy();
  });
});

test("node:http serves over it, several requests on one connection", async () => {
  const server = createServer(async (asked, answer) => {
    const body = await textOf(asked);
    answer.setHeader("x-from", String(asked.socket.remoteAddress));
    answer.end(`${asked.method} ${asked.url} ${body.length}`);
  });
  const [client, accepted] = await pair();
  server.emit("connection", accepted);
  for (const size of [0, 10, 300_000]) {
    const asking = request({
      createConnection: () => client,
      path: `/${size}`,
      method: "POST",
      headers: { host: "example", connection: "keep-alive" },
    });
    asking.end(Buffer.alloc(size));
    const [answer] = (await meanwhile(once(asking, "response"))) as [IncomingMessage];
    expect(answer.headers["x-from"]).toBe("10.0.0.1");
    expect(String(await meanwhile(textOf(answer)))).toBe(`POST /${size} ${size}`);
  }
  server.closeAllConnections();
});

test("node:tls speaks over it, both ways at once", async () => {
  const psk = randomBytes(32);
  // A shared key needs no certificate.
  const common = { ciphers: "PSK", maxVersion: "TLSv1.2" } as const;
  const server = createTlsServer({ ...common, pskCallback: () => psk });
  server.on("secureConnection", (secure) => void secure.pipe(secure));
  const [client, accepted] = await pair();
  server.emit("connection", accepted);
  const secure = tlsConnect({
    ...common,
    socket: client,
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk, identity: "somebody" }),
  });
  await meanwhile(once(secure, "secureConnect"));
  const data = randomBytes(500_000);
  const answer = textOf(secure);
  secure.end(data);
  expect((await meanwhile(answer)).equals(data)).toBe(true);
});
