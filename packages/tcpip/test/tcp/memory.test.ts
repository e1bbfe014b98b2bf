// The memory of all connections together is bounded: what happens where it ends.
import { type Suspended, spawn } from "@miou-solo5/scheduler";
import { createWorld } from "@miou-solo5/sim";
import { describe, expect, test } from "vitest";
import { parseAddress, type TcpConnection, tcpip } from "../../src/index.ts";
import { seed } from "../wire/seed.ts";
import { Partner } from "./partner.ts";
import { randomFrom } from "./pipe.ts";
import { byteAt } from "./script.ts";

const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;
const FIN = 0x01;
const KIB = 1024;

/** A connection from `fromPort` whose other end sends on from `sent`. */
interface Stream {
  readonly fromPort: number;
  readonly acknowledgment: number;
  readonly connection: TcpConnection;
}

function partnerWith(memoryMax: number) {
  const partner = new Partner(1, memoryMax);
  const listener = partner.tcp.listen(7, { acceptMax: 1000 });
  const open = (fromPort: number): Stream => {
    const acknowledgment = (partner.handshake({ fromPort }) + 1) | 0;
    return { fromPort, acknowledgment, connection: listener.take() as TcpConnection };
  };
  const say = ({ fromPort, acknowledgment }: Stream, at: number, size: number, flags = ACK) =>
    partner.arrive({ fromPort, flags, sequence: 1 + at, acknowledgment, size });
  return { partner, open, say };
}

test("what has come and is not read counts until it is read, or closed, also after the connection's end", () => {
  const { partner, open, say } = partnerWith(1024 * KIB);
  const buffer = new Uint8Array(50_000);
  for (const isRead of [true, false]) {
    const stream = open(isRead ? 1000 : 1001);
    for (let at = 0; at < 40_000; at += 1000) say(stream, at, 1000);
    say(stream, 40_000, 0, ACK | FIN);
    stream.connection.shutdown();
    const { fromPort, acknowledgment } = stream;
    const last = { fromPort, flags: ACK, sequence: 40_002, acknowledgment: acknowledgment + 1 };
    partner.arrive(last);
    expect(stream.connection.ending).toBe("closed");
    expect(partner.tcp.length).toBe(0);
    expect(partner.tcp.memoryUsed).toBeGreaterThanOrEqual(40_000 - 2 * KIB);
    if (isRead) expect(stream.connection.take(buffer, 0, 50_000)).toBe(40_000);
    else stream.connection.close();
    expect(partner.tcp.memoryUsed).toBe(0);
  }
});

describe("where no memory is left", () => {
  test("no connection is begun, in either direction, and one that ends makes room", () => {
    const { partner, open, say } = partnerWith(64 * KIB);
    const streams = Array.from({ length: 16 }, (_, i) => open(1000 + i));
    expect(partner.tcp.memoryUsed).toBe(64 * KIB);
    partner.arrive({ fromPort: 2000, flags: SYN });
    expect(partner.take()).toEqual([]);
    expect(partner.counters.dropped["tcp.memory"]).toBe(1);
    const opening = partner.tcp.connect({ address: 1, port: 7 });
    expect(() => opening[Symbol.iterator]().next()).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_TOO_MANY_CONNECTIONS" }),
    );
    say(streams[3] as Stream, 0, 0, RST);
    partner.arrive({ fromPort: 2000, flags: SYN });
    expect(partner.take()).toMatchObject([{ flags: SYN | ACK }]);
  });

  test("established connections go on, both ways", () => {
    const { partner, open, say } = partnerWith(64 * KIB);
    const streams = Array.from({ length: 16 }, (_, i) => open(1000 + i));
    const buffer = new Uint8Array(5000);
    for (let at = 0; at < 20_000; at += 1000) {
      for (const stream of streams) {
        say(stream, at, 1000);
        expect(stream.connection.take(buffer, 0, 5000)).toBe(1000);
        expect(stream.connection.give(buffer, 0, 500)).toBe(500);
        const told = partner.take().filter(({ toPort }) => toPort === stream.fromPort);
        expect(told.reduce((total, { size }) => total + size, 0)).toBe(500);
        const acknowledgment = (told.at(-1)?.sequence ?? 0) + 500;
        partner.arrive({
          fromPort: stream.fromPort,
          flags: ACK,
          sequence: at + 1001,
          acknowledgment,
        });
        Object.assign(stream, { acknowledgment });
      }
    }
    expect(partner.tcp.memoryUsed).toBe(64 * KIB);
    expect(partner.counters.dropped["tcp.memory"]).toBe(0);
  });

  test("text beyond the first part is dropped, counted and comes again, the FIN behind it too", () => {
    const { partner, open, say } = partnerWith(64 * KIB);
    const [stream] = Array.from({ length: 16 }, (_, i) => open(1000 + i)) as [Stream];
    partner.forgetSent();
    for (const at of [0, 1000]) say(stream, at, 1000);
    say(stream, 2000, 1000, ACK | FIN);
    say(stream, 3000, 0, ACK | FIN);
    // 2048 bytes are what it was promised.
    expect(stream.connection.readable).toBe(2048);
    expect(stream.connection.state).toBe("ESTABLISHED");
    expect(partner.counters.dropped["tcp.memory"]).toBe(1);
    expect(partner.take().at(-1)?.acknowledgment).toBe(1 + 2048);
    const buffer = new Uint8Array(5000);
    expect(stream.connection.take(buffer, 0, 5000)).toBe(2048);
    say(stream, 2048, 952, ACK | FIN);
    expect(stream.connection.take(buffer, 0, 5000)).toBe(952);
    expect(stream.connection.take(buffer, 0, 5000)).toBe(0);
    expect(stream.connection.state).toBe("CLOSE-WAIT");
  });
});

