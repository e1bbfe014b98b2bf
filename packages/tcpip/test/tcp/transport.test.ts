import { ms, sleep, spawn, yieldNow } from "@miou-solo5/scheduler";
import { createWorld } from "@miou-solo5/sim";
import { describe, expect, test } from "vitest";
import type { TroubleKind } from "../../src/index.ts";
import { ConnectionTable, portsOf } from "../../src/layers.ts";
import { ACK, FIN, RST, SYN } from "../../src/wire.ts";
import { Partner, type Sent, US } from "./partner.ts";
import { randomFrom } from "./pipe.ts";

const SECOND = 1e9;

describe("a segment of no connection", () => {
  test("gets a reset that its sender believes, whatever it is; a reset gets nothing", () => {
    const partner = new Partner();
    partner.arrive({ flags: SYN, sequence: 100 });
    partner.arrive({ flags: ACK, sequence: 100, acknowledgment: 555 });
    partner.arrive({ flags: FIN, sequence: 100, size: 10 });
    partner.arrive({ flags: RST, sequence: 100 });
    partner.arrive({ flags: RST | ACK, sequence: 100 });
    const to = { to: 0x0a000001, toPort: 40_000, fromPort: 7, size: 0 };
    expect(partner.take()).toEqual([
      { ...to, flags: RST | ACK, sequence: 0, acknowledgment: 101 },
      { ...to, flags: RST, sequence: 555, acknowledgment: 0 },
      { ...to, flags: RST | ACK, sequence: 0, acknowledgment: 111 },
    ]);
    expect(partner.counters.dropped["tcp.port"]).toBe(3);
    expect(partner.tcp.length).toBe(0);
  });

  test("on a port that listens: an acknowledgment gets a reset, text without one nothing", () => {
    const partner = new Partner();
    partner.tcp.listen(7);
    partner.arrive({ flags: ACK, sequence: 100, acknowledgment: 555 });
    partner.arrive({ flags: SYN | ACK, sequence: 100, acknowledgment: 556 });
    partner.arrive({ flags: 0, size: 5 });
    partner.arrive({ flags: SYN | RST });
    expect(partner.take().map(({ flags, sequence }) => [flags, sequence])).toEqual([
      [RST, 555],
      [RST, 556],
    ]);
    expect(partner.tcp.length).toBe(0);
  });
});

describe("a segment that is none", () => {
  test("is dropped and counted: too short, damaged, or to more than one host", () => {
    const partner = new Partner();
    partner.tcp.listen(7);
    const flip = (at: number) => (packet: { bytes: Uint8Array }) => {
      packet.bytes[at] = (packet.bytes[at] as number) ^ 1;
    };
    expect(
      partner.arrive({ flags: SYN }, (packet) => {
        packet.size = 19;
      }),
    ).toBe(true);
    partner.arrive({ flags: SYN }, (packet) => {
      packet.size = 0;
    });
    partner.arrive({ flags: SYN }, flip(4));
    partner.arrive({ flags: SYN }, (packet) => {
      packet.source ^= 1;
    });
    partner.arrive({ flags: SYN }, (packet) => {
      packet.isForMany = true;
    });
    expect(partner.take()).toEqual([]);
    expect(partner.tcp.length).toBe(0);
    const { dropped } = partner.counters;
    expect([dropped["tcp.short"], dropped["tcp.checksum"], dropped["tcp.broadcast"]]).toEqual([
      2, 2, 1,
    ]);
  });

  test("of any bytes does no harm", () => {
    const partner = new Partner();
    const random = randomFrom(7);
    const listener = partner.tcp.listen(7);
    partner.handshake({ sequence: 100 });
    for (let i = 0; i < 20_000; i++) {
      const sequence = random() < 0.5 ? 101 : Math.floor(random() * 2 ** 32) | 0;
      partner.arrive(
        {
          flags: Math.floor(random() * 64) & ~RST,
          sequence,
          acknowledgment: Math.floor(random() * 2 ** 32) | 0,
          size: Math.floor(random() * 1000),
          fromPort: 40_000 + Math.floor(random() * 3),
        },
        ({ bytes, offset, size }) => {
          // Options of any kind, under a right checksum: what follows undoes the change in the sum.
          if (random() < 0.5 || size < 60) return;
          const before = bytes[offset + 12] as number;
          bytes[offset + 12] = Math.floor(random() * 11 + 5) << 4;
          const word = (bytes[offset + 58] as number) * 256 + (bytes[offset + 59] as number);
          const change = (before - (bytes[offset + 12] as number)) * 256;
          const mended = (((word + change) % 0xffff) + 0xffff) % 0xffff;
          bytes[offset + 58] = mended >>> 8;
          bytes[offset + 59] = mended;
        },
      );
      if (i % 100 === 0) partner.pass(SECOND / 10);
      partner.forgetSent();
    }
    expect(partner.tcp.length).toBeLessThanOrEqual(3);
    expect(listener.length).toBeGreaterThanOrEqual(1);
    expect(partner.counters.dropped["tcp.checksum"]).toBeLessThan(200);
  });
});

