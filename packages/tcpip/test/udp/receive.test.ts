// Tasks that wait for datagrams.
import { ms, sleep, spawn, withTimeout } from "@miou-solo5/scheduler";
import { expect, test } from "vitest";
import { Datagram, parseAddress, type UdpSocket } from "../../src/index.ts";
import { frameOf, udp } from "../frames.ts";
import { Peer } from "../stack/peer.ts";

const code = (code: string) => expect.objectContaining({ code });
const numbered = (number: number) =>
  frameOf({ protocol: 17, payload: udp(1000, 7, Uint8Array.of(number)) });

function* numberOf(socket: UdpSocket) {
  const { data } = yield* socket.receive();
  return data[0];
}

test("datagrams go to tasks in the order in which these came", async () => {
  const peer = new Peer();
  const run = peer.start(function* (ip) {
    const socket = ip.udp.bind(7);
    const tasks = [1, 2, 3].map(() => spawn(() => numberOf(socket)));
    const numbers = [];
    for (const task of tasks) numbers.push(yield* task);
    return numbers;
  });
  peer.at(1, numbered(1));
  peer.at(1, numbered(2));
  peer.at(2, numbered(3));
  peer.world.run();
  expect(await run.result).toEqual([1, 2, 3]);
});

test("a task that is cancelled, even after it was woken, loses no datagram", async () => {
  const peer = new Peer();
  const run = peer.start(function* (ip) {
    const socket = ip.udp.bind(7);
    const first = spawn(() => numberOf(socket), { name: "first" });
    const second = spawn(() => numberOf(socket), { name: "second" });
    // The datagram and this come at the same moment: the first is woken, and cancelled before it runs.
    yield* sleep(ms(5));
    yield* first.cancel();
    return yield* second;
  });
  peer.at(5, numbered(42));
  peer.world.run();
  expect(await run.result).toBe(42);
});

test("a newcomer does not get before those who wait, and is not forgotten behind them", async () => {
  const peer = new Peer();
  const run = peer.start(function* (ip) {
    const socket = ip.udp.bind(7);
    const waiting = spawn(() => numberOf(socket));
    yield* sleep(ms(5));
    // Two come at once; the one who waits has been woken, but not run, when this task asks as well.
    for (const frame of [numbered(1), numbered(2)]) ip.link.receive(frame, frame.length);
    const late = yield* numberOf(socket);
    return [yield* waiting, late];
  });
  peer.world.run();
  expect(await run.result).toEqual([1, 2]);
});

test("a receive that ran out of time leaves the datagram for the next", async () => {
  const peer = new Peer();
  const run = peer.start(function* (ip) {
    const socket = ip.udp.bind(7);
    try {
      yield* withTimeout(ms(1), socket.receive());
    } catch (error) {
      expect(error).toEqual(code("ERR_SOLO5_TIMEOUT"));
    }
    return yield* numberOf(socket);
  });
  peer.at(2, numbered(9));
  peer.world.run();
  expect(await run.result).toBe(9);
});

test("one datagram, filled again and again, serves a loop; what is too long is cut, and said to be", async () => {
  const peer = new Peer();
  const run = peer.start(function* (ip) {
    const socket = ip.udp.bind(7);
    const datagram = new Datagram(new Uint8Array(4), 1, 2);
    const receive = socket.receive(datagram);
    const seen = [];
    for (let i = 0; i < 3; i++) {
      expect(yield* receive).toBe(datagram);
      seen.push([...datagram.data, datagram.isTruncated]);
    }
    return seen;
  });
  for (const [index, data] of [[1, 2], [3, 4, 5], []].entries()) {
    peer.at(index, frameOf({ protocol: 17, payload: udp(1000, 7, Uint8Array.from(data)) }));
  }
  peer.world.run();
  expect(await run.result).toEqual([[1, 2, false], [3, 4, true], [false]]);
});

test("closing ends every wait, and what had come is lost", async () => {
  const peer = new Peer();
  const run = peer.start(function* (ip) {
    const socket = ip.udp.bind(7);
    const receive = socket.receive();
    const waiting = [1, 2].map(() => spawn(() => receive));
    yield* sleep(ms(1));
    socket.close();
    const outcomes = [];
    for (const task of waiting) outcomes.push(yield* task.result());
    expect(() => socket.receive()).toThrow(code("ERR_SOLO5_CLOSED"));
    return outcomes;
  });
  peer.world.run();
  const failed = { status: "failed", error: code("ERR_SOLO5_CLOSED") };
  expect(await run.result).toEqual([failed, failed]);
});

test("who begins to wait behind others on a closed socket hears it after them", async () => {
  const peer = new Peer();
  const run = peer.start(function* (ip) {
    const socket = ip.udp.bind(7);
    const receive = socket.receive();
    const waiting = spawn(() => receive);
    yield* sleep(ms(1));
    socket.close();
    try {
      yield* receive;
    } catch (error) {
      return [error, (yield* waiting.result()).status];
    }
    return "nothing was thrown";
  });
  peer.world.run();
  expect(await run.result).toEqual([code("ERR_SOLO5_CLOSED"), "failed"]);
});

test("sockets are closed with the run, also those that are kept", async () => {
  const peer = new Peer();
  const run = peer.start(function* (ip) {
    return [ip, ip.udp.bind(7)] as const;
  });
  peer.world.run();
  const [ip, socket] = await run.result;
  expect(() => socket.send(new Uint8Array(1), { address: 1, port: 1 })).toThrow(
    code("ERR_SOLO5_CLOSED"),
  );
  expect(() => ip.udp.bind(8)).toThrow(code("ERR_SOLO5_CLOSED"));
});

test("who waits with a remote end that is not there is told; datagrams that had come are received before", async () => {
  const peer = new Peer();
  const remote = { address: parseAddress("10.0.0.1"), port: 1000 };
  peer.onFrame = (frame) => {
    const quote = frame.slice(14, 42);
    const message = Uint8Array.of(3, 3, 0, 0, 0, 0, 0, 0, ...quote);
    let sum = 0;
    for (let i = 0; i < message.length; i += 2) {
      sum += (message[i] as number) * 256 + (message[i + 1] as number);
    }
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
    message.set([(0xffff - sum) >>> 8, (0xffff - sum) & 255], 2);
    peer.port.receive(numbered(1));
    peer.port.receive(frameOf({ protocol: 1, payload: message }));
  };
  const run = peer.start(function* (ip) {
    const socket = ip.udp.bind(7, { remote });
    socket.send(Uint8Array.of(1));
    yield* sleep(ms(1));
    expect((yield* socket.receive()).data).toEqual(Uint8Array.of(1));
    yield* socket.receive();
  });
  peer.world.run();
  await expect(run.result).rejects.toMatchObject({
    code: "ERR_SOLO5_UNREACHABLE",
    trouble: "port-unreachable",
  });
});
