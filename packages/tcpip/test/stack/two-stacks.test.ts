// Two stacks on a wire, in virtual time.
import { ms, s, sleep } from "@miou-solo5/scheduler";
import { createWorld } from "@miou-solo5/sim";
import { expect, test } from "vitest";
import { Datagram, parseAddress, tcpip } from "../../src/index.ts";

test("one asks the other for an echo", async () => {
  const world = createWorld();
  const left = world.machine("left");
  const right = world.machine("right");
  world.wire(left.net("service"), right.net("service"), { latency: ms(1) });
  const server = right.start([tcpip({ device: "service", address: "10.0.0.2/24" })], function* () {
    yield* sleep(s(5));
  });
  const client = left.start([tcpip({ device: "service", address: "10.0.0.1/24" })], function* (ip) {
    return [yield* ip.ping("10.0.0.2"), yield* ip.ping("10.0.0.2", { dataSize: 8000 })];
  });
  world.run();
  expect(await client.result).toEqual([
    { duration: ms(3), hops: 64, dataSize: 56 },
    { duration: ms(2), hops: 64, dataSize: 8000 },
  ]);
  await server.result;
});
test("udp echo", async () => {
  const world = createWorld();
  const left = world.machine("left");
  const right = world.machine("right");
  world.wire(left.net("service"), right.net("service"), { latency: ms(1) });
  const server = right.start(
    [tcpip({ device: "service", address: "10.0.0.2/24" })],
    function* (ip) {
      const socket = ip.udp.bind(7);
      const datagram = new Datagram();
      const receive = socket.receive(datagram);
      for (let i = 0; i < 3; i++) {
        yield* receive;
        socket.send(datagram.bytes, datagram, 0, datagram.size);
      }
      return ip.counters;
    },
  );
  const client = left.start([tcpip({ device: "service", address: "10.0.0.1/24" })], function* (ip) {
    const socket = ip.udp.bind(0, { remote: { address: parseAddress("10.0.0.2"), port: 7 } });
    for (const size of [0, 1000, 60000]) {
      socket.send(new Uint8Array(size).fill(size));
      const answer = yield* socket.receive();
      expect(answer.data).toEqual(new Uint8Array(size).fill(size));
    }
  });
  world.run();
  await client.result;
  // The other's announcement of its address, which is about nobody here.
  const { dropped, droppedCount } = await server.result;
  expect([dropped["arp.target"], droppedCount]).toEqual([1, 1]);
});
