import { ms, s, spawn, withTimeout } from "@miou-solo5/scheduler";
import { describe, expect, test } from "vitest";
import type { Stack } from "../../src/index.ts";
import { echo, frameOf, icmp } from "../frames.ts";
import { Peer } from "../stack/peer.ts";

/** A peer that answers each echo after 3 ms, changed by `change`. */
function answering(
  change: (message: Uint8Array, count: number) => Uint8Array | null = (it) => it,
): Peer {
  const peer = new Peer();
  let count = 0;
  peer.onFrame = (frame) => {
    const message = frame.slice(34);
    const [identifier, sequence] = [
      (message[4] as number) * 256 + (message[5] as number),
      (message[6] as number) * 256 + (message[7] as number),
    ];
    const reply = change(echo(message.slice(8), { type: 0, identifier, sequence }), count++);
    if (reply === null) return;
    const answer = frameOf({ protocol: 1, payload: reply, hops: 63 });
    peer.world.at(peer.world.now + ms(3), () => peer.port.receive(answer));
  };
  return peer;
}

const code = (code: string) => expect.objectContaining({ code });

test("a ping gives the time that the echo took", async () => {
  const peer = answering();
  const run = peer.start((ip) => ip.ping("10.0.0.1", { dataSize: 100 }));
  peer.world.run();
  expect(await run.result).toEqual({ duration: ms(3), hops: 63, dataSize: 100 });
  expect(peer.told).toEqual(["0 to :01 10.0.0.2 > 10.0.0.1 echo 108 bytes"]);
});

test("one ping operation is done again and again, also by several tasks at once", async () => {
  const peer = answering();
  const run = peer.start(function* (ip) {
    const ping = ip.ping("10.0.0.1");
    const durations = [];
    const tasks = [spawn(() => ping), spawn(() => ping), spawn(() => ping)];
    for (const task of tasks) durations.push((yield* task).duration);
    for (let i = 0; i < 3; i++) durations.push((yield* ping).duration);
    return durations;
  });
  peer.world.run();
  expect(await run.result).toEqual(new Array(6).fill(ms(3)));
});

test("a ping without an answer fails when its time is over", async () => {
  const peer = answering(() => null);
  const run = peer.start((ip) => ip.ping("10.0.0.1", { timeout: s(1) }));
  peer.world.run();
  await expect(run.result).rejects.toEqual(code("ERR_SOLO5_TIMEOUT"));
  expect(peer.world.now).toBe(s(1));
});

describe("an answer that is not what was asked for does not count:", () => {
  test.each<[string, (message: Uint8Array) => Uint8Array]>([
    ["another identifier", (it) => remade(it, 4)],
    ["another sequence number", (it) => remade(it, 6)],
    ["other data", (it) => remade(it, 20)],
    ["less data", (it) => echo(it.slice(9), ends(it))],
    ["more data", (it) => echo(Uint8Array.of(...it.slice(8), 0), ends(it))],
  ])("%s", async (_, change) => {
    const peer = answering(change);
    let counters: Stack["counters"] | undefined;
    const run = peer.start((ip) => {
      ({ counters } = ip);
      return ip.ping("10.0.0.1", { timeout: s(1) });
    });
    peer.world.run();
    await expect(run.result).rejects.toEqual(code("ERR_SOLO5_TIMEOUT"));
    expect(counters?.dropped["icmp.unexpected"]).toBe(1);
  });

  const ends = (message: Uint8Array) => ({
    type: 0,
    identifier: (message[4] as number) * 256 + (message[5] as number),
    sequence: (message[6] as number) * 256 + (message[7] as number),
  });

  /** One byte changed, and the checksum made right again. */
  function remade(message: Uint8Array, at: number): Uint8Array {
    const changed = message.slice();
    changed[at] = (changed[at] as number) ^ 1;
    return icmp(0, 0, [...changed.slice(4, 8)], changed.slice(8));
  }
});

test("a ping that nobody can pass on fails with what the network says", async () => {
  const peer = new Peer();
  peer.onFrame = (frame) => {
    const quote = frame.slice(14, 42);
    peer.port.receive(frameOf({ protocol: 1, payload: icmp(3, 1, [0, 0, 0, 0], quote) }));
  };
  const run = peer.start((ip) => ip.ping("192.168.0.9"), { gateway: "10.0.0.1" });
  peer.world.run();
  await expect(run.result).rejects.toMatchObject({
    code: "ERR_SOLO5_UNREACHABLE",
    trouble: "host-unreachable",
  });
});

test("a ping to a neighbour that is not there fails after three questions", async () => {
  const peer = new Peer({ answersArp: false });
  const run = peer.start((ip) => ip.ping("10.0.0.9"));
  peer.world.run();
  await expect(run.result).rejects.toMatchObject({
    code: "ERR_SOLO5_UNREACHABLE",
    trouble: "host-unreachable",
  });
  expect(peer.told).toEqual([
    "0 to all arp 10.0.0.2 at :02 asks for 10.0.0.9",
    "1000 to all arp 10.0.0.2 at :02 asks for 10.0.0.9",
    "2000 to all arp 10.0.0.2 at :02 asks for 10.0.0.9",
  ]);
  expect(peer.world.now).toBe(s(3));
});

test("a ping to where no route leads fails at once", async () => {
  const peer = new Peer();
  const run = peer.start((ip) => ip.ping("192.168.0.9"));
  peer.world.run();
  await expect(run.result).rejects.toEqual(code("ERR_SOLO5_UNREACHABLE"));
});

test.each([
  ["no address", "10.0.0", {}, "ERR_SOLO5_INVALID_ARGUMENT"],
  ["too much data", "10.0.0.1", { dataSize: 65_508 }, "ERR_SOLO5_OUT_OF_RANGE"],
  ["less than no data", "10.0.0.1", { dataSize: -1 }, "ERR_SOLO5_OUT_OF_RANGE"],
  ["no time", "10.0.0.1", { timeout: 0 }, "ERR_SOLO5_OUT_OF_RANGE"],
  ["no number for a time", "10.0.0.1", { timeout: Number.NaN }, "ERR_SOLO5_OUT_OF_RANGE"],
  ["no hops", "10.0.0.1", { hops: 0 }, "ERR_SOLO5_OUT_OF_RANGE"],
])("a ping with %s is refused before anything is sent", async (_, target, options, wanted) => {
  const peer = new Peer();
  const run = peer.start(function* (ip) {
    expect(() => ip.ping(target, options)).toThrow(code(wanted));
  });
  peer.world.run();
  await run.result;
  expect(peer.told).toEqual([]);
});

test("a ping that is cancelled waits for nothing any more: its late answer is nobody's", async () => {
  const peer = answering();
  const run = peer.start(function* (ip) {
    try {
      yield* withTimeout(ms(1), ip.ping("10.0.0.1"));
    } catch (error) {
      expect(error).toEqual(code("ERR_SOLO5_TIMEOUT"));
    }
    const { duration } = yield* ip.ping("10.0.0.1");
    return [duration, ip.counters.dropped["icmp.unexpected"]];
  });
  peer.world.run();
  expect(await run.result).toEqual([ms(3), 1]);
});

test("an answered ping leaves no deadline behind", async () => {
  const peer = answering();
  const run = peer.start(function* (ip) {
    yield* ip.ping("10.0.0.1");
    yield* ip.udp.bind(7).receive();
  });
  peer.world.run();
  // That of the second announcement was the last.
  expect(peer.world.now).toBe(s(2));
  peer.world.stop();
  await expect(run.result).rejects.toEqual(code("ERR_SOLO5_CANCELLED"));
});
