import { expect, test } from "vitest";
import { Datagram, parseAddress, type UdpSocket } from "../../src/index.ts";
import { Bench, SECOND } from "../bench.ts";
import { frameOf, udp } from "../frames.ts";

const PEER = { address: parseAddress("10.0.0.1"), port: 1000 };
const ends = { source: "10.0.0.1", target: "10.0.0.2" };
const data = Uint8Array.of(1, 2, 3);
const arrives = (payload: Uint8Array, fields: object = {}) =>
  frameOf({ protocol: 17, payload, ...fields });
const code = (code: string) => expect.objectContaining({ code });

/** Takes what has come, without a task. */
function taken(socket: UdpSocket): Datagram | null {
  const into = new Datagram();
  return socket.take(into) ? into : null;
}

test("a datagram comes to the socket of its port, with where it came from and was sent to", () => {
  const bench = new Bench();
  const socket = bench.udp.bind(7);
  const other = bench.udp.bind(8);
  bench.receive(arrives(udp(1000, 7, data, ends)));
  expect(other.length).toBe(0);
  const datagram = taken(socket);
  expect(datagram).toMatchObject({ ...PEER, target: bench.network.routes.place.address });
  expect(datagram?.data).toEqual(data);
  expect(socket.statistics).toEqual({ received: 1, sent: 0, dropped: 0, troubles: 0 });
});

test("a datagram without a checksum is taken, one with a wrong one is not", () => {
  const bench = new Bench();
  const socket = bench.udp.bind(7);
  bench.receive(arrives(udp(1000, 7, data)));
  const wrong = udp(1000, 7, data, ends);
  wrong[8] = 9;
  bench.receive(arrives(wrong));
  // Right for other ends: its packet was delivered to the wrong host.
  bench.receive(arrives(udp(1000, 7, data, { ...ends, target: "10.0.0.3" })));
  expect(socket.length).toBe(1);
  expect(bench.dropped).toEqual({ "udp.checksum": 2 });
  expect(bench.told()).toEqual([]);
});

test("what is behind a datagram in its packet is nobody's", () => {
  const bench = new Bench();
  const socket = bench.udp.bind(7);
  bench.receive(arrives(Uint8Array.of(...udp(1000, 7, data, ends), 9, 9)));
  expect(taken(socket)?.data).toEqual(data);
});

test.each([
  ["is short", Uint8Array.of(3, 232, 0, 7, 0, 8, 0), "udp.short"],
  ["says it is longer than it is", Uint8Array.of(3, 232, 0, 7, 0, 9, 0, 0), "udp.size"],
  ["says it is shorter than its header", Uint8Array.of(3, 232, 0, 7, 0, 7, 0, 0), "udp.size"],
])("a datagram that %s is dropped, not answered", (_, payload, reason) => {
  const bench = new Bench().meet();
  const socket = bench.udp.bind(7);
  bench.receive(arrives(payload));
  expect(socket.length).toBe(0);
  expect(bench.told()).toEqual([]);
  expect(bench.dropped).toEqual({ [reason]: 1 });
});

test("a port that nobody has bound, or not any more, is told to be unreachable", () => {
  const bench = new Bench().meet();
  bench.udp.bind(7).close();
  bench.receive(arrives(udp(1000, 7, data, ends)));
  expect(bench.told()).toEqual(["to :01 10.0.0.2 > 10.0.0.1 unreachable 3 39 bytes"]);
  expect(bench.dropped).toEqual({ "udp.port": 1 });
});

test("a socket with a remote end takes nothing from others", () => {
  const bench = new Bench().meet();
  const socket = bench.udp.bind(7, { remote: PEER });
  bench.receive(arrives(udp(1001, 7, data)));
  bench.receive(arrives(udp(1000, 7, data), { source: "10.0.0.3" }));
  expect(socket.length).toBe(0);
  bench.receive(arrives(udp(1000, 7, data)));
  expect(socket.length).toBe(1);
  expect(bench.dropped).toEqual({ "udp.port": 2 });
});