describe("the path", () => {
  test("back to a SYN's sender is missing: it is dropped", () => {
    const partner = new Partner();
    partner.tcp.listen(7);
    partner.room = 0;
    partner.arrive({ flags: SYN, sequence: 1 });
    expect(partner.take()).toEqual([]);
    expect(partner.counters.dropped["ipv4.no-route"]).toBe(1);
    expect(partner.tcp.length).toBe(0);
  });

  test.each([
    [48, 108],
    [200, 180],
    [1480, 1000],
    [65_515, 1000],
  ])(
    "that carries %i bytes has segments of %i of text, to an end that takes 1000",
    (room, size) => {
      const partner = new Partner();
      const listener = partner.tcp.listen(7);
      partner.room = room;
      partner.handshake({ sequence: 1 });
      listener.take()?.give(new Uint8Array(5000), 0, 5000);
      expect(partner.take()[0]?.size).toBe(size);
    },
  );
});

describe("a flood of 100,000 SYNs", () => {
  test("keeps 256 handshakes, the newest; what is established goes on, and new ones still get through", () => {
    const partner = new Partner();
    const listener = partner.tcp.listen(7);
    const first = partner.handshake({ sequence: 100 });
    for (let i = 0; i < 100_000; i++) {
      partner.arrive({
        flags: SYN,
        from: 0x0b000000 + (i % 50_000),
        fromPort: 1024 + (i >> 2),
        sequence: i,
      });
      if (i % 1000 !== 0) continue;
      partner.pass(1e6);
      partner.forgetSent();
      // Two who mean it, in the middle of it.
      partner.arrive({ flags: ACK, sequence: 101 + i / 1000, acknowledgment: first + 1, size: 1 });
      partner.handshake({ sequence: 7, fromPort: 1 + i / 1000, from: 0x0c000000 });
      listener.take()?.close();
    }
    expect(listener.halfOpenCount).toBe(256);
    expect(partner.counters.dropped["tcp.half-open-evicted"]).toBe(100_000 - 256);
    const accepted: number[] = [];
    for (let one = listener.take(); one !== null; one = listener.take())
      accepted.push(one.readable);
    // The first connection was accepted and closed in the first round; those who came later are all there.
    expect(accepted.length).toBe(1);
    expect(partner.tcp.length).toBeLessThan(256 + 102);
    // The handshakes that never end are given up after their retries.
    partner.pass(200 * SECOND);
    expect(listener.halfOpenCount).toBe(0);
  });

  test("is answered from a full queue as from an empty one: the newest is never the one displaced", () => {
    const partner = new Partner();
    const listener = partner.tcp.listen(7, { halfOpenMax: 3 });
    for (let i = 0; i < 10; i++) {
      partner.arrive({ flags: SYN, fromPort: 100 + i, sequence: 5 });
      expect(partner.take().map(({ flags, toPort }) => [flags, toPort])).toEqual([
        [SYN | ACK, 100 + i],
      ]);
    }
    expect(listener.halfOpenCount).toBe(3);
    // The displaced one is unknown: its late acknowledgment gets a reset.
    partner.arrive({ flags: ACK, fromPort: 100, sequence: 6, acknowledgment: 1 });
    expect(partner.take()).toMatchObject([{ flags: RST, toPort: 100 }]);
  });
});

