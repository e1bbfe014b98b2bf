// The server in a simulated world: the loop, not only the packets.

import { createWorld, type Machine, type World } from "@miou-solo5/sim";
import { attach, getUint16BE, net, type Operation, us } from "miou-solo5";
import { describe, expect, test, vi } from "vitest";
import { Asker } from "../demo/asker.ts";
import type { Row } from "../demo/samples.ts";
import { parsePlace } from "../src/address.ts";
import { report } from "../src/counters.ts";
import { Responder } from "../src/responder.ts";
import { serve } from "../src/server.ts";
import { ipv4Frame, SERVER_MAC, seed, udpDatagram, word } from "./frames.ts";

const SERVER = parsePlace("10.0.0.2/24");
const CLIENT = parsePlace("10.0.0.1/24");

interface Simulated {
  readonly world: World;
  readonly server: Machine;
  readonly client: Machine;
}

function wired(args: readonly string[] = [], mtu = 1500): Simulated {
  const world = createWorld({ seed });
  const server = world.machine("server", { arguments: args });
  const client = world.machine("client");
  world.wire(server.net("service", { mtu }), client.net("service", { mtu }), { latency: us(10) });
  return { world, server, client };
}

function ask<T>({ world, client }: Simulated, body: (asker: Asker) => Operation<T>): Promise<T> {
  const asking = client.start([net("service")], function* (service) {
    const asker = new Asker(service, CLIENT, SERVER);
    yield* asker.resolve();
    return yield* body(asker);
  });
  world.run();
  return asking.result;
}

const row = (what: string, count: number): Row => ({
  what,
  sent: count,
  answered: count,
  roundTrips: expect.arrayContaining([]),
});

describe("the server on a simulated wire", () => {
  test("answers everything, in the time of the wire", async () => {
    const simulated = wired();
    let printed = "";
    const serving = simulated.server.start([net("service")], function* (service) {
      const responder = new Responder(service.mac, SERVER);
      try {
        yield* serve(service, responder);
      } finally {
        printed = report(responder.counters);
      }
    });
    const rows = await ask(simulated, function* (asker) {
      return [yield* asker.ping(56, 50), yield* asker.udp(1472, 50), yield* asker.udp(0, 50)];
    });
    expect(rows).toEqual([
      row("ping, 56 bytes", 50),
      row("UDP echo, 1472 bytes", 50),
      row("UDP echo, 0 bytes", 50),
    ]);
    for (const { roundTrips } of rows) {
      for (const roundTrip of roundTrips) expect(roundTrip).toBeCloseTo(0.02, 9);
    }
    serving.cancel();
    simulated.world.run();
    await expect(serving.result).rejects.toMatchObject({ code: "ERR_SOLO5_CANCELLED" });
    expect(printed).toBe("answered 151: 1 ARP, 50 ICMP echo, 100 UDP echo\ndropped  0\n");
  });

  test("answers a burst of frames one for one, in order", async () => {
    const { world, server, client } = wired();
    const serving = server.start([net("service")], (service) =>
      serve(service, new Responder(SERVER_MAC, SERVER)),
    );
    const asking = client.start([net("service")], function* (service) {
      for (let index = 0; index < 500; index++) {
        const payload = udpDatagram({ data: word(index) });
        service.write(ipv4Frame({ protocol: 17, payload }));
      }
      const order: number[] = [];
      const frame = new Uint8Array(service.frameSizeMax);
      while (order.length < 500) {
        expect(yield* service.read(frame)).toBe(44);
        order.push(getUint16BE(frame, 42));
      }
      return order;
    });
    world.run();
    expect(await asking.result).toEqual(Array.from({ length: 500 }, (_, index) => index));
    serving.cancel();
    world.run();
    await expect(serving.result).rejects.toMatchObject({ code: "ERR_SOLO5_CANCELLED" });
  });
});

describe("the program", () => {
  /** Evaluates `main.ts` in `machine` until it has printed, and gives how it ended. */
  async function start({ world, server }: Simulated, signal: AbortSignal): Promise<unknown> {
    vi.resetModules();
    const detach = attach(server.solo5, { signal });
    const ended = import("../src/main.ts").then(
      () => "ended",
      (error: { code?: unknown }) => error.code,
    );
    const tick = () => new Promise((resolve) => setImmediate(resolve));
    while (server.console === "") {
      await tick();
      world.run();
    }
    detach();
    return ended;
  }

  test.each([
    [[], "10.0.0.2/24"],
    [["192.168.7.9/29"], "192.168.7.9/29"],
  ])("with arguments %j serves %s until it is cancelled, then reports", async (args, place) => {
    const simulated = wired(args, 9000);
    const stop = new AbortController();
    const ended = start(simulated, stop.signal);
    await vi.waitFor(() => expect(simulated.server.console).not.toBe(""), { timeout: 15_000 });
    expect(simulated.server.console).toMatch(
      new RegExp(`^echo-server: ${place} is at ([0-9a-f]{2}:){5}[0-9a-f]{2}, MTU 9000\n$`),
    );
    stop.abort();
    simulated.world.run();
    expect(await ended).toBe("ERR_SOLO5_CANCELLED");
    expect(simulated.server.console).toMatch(/answered 0: .*\ndropped {2}0\n$/);
  });

  test.each([
    [["10.0.0.2/24", "x"], "wanted one argument at most, got 2"],
    [["nonsense"], 'wanted ADDRESS/PREFIX such as 10.0.0.2/24, got "nonsense"'],
  ])("with arguments %j says what is wrong and ends with 2", async (args, message) => {
    const simulated = wired(args);
    expect(await start(simulated, new AbortController().signal)).toBe("ended");
    expect(simulated.server.console).toBe(
      `echo-server: ${message}\nusage: echo-server [ADDRESS/PREFIX]\n`,
    );
    expect(simulated.server.status).toBe(2);
  });
});