test("a broadcast is received, and can be told from what was sent to us alone", () => {
  const bench = new Bench();
  const socket = bench.udp.bind(67);
  for (const target of ["10.0.0.255", "255.255.255.255"]) {
    bench.receive(arrives(udp(68, 67, data), { target, to: "ff:ff:ff:ff:ff:ff" }));
    expect(taken(socket)?.target).toBe(parseAddress(target));
  }
});

test("a datagram that is sent stands as on the wire, and is checked by its checksum", () => {
  const bench = new Bench().meet();
  const socket = bench.udp.bind(7);
  socket.send(data, PEER);
  expect(bench.frames[0]?.slice(34)).toEqual(
    udp(7, 1000, data, { source: "10.0.0.2", target: "10.0.0.1" }),
  );
  bench.frames = [];
  socket.send(Uint8Array.of(9, ...data, 9), PEER, 1, 3);
  expect(bench.frames[0]?.slice(42)).toEqual(data);
  expect(socket.statistics.sent).toBe(2);
});

test("a datagram of 65,507 bytes is sent in fragments, one of 65,508 is refused", () => {
  const bench = new Bench().meet();
  const socket = bench.udp.bind(7);
  socket.send(new Uint8Array(65_507), PEER);
  expect(bench.frames.length).toBe(Math.ceil(65_515 / 1480));
  expect(() => socket.send(new Uint8Array(65_508), PEER)).toThrow(code("ERR_SOLO5_MESSAGE_SIZE"));
});

test("a broadcast is sent to everybody", () => {
  const bench = new Bench();
  bench.udp.bind(68).send(data, { address: -1, port: 67 });
  expect(bench.told()).toEqual(["to all 10.0.0.2 > 255.255.255.255 protocol 17 11 bytes"]);
});

test("what can't be sent is refused before anything leaves", () => {
  const bench = new Bench().meet();
  const socket = bench.udp.bind(7);
  expect(() => socket.send(data)).toThrow(code("ERR_SOLO5_INVALID_ARGUMENT"));
  expect(() => socket.send(data, { ...PEER, port: 0 })).toThrow(code("ERR_SOLO5_INVALID_ARGUMENT"));
  expect(() => socket.send(data, PEER, 1, 3)).toThrow(code("ERR_SOLO5_OUT_OF_RANGE"));
  expect(() => socket.send(data, PEER, -1, 3)).toThrow(code("ERR_SOLO5_OUT_OF_RANGE"));
  const away = { address: parseAddress("192.168.0.1"), port: 7 };
  expect(() => socket.send(data, away)).toThrow(code("ERR_SOLO5_UNREACHABLE"));
  socket.close();
  expect(() => socket.send(data, PEER)).toThrow(code("ERR_SOLO5_CLOSED"));
  expect(bench.told()).toEqual([]);
});

test("a port is had once at a time", () => {
  const { udp } = new Bench();
  const socket = udp.bind(7);
  expect(() => udp.bind(7)).toThrow(code("ERR_SOLO5_ADDRESS_IN_USE"));
  socket.close();
  socket.close();
  expect(udp.bind(7).port).toBe(7);
  expect(udp.length).toBe(1);
});

test("any free port is a random one above 49,151, until none is left", () => {
  const { udp } = new Bench();
  const ports = Array.from({ length: 16_384 }, () => udp.bind().port);
  expect(new Set(ports).size).toBe(16_384);
  expect(Math.min(...ports)).toBe(49_152);
  expect(Math.max(...ports)).toBe(65_535);
  const steps = ports.slice(1, 100).map((port, i) => port - (ports[i] as number));
  expect(new Set(steps).size).toBeGreaterThan(50);
  expect(() => udp.bind()).toThrow(code("ERR_SOLO5_NO_PORT"));
});