describe("the queue of those to be accepted", () => {
  test("full, no SYN is taken, and a handshake's end waits until there is room", () => {
    const partner = new Partner();
    const listener = partner.tcp.listen(7, { acceptMax: 2 });
    partner.arrive({ flags: SYN, fromPort: 3, sequence: 30 });
    const [third] = partner.take();
    partner.handshake({ fromPort: 1, sequence: 10 });
    partner.handshake({ fromPort: 2, sequence: 20 });
    partner.forgetSent();
    const acknowledgment = ((third?.sequence ?? 0) + 1) | 0;
    partner.arrive({ flags: ACK, fromPort: 3, sequence: 31, acknowledgment, size: 5 });
    partner.arrive({ flags: SYN, fromPort: 4, sequence: 40 });
    expect(partner.take()).toEqual([]);
    expect(listener.length).toBe(2);
    expect(partner.counters.dropped["tcp.accept-full"]).toBe(2);
    expect(listener.take()?.remote.port).toBe(1);
    partner.arrive({ flags: ACK, fromPort: 3, sequence: 31, acknowledgment, size: 5 });
    expect(listener.length).toBe(2);
    expect(listener.take()?.remote.port).toBe(2);
    expect(listener.take()?.readable).toBe(5);
  });

  test("is reset when the listener closes, and so are handshakes; accepted ones go on", () => {
    const partner = new Partner();
    const listener = partner.tcp.listen(7);
    partner.handshake({ fromPort: 1, sequence: 10 });
    const accepted = listener.take();
    partner.handshake({ fromPort: 2, sequence: 10 });
    partner.arrive({ flags: SYN, fromPort: 3, sequence: 10 });
    partner.forgetSent();
    listener.close();
    const resets = partner.take().map(({ flags, toPort }) => [flags & RST, toPort]);
    expect(resets.toSorted()).toEqual([
      [RST, 2],
      [RST, 3],
    ]);
    expect(partner.tcp.length).toBe(1);
    expect(accepted?.state).toBe("ESTABLISHED");
    partner.tcp.listen(7);
  });
});

describe("TIME-WAIT", () => {
  /** A connection from port 1 that we closed first; its numbers end at 12. */
  function waiting(timestamp?: number) {
    const partner = new Partner();
    const stamp = timestamp === undefined ? {} : { timestamp };
    const listener = partner.tcp.listen(7);
    const iss = partner.handshake({ fromPort: 1, sequence: 10, ...stamp });
    listener.take()?.close();
    partner.arrive({
      flags: FIN | ACK,
      fromPort: 1,
      sequence: 11,
      acknowledgment: (iss + 2) | 0,
      ...stamp,
    });
    expect(partner.tcp.length).toBe(1);
    partner.forgetSent();
    return { partner, listener, iss };
  }

  test("a SYN beyond the old numbers opens anew, with later numbers of ours", () => {
    const { partner, listener, iss } = waiting();
    partner.pass(SECOND);
    const second = partner.handshake({ fromPort: 1, sequence: 50 });
    expect((second - iss) | 0).toBe(250_000);
    expect(listener.length).toBe(1);
    expect(partner.tcp.length).toBe(1);
  });

  test("one within them is challenged, and TIME-WAIT goes on", () => {
    const { partner, listener } = waiting();
    partner.arrive({ flags: SYN, fromPort: 1, sequence: 5 });
    expect(partner.take()).toMatchObject([{ flags: ACK, acknowledgment: 12 }]);
    expect(listener.halfOpenCount).toBe(0);
  });

  test("with timestamps, the clock decides (RFC 6191)", () => {
    const { partner, listener } = waiting(1000);
    partner.arrive({ flags: SYN, fromPort: 1, sequence: 50, timestamp: 1000 });
    expect(listener.halfOpenCount).toBe(0);
    partner.arrive({ flags: SYN, fromPort: 1, sequence: 5, timestamp: 1001 });
    expect(listener.halfOpenCount).toBe(1);
  });

  test("more than 8,192 of them are not kept", () => {
    const partner = new Partner();
    const listener = partner.tcp.listen(7);
    for (let i = 0; i < 8300; i++) {
      const fields = { fromPort: 1024 + i, sequence: 10 };
      const iss = partner.handshake(fields);
      listener.take()?.close();
      partner.arrive({
        ...fields,
        flags: FIN | ACK,
        sequence: 11,
        acknowledgment: (iss + 2) | 0,
      });
      partner.forgetSent();
    }
    expect(partner.tcp.length).toBe(8192);
    partner.pass(61 * SECOND);
    expect(partner.tcp.length).toBe(0);
    expect(partner.timers.deadline).toBe(Infinity);
  });
});

