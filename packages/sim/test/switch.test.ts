import { expect, test } from "vitest";
import { createWorld, type NetPort, type SwitchOptions } from "../src/index.ts";

const BROADCAST = new Uint8Array(6).fill(0xff);
const MULTICAST = Uint8Array.of(1, 0, 0x5e, 0, 0, 1);
const STRANGER = Uint8Array.of(2, 9, 9, 9, 9, 9);

/** Five machines on a switch; `send` gives who hears a frame, in the order of arrival. */
function network(options: SwitchOptions = {}) {
  const world = createWorld({ seed: 3 });
  const ports = Array.from({ length: 5 }, (_, i) => world.machine(`m${i}`).net("n"));
  const hub = world.switch(ports, options);
  const heard: number[] = [];
  ports.forEach((port, i) => {
    port.receive = () => void heard.push(i);
  });
  const port = (i: number) => ports[i] as NetPort;
  const send = (from: number, to: Uint8Array, source = port(from).mac): number[] => {
    heard.length = 0;
    const frame = new Uint8Array(60);
    frame.set(to);
    frame.set(source, 6);
    port(from).transmit(frame);
    world.run();
    return [...heard];
  };
  const mac = (i: number) => port(i).mac;
  return { world, hub, port, send, mac };
}

test("a learning switch floods to whom it doesn't know, and then knows", () => {
  const { send, mac, hub } = network();
  expect(send(0, mac(1))).toEqual([1, 2, 3, 4]);
  expect(send(1, mac(0))).toEqual([0]);
  expect(send(0, mac(1))).toEqual([1]);
  expect(send(2, mac(1))).toEqual([1]);
  expect(hub.flooded).toBe(1);
  expect(send(2, STRANGER)).toEqual([0, 1, 3, 4]);
  expect(hub.flooded).toBe(2);
});

test("what goes to a group goes to all others, and its source is learnt", () => {
  const { send, mac } = network();
  expect(send(3, BROADCAST)).toEqual([0, 1, 2, 4]);
  expect(send(3, MULTICAST)).toEqual([0, 1, 2, 4]);
  expect(send(0, mac(3))).toEqual([3]);
});

test("a group as source teaches nothing", () => {
  const { send } = network();
  send(0, STRANGER, MULTICAST);
  expect(send(1, MULTICAST)).toEqual([0, 2, 3, 4]);
});

test("a station that moves is found where it was heard last", () => {
  const { send } = network();
  send(0, BROADCAST, STRANGER);
  expect(send(4, STRANGER)).toEqual([0]);
  send(2, BROADCAST, STRANGER);
  expect(send(4, STRANGER)).toEqual([2]);
  expect(send(2, STRANGER)).toEqual([]);
});

test("a full table floods to the rest", () => {
  const { send, mac } = network({ addressCountMax: 1 });
  send(0, BROADCAST);
  send(1, BROADCAST);
  expect(send(4, mac(0))).toEqual([0]);
  expect(send(4, mac(1))).toEqual([0, 1, 2, 3]);
});

test("a flooding switch sends everything to all others", () => {
  const { send, mac } = network({ isLearning: false });
  for (let i = 0; i < 3; i++) expect(send(0, mac(1))).toEqual([1, 2, 3, 4]);
  expect(send(1, mac(0))).toEqual([0, 2, 3, 4]);
});

test("only ports of one part hear each other, until it is whole again", () => {
  const { send, mac, hub, port } = network();
  for (let i = 0; i < 5; i++) send(i, BROADCAST);
  hub.partition([port(0), port(1)], [port(2)]);
  expect(send(0, BROADCAST)).toEqual([1]);
  expect(send(0, mac(2))).toEqual([]);
  expect(send(2, BROADCAST)).toEqual([]);
  expect(send(3, BROADCAST)).toEqual([4]);
  hub.partition([port(0), port(2)]);
  expect(send(0, mac(2))).toEqual([2]);
  expect(send(1, BROADCAST)).toEqual([3, 4]);
  expect(() => hub.partition([port(0)], [port(0)])).toThrow("in two groups");
  hub.heal();
  expect(send(0, BROADCAST)).toEqual([1, 2, 3, 4]);
});

test("a frame passes two cables, each with its latency and its faults", () => {
  const { send, mac, hub, port, world } = network({ latency: 50 });
  expect(send(0, BROADCAST)).toEqual([1, 2, 3, 4]);
  expect(world.now).toBe(100);
  hub.cable(port(1)).back.set({ loss: 1 });
  hub.cable(port(2)).partition();
  expect(send(0, BROADCAST)).toEqual([3, 4]);
  expect(send(1, mac(0))).toEqual([0]);
  expect(send(2, mac(0))).toEqual([]);
  hub.set({ loss: 0, partitioned: false, latency: 10 });
  const before = world.now;
  expect(send(0, BROADCAST)).toEqual([1, 2, 3, 4]);
  expect(world.now).toBe(before + 20);
});

test("it is refused where it can't be, and then changes nothing", () => {
  const world = createWorld();
  const [a, b, c] = ["a", "b", "c"].map((name) => world.machine(name).net("n")) as [
    NetPort,
    NetPort,
    NetPort,
  ];
  const stranger = createWorld().machine("a").net("n");
  const refused = (code: string) => expect.objectContaining({ name: "SimError", code });
  expect(() => world.switch([a, a])).toThrow(refused("ERR_SOLO5_INVALID_ARGUMENT"));
  expect(() => world.switch([a, stranger])).toThrow(refused("ERR_SOLO5_INVALID_ARGUMENT"));
  expect(() => world.switch([a, b], { loss: 2 })).toThrow(refused("ERR_SOLO5_INVALID_ARGUMENT"));
  expect(() => world.switch([a], { addressCountMax: 0 })).toThrow(
    refused("ERR_SOLO5_INVALID_ARGUMENT"),
  );
  const hub = world.switch([a, b]);
  expect(hub.ports).toEqual([a, b]);
  expect(() => world.switch([b, c])).toThrow(refused("ERR_SOLO5_BUSY"));
  expect(() => hub.cable(c)).toThrow(refused("ERR_SOLO5_INVALID_ARGUMENT"));
  expect(c.send).toBeNull();
});
