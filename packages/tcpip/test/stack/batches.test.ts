// What came together is answered together: one call of the device for all that a turn of the tasks has sent.
import { ms, type Operation, type Solo5, sleep, spawn, start } from "@miou-solo5/scheduler";
import { createWorld } from "@miou-solo5/sim";
import { expect, test } from "vitest";
import { Datagram, parseAddress, type Stack, tcpip } from "../../src/index.ts";
import { frameOf, udp } from "../frames.ts";

/** A stack whose device notes each of its calls, and a port through which frames arrive. */
function watched() {
  const world = createWorld();
  const machine = world.machine("us");
  const port = machine.net("service", { mac: Uint8Array.of(2, 0, 0, 0, 0, 2) });
  port.send = () => {};
  const calls: string[] = [];
  const { solo5 } = machine;
  const noting: Solo5 = {
    ...solo5,
    netWrite: (handle, from, offset, size) => {
      calls.push("single");
      solo5.netWrite(handle, from, offset, size);
    },
    netWriteBatch: (handle, batch, count) => {
      calls.push(`batch of ${count}`);
      solo5.netWriteBatch?.(handle, batch, count);
    },
  };
  const run = (main: (ip: Stack) => Operation<void>) => {
    const stack = tcpip({ device: "service", address: "10.0.0.2/24" });
    const { result } = start([stack], main, { solo5: noting });
    result.catch(() => {});
    world.run();
    return result;
  };
  return { world, port, calls, run };
}

function* echo(ip: Stack, port: number, count: number) {
  const socket = ip.udp.bind(port);
  const datagram = new Datagram();
  const receive = socket.receive(datagram);
  for (let i = 0; i < count; i++) {
    yield* receive;
    socket.send(datagram.bytes, datagram, 0, datagram.size);
  }
}

test("datagrams that came together are answered in one call, by however many tasks", async () => {
  const { world, port, calls, run } = watched();
  port.receive(frameOf({ arp: "request", asks: "10.0.0.2" }));
  world.at(ms(10), () => {
    calls.length = 0;
    for (let i = 0; i < 10; i++) {
      const payload = udp(1000, 7 + (i % 2), Uint8Array.of(i));
      port.receive(frameOf({ protocol: 17, payload }));
    }
  });
  await run(function* (ip) {
    const tasks = [7, 8].map((number) => spawn(() => echo(ip, number, 5)));
    for (const task of tasks) yield* task;
  });
  expect(calls).toEqual(["batch of 10"]);
});

test("what is sent while nothing comes leaves at once", async () => {
  const { port, calls, run } = watched();
  port.receive(frameOf({ arp: "request", asks: "10.0.0.2" }));
  await run(function* (ip) {
    const socket = ip.udp.bind(7);
    yield* sleep(ms(10));
    calls.length = 0;
    for (let i = 0; i < 2; i++) {
      socket.send(Uint8Array.of(1), { address: parseAddress("10.0.0.1"), port: 9 });
      expect(calls).toEqual(new Array(i + 1).fill("single"));
    }
  });
});
