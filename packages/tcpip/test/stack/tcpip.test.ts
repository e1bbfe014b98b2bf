// The stack as a device of a run.
import { run, s, sleep, spawn } from "@miou-solo5/scheduler";
import { createWorld } from "@miou-solo5/sim";
import { expect, test } from "vitest";
import { tcpip } from "../../src/index.ts";
import type { Transport } from "../../src/layers.ts";
import { frameOf } from "../frames.ts";
import { Peer } from "./peer.ts";

test("it says who it is, and announces its address", async () => {
  const world = createWorld();
  const machine = world.machine("us");
  const port = machine.net("service", { mtu: 9000, mac: Uint8Array.of(2, 0, 0, 0, 0, 2) });
  const frames: Uint8Array[] = [];
  port.send = (frame) => frames.push(frame);
  const stack = tcpip({ device: "service", address: "10.0.0.2/24", gateway: "10.0.0.1" });
  expect(stack.names).toEqual([{ name: "service", type: "NET_BASIC" }]);
  const started = machine.start([stack], function* (ip) {
    yield* sleep(s(10));
    const { address, prefix, mac, mtu, conflict } = ip;
    return { address, prefix, mac, mtu, conflict };
  });
  world.run();
  expect(await started.result).toEqual({
    address: 0x0a000002,
    prefix: 24,
    mac: Uint8Array.of(2, 0, 0, 0, 0, 2),
    mtu: 9000,
    conflict: null,
  });
  const announcement = frameOf({
    arp: "request",
    from: "02:00:00:00:00:02",
    sender: "10.0.0.2",
    asks: "10.0.0.2",
  });
  expect(frames).toEqual([announcement, announcement]);
});

test.each([
  [{ address: "10.0.0.2" }],
  [{ address: "10.0.0.255/24" }],
  [{ address: "10.0.0.2/24", gateway: "10.0.1.1" }],
  [{ address: "10.0.0.2/24", routes: [{ to: "10.1.0.0", via: "10.0.0.1" }] }],
  [{ address: "10.0.0.2/24", routes: [{ to: "10.1.0.0/16", via: "10.1.0.1" }] }],
])("%o is refused when it is called", (options) => {
  expect(() => tcpip({ device: "service", ...options })).toThrow(
    expect.objectContaining({ code: "ERR_SOLO5_INVALID_ARGUMENT" }),
  );
});

test("a stack with nothing to do has no deadline: the world comes to rest", async () => {
  const peer = new Peer();
  const started = peer.start(function* (ip) {
    return yield* ip.udp.bind(7).receive();
  });
  peer.world.run();
  // The second announcement was the last thing planned.
  expect(peer.world.now).toBe(s(2));
  peer.world.stop();
  await expect(started.result).rejects.toMatchObject({ code: "ERR_SOLO5_CANCELLED" });
});

test("the device is gone: the run fails and says so", async () => {
  const peer = new Peer();
  const started = peer.start(function* (ip) {
    return yield* ip.udp.bind(7).receive();
  });
  peer.world.at(s(1), () => peer.port.remove());
  peer.world.run();
  await expect(started.result).rejects.toMatchObject({ code: "ERR_SOLO5_DEVICE_TASK_FAILED" });
});

test("a transport of one's own is one among others", async () => {
  const peer = new Peer();
  const started = peer.start(function* (ip) {
    const received: number[] = [];
    const transport: Transport = {
      protocol: 99,
      receive: ({ bytes, offset, source, target, network }) => {
        received.push(bytes[offset] as number);
        network.outgoing[network.headroom] = 43;
        network.send(99, target, source, network.outgoing, network.headroom, 1);
        return true;
      },
      fail: () => {},
    };
    ip.network.attach(transport);
    yield* sleep(s(1));
    return received;
  });
  peer.at(10, frameOf({ protocol: 99, payload: Uint8Array.of(42) }));
  peer.world.run();
  expect(await started.result).toEqual([42]);
  expect(peer.told).toEqual(["10 to :01 10.0.0.2 > 10.0.0.1 protocol 99 1 bytes"]);
});

test("two stacks on two devices serve one program", async () => {
  const world = createWorld();
  const [left, middle, right] = ["left", "middle", "right"].map((name) => world.machine(name));
  if (left === undefined || middle === undefined || right === undefined) throw new Error();
  world.wire(left.net("service"), middle.net("west"));
  world.wire(middle.net("east"), right.net("service"));
  const ends = [
    left.start([tcpip({ device: "service", address: "10.0.1.1/24" })], () => sleep(s(1))),
    right.start([tcpip({ device: "service", address: "10.0.2.1/24" })], () => sleep(s(1))),
  ];
  const devices = [
    tcpip({ device: "west", address: "10.0.1.2/24" }),
    tcpip({ device: "east", address: "10.0.2.2/24" }),
  ] as const;
  const started = middle.start(devices, function* (west, east) {
    const pings = [spawn(() => west.ping("10.0.1.1")), spawn(() => east.ping("10.0.2.1"))];
    for (const ping of pings) expect(yield* ping).toMatchObject({ dataSize: 56 });
    return "both";
  });
  world.run();
  expect(await started.result).toBe("both");
  for (const end of ends) await end.result;
});

test("it works in an event loop as well", async () => {
  const world = createWorld();
  const machine = world.machine("us");
  machine.net("service").send = () => {};
  const result = run(
    [tcpip({ device: "service", address: "10.0.0.2/24" })],
    function* (ip) {
      return ip.udp.bind(7).port;
    },
    { solo5: machine.solo5 },
  );
  world.run();
  expect(await result).toBe(7);
});
