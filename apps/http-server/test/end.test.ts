// How the server ends, in the simulation: Node's HTTP in real turns of its event loop, the network in virtual time.

import { createServer } from "node:http";
import { createWorld, type World } from "@miou-solo5/sim";
import { parseAddress, type Stack, type TcpConnection, tcpip } from "@miou-solo5/tcpip";
import { ms, type Operation, type Suspended, s, sleep, spawn, us } from "miou-solo5";
import { expect, test } from "vitest";
import { serve } from "../src/server.ts";
import { site } from "../src/site.ts";

const SERVER = { address: parseAddress("10.0.0.2"), port: 80 };

interface End {
  /** Nanoseconds from the cancellation to the end of the server. */
  readonly duration: number;
  /** Connections that its stack still had then; those in TIME-WAIT count. */
  readonly left: number;
}

/** Cancels the server at one second, while the rest of its run goes on; `body` is the client. */
async function ending<T>(body: (ip: Stack) => Operation<T>): Promise<{ end: End; value: T }> {
  const world = createWorld();
  const [left, right] = [world.machine("server"), world.machine("client")];
  world.wire(left.net("service"), right.net("service"), { latency: us(50), bandwidth: 1e8 });
  const serving = left.start(
    [tcpip({ device: "service", address: "10.0.0.2/24" })],
    function* (ip) {
      const server = spawn(() => serve(ip, 80, createServer(site)));
      yield* sleep(s(1));
      const start = world.now;
      yield* server.cancel();
      return { duration: world.now - start, left: ip.tcp.length };
    },
  );
  const asking = right.start([tcpip({ device: "service", address: "10.0.0.1/24" })], body);
  const both = Promise.all([serving.result, asking.result]);
  await meanwhile(world, both);
  const [end, value] = await both;
  return { end, value };
}

/** A millisecond of the world after each turn of Node's event loop. */
async function meanwhile(world: World, promise: Promise<unknown>): Promise<void> {
  let isOver = false;
  promise
    .finally(() => {
      isOver = true;
    })
    .catch(() => {});
  for (let i = 0; i < 20_000 && !isOver; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    world.run(world.now + ms(1));
  }
}

function* get(ip: Stack, path: string): Generator<Suspended, TcpConnection, void> {
  const connection = yield* ip.tcp.connect(SERVER);
  yield* connection.write(Buffer.from(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`));
  return connection;
}

/** Reads until the other end has finished, or cut it; tells how much came, and which. */
function* readAll(connection: TcpConnection): Generator<Suspended, string, void> {
  const buffer = new Uint8Array(65_536);
  let count = 0;
  try {
    for (let size = -1; size !== 0; count += size) size = yield* connection.read(buffer);
    connection.close();
    return count > 0 ? "whole" : "nothing";
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test("idle connections are closed at once, and without a reset", async () => {
  const { end, value } = await ending(function* (ip) {
    const connection = yield* get(ip, "/");
    const how = yield* readAll(connection);
    return { how, ending: yield* connection.closed() };
  });
  expect(value).toEqual({ how: "whole", ending: "closed" });
  expect(end.duration).toBeLessThan(ms(200));
});

test("an answer that is under way may end", async () => {
  const { end, value } = await ending(function* (ip) {
    const connection = yield* get(ip, "/bytes/20000000");
    return yield* readAll(connection);
  });
  expect(value).toBe("whole");
  expect(end.duration).toBeGreaterThan(ms(300));
  expect(end.duration).toBeLessThan(s(2));
});

test("what takes longer than three seconds is reset, and nothing is left of it", async () => {
  const { end, value } = await ending(function* (ip) {
    const reading = yield* get(ip, "/bytes/1000000000000");
    const silent = yield* ip.tcp.connect(SERVER);
    const asleep = yield* get(ip, "/bytes/1000000000000");
    const how = yield* readAll(reading);
    return [how, yield* silent.closed(), yield* asleep.closed()];
  });
  expect(value).toEqual(["ERR_SOLO5_CONNECTION_RESET", "reset", "reset"]);
  expect(end.duration / s(3)).toBeCloseTo(1, 2);
  expect(end.left).toBe(0);
});
