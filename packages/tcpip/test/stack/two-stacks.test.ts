// Two stacks on a wire, in virtual time.
import { ms, type Suspended, s, sleep, spawn, us, withTimeout } from "@miou-solo5/scheduler";
import { createWorld, type NetPort, type World } from "@miou-solo5/sim";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Datagram, parseAddress, type Stack, tcpip } from "../../src/index.ts";
import { randomFrom } from "../bench.ts";
import { seed } from "../wire/seed.ts";

const LEFT = tcpip({ device: "service", address: "10.0.0.1/24" });
const RIGHT = tcpip({ device: "service", address: "10.0.0.2/24" });
const SERVER = { address: parseAddress("10.0.0.2"), port: 7 };

function pair(mtu = 1500) {
  const world = createWorld({ seed });
  const [left, right] = [world.machine("left"), world.machine("right")];
  const ports = [left.net("service", { mtu }), right.net("service", { mtu })] as const;
  world.wire(...ports, { latency: ms(1) });
  return { world, left, right, ports };
}

function* echo(ip: Stack): Generator<Suspended, void, void> {
  const socket = ip.udp.bind(7);
  const datagram = new Datagram();
  const receive = socket.receive(datagram);
  while (true) {
    yield* receive;
    socket.send(datagram.bytes, datagram, 0, datagram.size);
  }
}

test("one asks the other for an echo, in one piece and in six", async () => {
  const { world, left, right } = pair();
  const server = right.start([RIGHT], () => sleep(s(1)));
  const client = left.start([LEFT], function* (ip) {
    return [yield* ip.ping("10.0.0.2"), yield* ip.ping("10.0.0.2", { dataSize: 8000 })];
  });
  world.run();
  expect(await client.result).toEqual([
    // The other's announcement comes before its answer to ARP, and saves a millisecond.
    { duration: ms(3), hops: 64, dataSize: 56 },
    { duration: ms(2), hops: 64, dataSize: 8000 },
  ]);
  await server.result;
});

test("datagrams of all sizes come back as they went, over links of all lengths", {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 68, max: 9000 }),
      fc.array(fc.nat(65_507), { minLength: 1, maxLength: 5 }),
      async (mtu, sizes) => {
        const { world, left, right } = pair(mtu);
        const server = right.start([RIGHT], echo);
        const client = left.start([LEFT], function* (ip) {
          const socket = ip.udp.bind(0, { remote: SERVER });
          // Then no fragment waits for ARP: over short links there is no room for a thousand.
          yield* ip.ping("10.0.0.2");
          for (const wanted of sizes) {
            // A port of the simulation holds 1024 frames: more fragments than that can't arrive at once.
            const size = Math.min(wanted, 900 * (mtu - 28));
            const data = Uint8Array.from({ length: size }, (_, i) => i * size);
            socket.send(data);
            const answer = yield* withTimeout(s(1), socket.receive());
            if (Buffer.compare(answer.data, data) !== 0) return size;
          }
          return "all";
        });
        world.run();
        expect(await client.result).toBe("all");
        world.stop();
        await expect(server.result).rejects.toMatchObject({ code: "ERR_SOLO5_CANCELLED" });
      },
    ),
    { seed, numRuns: 15 },
  );
});

/**
 * Between the wire and a port: loses, doubles, delays and spoils frames. No two of one datagram are spoilt: bits
 * that flip in opposite directions may add up to the same checksum.
 */
function disturb(world: World, port: NetPort, random: () => number): void {
  const receive = port.receive.bind(port);
  let intact = 0;
  port.receive = (frame) => {
    const spoilt = frame.slice();
    if (++intact > 8 && random() < 0.2) {
      intact = 0;
      const at = Math.floor(random() * spoilt.length);
      spoilt[at] = (spoilt[at] as number) ^ (1 << Math.floor(random() * 8));
    }
    for (let copies = random() < 0.1 ? 2 : 1; copies > 0; copies--) {
      if (random() < 0.1) continue;
      const later = world.now + (random() < 0.2 ? us(Math.floor(random() * 5000)) : 0);
      world.at(later, () => receive(spoilt));
    }
  };
}

test("over a wire that loses, doubles, reorders and spoils, nothing arrives but what was sent", async () => {
  const { world, left, right, ports } = pair();
  const random = randomFrom(seed);
  for (const port of ports) disturb(world, port, random);
  const server = right.start([RIGHT], function* (ip) {
    const task = spawn(() => echo(ip));
    yield* sleep(s(60));
    yield* task.cancel();
    return ip;
  });
  const client = left.start([LEFT], function* (ip) {
    const socket = ip.udp.bind(1000, { remote: SERVER });
    const sent = new Set<string>();
    const answers = spawn(function* () {
      let count = 0;
      while (true) {
        const { data } = yield* socket.receive();
        expect(sent).toContain(Buffer.from(data).toString("base64"));
        if (++count === 300) return count;
      }
    });
    for (let i = 0; i < 2000; i++) {
      const data = Uint8Array.from({ length: Math.floor(random() * 6000) }, () => random() * 256);
      sent.add(Buffer.from(data).toString("base64"));
      socket.send(data);
      yield* sleep(ms(2));
    }
    return [yield* answers, ip.counters] as const;
  });
  world.run();
  const [count, { dropped }] = await client.result;
  expect(count).toBe(300);
  const ip = await server.result;
  expect(dropped["udp.checksum"] + ip.counters.dropped["udp.checksum"]).toBeGreaterThan(0);
  expect(ip.counters.dropped["ipv4.checksum"]).toBeGreaterThan(0);
  // What was never whole has been given up.
  expect(ip.counters.dropped["ipv4.fragment-timeout"]).toBeGreaterThan(0);
  expect(ip.network.reassembler.memory).toBe(0);
});