describe("errors from the network", () => {
  /** What `connect` throws when `kind` is told about the SYN; "open" where it still waits a second later. */
  async function connecting(
    kind: TroubleKind,
    reporter: number | null,
    offset = 0,
  ): Promise<unknown> {
    const partner = new Partner();
    const world = createWorld();
    const run = world.machine("one").start([], function* () {
      const task = spawn(function* () {
        try {
          yield* partner.tcp.connect({ address: 5, port: 80 });
          return "open";
        } catch (error) {
          const { code, trouble } = error as { code: unknown; trouble: unknown };
          return [code, trouble];
        }
      });
      yield* yieldNow();
      const [syn] = partner.take();
      partner.trouble(kind, syn as Sent, reporter, ((syn as Sent).sequence + offset) | 0);
      yield* sleep(ms(1));
      if (partner.tcp.length === 0) return yield* task;
      yield* task.cancel();
      return partner.tcp.length === 0 ? "waits" : "is left behind";
    });
    world.run();
    return run.result;
  }

  test("about a SYN end the connect where there is no hope, and only there", async () => {
    const unreachable = "ERR_SOLO5_UNREACHABLE";
    expect(await connecting("port-unreachable", 9)).toEqual([unreachable, "port-unreachable"]);
    expect(await connecting("prohibited", 9)).toEqual([unreachable, "prohibited"]);
    // Nobody answers ARP: we know that ourselves.
    expect(await connecting("host-unreachable", null)).toEqual([unreachable, "host-unreachable"]);
    // A router may know the way again in a moment.
    expect(await connecting("host-unreachable", 9)).toBe("waits");
    expect(await connecting("time-exceeded", 9)).toBe("waits");
  });

  test("that quote another number than the SYN's are forged", async () => {
    expect(await connecting("port-unreachable", 9, 1)).toBe("waits");
    expect(await connecting("port-unreachable", 9, -1)).toBe("waits");
  });

  test("a connect outside a task is refused, and leaves nothing", () => {
    const partner = new Partner();
    const connect = partner.tcp.connect({ address: 5, port: 80 })[Symbol.iterator]();
    expect(() => connect.next()).toThrow();
    expect(partner.tcp.length).toBe(0);
  });

  test("about what is established change nothing, however they look", () => {
    const partner = new Partner();
    const listener = partner.tcp.listen(7);
    const iss = partner.handshake({ sequence: 10 });
    const connection = listener.take();
    const about = {
      to: 0x0a000001,
      toPort: 40_000,
      fromPort: 7,
      flags: 0,
      acknowledgment: 0,
      size: 0,
    };
    partner.trouble("port-unreachable", { ...about, sequence: iss }, 99);
    partner.trouble("host-unreachable", { ...about, sequence: iss + 1 }, null);
    partner.trouble("host-unreachable", { ...about, fromPort: 8, sequence: iss }, null);
    expect(connection?.state).toBe("ESTABLISHED");
    expect(connection?.lastTrouble).toBe(null);
  });
});