test.each<[string, number, object, string]>([
  ["a port above 65535", 65_536, {}, "ERR_SOLO5_INVALID_ARGUMENT"],
  ["a negative port", -1, {}, "ERR_SOLO5_INVALID_ARGUMENT"],
  ["half a port", 7.5, {}, "ERR_SOLO5_INVALID_ARGUMENT"],
  ["a remote port 0", 7, { remote: { ...PEER, port: 0 } }, "ERR_SOLO5_INVALID_ARGUMENT"],
  ["no room in its queue", 7, { queueCountMax: 0 }, "ERR_SOLO5_OUT_OF_RANGE"],
  ["no bytes in its queue", 7, { queueSizeMax: 0 }, "ERR_SOLO5_OUT_OF_RANGE"],
])("a socket with %s is refused", (_, port, options, wanted) => {
  const { udp } = new Bench();
  expect(() => udp.bind(port, options)).toThrow(code(wanted));
  expect(udp.length).toBe(0);
});

test("a flood fills the queue, is counted, and costs no more memory", () => {
  const bench = new Bench();
  const socket = bench.udp.bind(7, { queueCountMax: 100, queueSizeMax: 250 });
  for (let i = 0; i < 10_000; i++) bench.receive(arrives(udp(1000, 7, data)));
  // 83 times 3 bytes are what 250 bytes hold.
  expect(socket.length).toBe(83);
  for (let i = 0; i < 10_000; i++) bench.receive(arrives(udp(1000, 7, new Uint8Array(0))));
  expect(socket.length).toBe(100);
  expect(socket.statistics.dropped).toBe(20_000 - 100);
  expect(bench.dropped).toEqual({ "udp.queue-full": 20_000 - 100 });
  // Nobody is told: it is a matter of load.
  expect(bench.told()).toEqual([]);
});

test("an error that comes back is told to the socket that sent, once, if it has a remote end", () => {
  const bench = new Bench().meet();
  const stranger = { address: parseAddress("10.0.0.9"), port: 53 };
  const connected = bench.udp.bind(7, { remote: stranger });
  const open = bench.udp.bind(8);
  connected.send(data);
  open.send(data, stranger);
  bench.pass(3 * SECOND);
  expect(connected.lastTrouble).toBe("host-unreachable");
  expect(open.lastTrouble).toBe("host-unreachable");
  expect([connected.statistics.troubles, open.statistics.troubles]).toEqual([1, 1]);
  const unreachable = expect.objectContaining({
    code: "ERR_SOLO5_UNREACHABLE",
    trouble: "host-unreachable",
  });
  expect(() => connected.send(data)).toThrow(unreachable);
  connected.send(data);
  open.send(data, stranger);
});

test("an error about a datagram to somebody else is not believed", () => {
  const bench = new Bench().meet();
  const socket = bench.udp.bind(7, { remote: PEER });
  socket.send(data);
  const [frame] = bench.frames as [Uint8Array];
  const quote = frame.slice(14);
  const report = (change: (quote: Uint8Array) => void) => {
    const changed = quote.slice();
    change(changed);
    const message = Uint8Array.of(3, 3, 0, 0, 0, 0, 0, 0, ...changed);
    let sum = 0;
    for (let i = 0; i < message.length; i += 2) {
      sum += (message[i] as number) * 256 + (message[i + 1] ?? 0);
    }
    sum = 0xffff - ((sum & 0xffff) + (sum >>> 16));
    message.set([sum >>> 8, sum & 255], 2);
    bench.receive(frameOf({ protocol: 1, payload: message }));
  };
  report((it) => it.set([9], 19));
  report((it) => it.set([9], 23));
  report((it) => it.set([9], 21));
  expect(socket.lastTrouble).toBe(null);
  report(() => {});
  expect(socket.lastTrouble).toBe("port-unreachable");
  expect(bench.dropped).toEqual({});
});

test("a place for a datagram lies inside its buffer", () => {
  const outside = code("ERR_SOLO5_OUT_OF_RANGE");
  expect(() => new Datagram(new Uint8Array(10), 5, 6)).toThrow(outside);
  expect(() => new Datagram(new Uint8Array(10), 11)).toThrow(outside);
  expect(() => new Datagram(new Uint8Array(10), -1)).toThrow(outside);
  expect(new Datagram(new Uint8Array(10), 4).capacity).toBe(6);
});