test("windows become smaller as memory becomes short, for those who begin then", () => {
  const { partner, open, say } = partnerWith(1024 * KIB);
  const windows: number[] = [];
  for (let i = 0; i < 14; i++) {
    partner.arrive({ fromPort: 5000 + i, flags: SYN });
    windows.push(partner.window);
    const stream = open(1000 + i);
    for (let at = 0; at < 40_000; at += 1000) say(stream, at, 1000);
  }
  expect(windows[0]).toBe(65_535);
  expect(windows.at(-1)).toBeGreaterThanOrEqual(2 * KIB);
  expect(windows.at(-1)).toBeLessThan(10_000);
  expect(windows).toEqual(windows.toSorted((a, b) => b - a));
});

test("whatever comes, goes and ends: never more than the bound, and nothing is left at the end", () => {
  const random = randomFrom(seed);
  const choose = (count: number) => Math.floor(random() * count);
  const memoryMax = 256 * KIB;
  const { partner, open, say } = partnerWith(memoryMax);
  const buffer = new Uint8Array(20_000);
  const live = new Map<Stream, number>();
  let nextPort = 1000;
  for (let step = 0; step < 20_000; step++) {
    const [stream, at] = [...live][choose(live.size)] ?? [null, 0];
    const kind = random();
    partner.forgetSent();
    if (stream === null || kind < 0.05) {
      if (partner.tcp.memoryUsed + 4 * KIB <= memoryMax) live.set(open(nextPort++), 0);
    } else if (stream.connection.ending !== null) {
      stream.connection.close();
      live.delete(stream);
    } else if (kind < 0.6) {
      // Now and then ahead of order.
      const before = stream.connection.readable;
      say(stream, random() < 0.1 ? at + 1000 : at, 1000);
      live.set(stream, at + stream.connection.readable - before);
    } else if (kind < 0.8) {
      stream.connection.take(buffer, 0, choose(20_000));
    } else if (kind < 0.9) {
      if (stream.connection.writable > 0) stream.connection.give(buffer, 0, choose(20_000));
    } else if (kind < 0.91) {
      say(stream, at, 0, RST);
    } else if (kind < 0.92) {
      if (random() < 0.5) stream.connection.abort();
      else stream.connection.close();
      live.delete(stream);
    } else {
      partner.pass(choose(2e9));
    }
    expect(partner.tcp.memoryUsed).toBeLessThanOrEqual(memoryMax);
  }
  expect(partner.counters.dropped["tcp.memory"]).toBeGreaterThan(0);
  for (const { connection } of live.keys()) connection.abort();
  // Those that were closed here wait for an answer that does not come.
  partner.pass(600e9);
  expect(partner.tcp.length).toBe(0);
  expect(partner.tcp.memoryUsed).toBe(0);
});

function* echo(connection: TcpConnection, each: () => void): Generator<Suspended, void, void> {
  const buffer = new Uint8Array(30_000);
  const read = connection.read(buffer);
  for (let size = yield* read; size > 0; size = yield* read) {
    each();
    yield* connection.write(buffer, 0, size);
  }
  connection.close();
}

test("with hardly any memory, many transfers at once come to their end, every byte right", {
  timeout: 60_000,
}, async () => {
  const [count, size, memoryMax] = [20, 100_000, 128 * KIB];
  const world = createWorld({ seed: 1 });
  const [left, right] = [world.machine("left"), world.machine("right")];
  world.wire(left.net("service"), right.net("service"), { latency: 1_000_000 });
  let highest = 0;
  const serving = right.start(
    [tcpip({ device: "service", address: "10.0.0.2/24", memoryMax })],
    function* (ip) {
      const listener = ip.tcp.listen(7);
      const tasks = [];
      const note = () => {
        highest = Math.max(highest, ip.tcp.memoryUsed);
      };
      for (let i = 0; i < count; i++) {
        const connection = yield* listener.accept();
        tasks.push(spawn(() => echo(connection, note)));
      }
      for (const task of tasks) yield* task;
    },
  );
  const asking = left.start([tcpip({ device: "service", address: "10.0.0.1/24" })], function* (ip) {
    const tasks = Array.from({ length: count }, (_, number) =>
      spawn(function* () {
        const connection = yield* ip.tcp.connect({ address: parseAddress("10.0.0.2"), port: 7 });
        const text = Uint8Array.from({ length: size }, (_, i) => byteAt(i + number));
        const writer = spawn(function* () {
          yield* connection.write(text);
          connection.shutdown();
        });
        const got = new Uint8Array(size + 1);
        let at = 0;
        for (let n = -1; n !== 0; at += n) n = yield* connection.read(got, at);
        yield* writer;
        connection.close();
        return at === size && got.subarray(0, size).every((byte, i) => byte === text[i]);
      }),
    );
    const right: boolean[] = [];
    for (const task of tasks) right.push(yield* task);
    return right;
  });
  world.run();
  expect(await asking.result).toEqual(new Array(count).fill(true));
  await serving.result;
  expect(highest).toBeLessThanOrEqual(memoryMax);
  // It was short indeed.
  expect(highest).toBeGreaterThan(memoryMax / 2);
});

test("a bound that holds no connections is refused when it is asked for", () => {
  const options = { device: "service", address: "10.0.0.2/24" };
  for (const memoryMax of [0, 65_535, Number.NaN]) {
    expect(() => tcpip({ ...options, memoryMax })).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_OUT_OF_RANGE" }),
    );
  }
});