test("the way to a host is doubted from the third retransmission on (RFC 9293, 3.8.3)", () => {
  const partner = new Partner();
  const listener = partner.tcp.listen(7);
  const iss = partner.handshake({ sequence: 10 });
  const connection = listener.take();
  connection?.give(new Uint8Array(100), 0, 100);
  partner.pass(0.7 * SECOND);
  // After 0.2 and 0.6 s; then after 1.4 s, and 3.
  expect(partner.doubted).toEqual([]);
  partner.pass(SECOND);
  expect(partner.doubted).toEqual([0x0a000001]);
  partner.pass(2 * SECOND);
  expect(partner.doubted).toEqual([0x0a000001, 0x0a000001]);
  partner.arrive({ flags: ACK, sequence: 11, acknowledgment: (iss + 101) | 0 });
  connection?.give(new Uint8Array(100), 0, 100);
  partner.pass(0.7 * SECOND);
  expect(partner.doubted).toHaveLength(2);
});

describe("the whole", () => {
  test("10,000 connections take less than 8 KiB each, idle after a little text", () => {
    const partner = new Partner();
    const listener = partner.tcp.listen(7, { acceptMax: 20_000 });
    globalThis.gc?.();
    const before = process.memoryUsage();
    const all: unknown[] = [];
    for (let i = 0; i < 10_000; i++) {
      const fields = { fromPort: 1024 + i, sequence: 10 };
      const acknowledgment = (partner.handshake(fields) + 1) | 0;
      partner.arrive({ ...fields, flags: ACK, sequence: 11, acknowledgment, size: 100 });
      const connection = listener.take();
      connection?.take(new Uint8Array(100), 0, 100);
      connection?.give(new Uint8Array(100), 0, 100);
      all.push(connection);
      partner.forgetSent();
    }
    globalThis.gc?.();
    const after = process.memoryUsage();
    expect(partner.tcp.length).toBe(10_000);
    expect(all.length).toBe(10_000);
    const bytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    expect(Math.round(bytes / 10_000)).toBeLessThan(8192);
  });

  test("closed, it resets every connection and opens none", () => {
    const partner = new Partner();
    const listener = partner.tcp.listen(7);
    partner.handshake({ fromPort: 1, sequence: 10 });
    partner.handshake({ fromPort: 2, sequence: 10 });
    listener.take();
    partner.forgetSent();
    partner.tcp.close();
    expect(partner.take().map(({ flags }) => flags & RST)).toEqual([RST, RST]);
    expect(partner.tcp.length).toBe(0);
    expect(partner.timers.deadline).toBe(Infinity);
    expect(() => partner.tcp.listen(8)).toThrow("the stack is closed");
    partner.arrive({ flags: SYN });
    expect(partner.take()).toMatchObject([{ flags: RST | ACK }]);
  });

  test("a connection to everybody, and ports that are none, are refused", () => {
    const { tcp } = new Partner();
    expect(() => tcp.connect({ address: -1, port: 7 })).toThrow("more than one host");
    for (const port of [0, -1, 65_536, 1.5, Number.NaN]) {
      expect(() => tcp.connect({ address: 1, port })).toThrow("1 to 65535");
      expect(() => tcp.listen(port)).toThrow("1 to 65535");
    }
    expect(() => tcp.listen(7, { acceptMax: 0 })).toThrow("acceptMax");
    expect(() => tcp.listen(7, { receiveBufferSize: 1 })).toThrow("receiveBufferSize");
    expect(tcp.listen(7).port).toBe(7);
  });
});

test("the table of connections is a map, whatever is added and taken out", () => {
  const random = randomFrom(3);
  const table = new ConnectionTable<number>((into) => into.fill(9));
  const model = new Map<string, number>();
  for (let i = 0; i < 20_000; i++) {
    const host = Math.floor(random() * 20) - 10;
    const ports = portsOf(US & 0xff, Math.floor(random() * 40));
    const key = `${host} ${ports}`;
    if (random() < 0.5) {
      table.set(host, ports, i);
      model.set(key, i);
    } else {
      expect(table.delete(host, ports)).toBe(model.delete(key));
    }
    expect(table.length).toBe(model.size);
    if (i % 500 !== 0) continue;
    expect(table.values().toSorted()).toEqual([...model.values()].toSorted());
    for (const [name, value] of model) {
      const [first = "", second = ""] = name.split(" ");
      expect(table.get(Number(first), Number(second))).toBe(value);
    }
    expect(table.get(100, ports)).toBe(null);
  }
});
