// Frames that nobody should send, by the ten thousand: nothing throws, nothing grows, everything is counted.
import { expect, test } from "vitest";
import { parseAddress } from "../../src/index.ts";
import { Bench, randomFrom, SECOND } from "../bench.ts";
import { echo, frameOf, icmp, tell, udp } from "../frames.ts";
import { seed } from "../wire/seed.ts";

const text = Uint8Array.from({ length: 64 }, (_, i) => i);
const quoted = frameOf({
  protocol: 17,
  payload: udp(7, 1000, text),
  source: "10.0.0.2",
  target: "10.0.0.1",
}).slice(14);

const GOOD: readonly Uint8Array[] = [
  frameOf({ arp: "request", asks: "10.0.0.2" }),
  frameOf({ arp: "reply", asks: "10.0.0.2" }),
  frameOf({ protocol: 1, payload: echo(text) }),
  frameOf({ protocol: 1, payload: echo(text, { type: 0 }) }),
  frameOf({ protocol: 1, payload: icmp(3, 3, [0, 0, 0, 0], quoted) }),
  frameOf({ protocol: 1, payload: icmp(3, 4, [0, 0, 5, 0], quoted) }),
  frameOf({ protocol: 1, payload: icmp(11, 1, [0, 0, 0, 0], quoted) }),
  frameOf({ protocol: 17, payload: udp(1000, 7, text) }),
  frameOf({ protocol: 17, payload: udp(1000, 8, text) }),
  frameOf({ protocol: 17, payload: udp(1000, 7, text), more: true }),
  frameOf({ protocol: 17, payload: udp(1000, 7, text), at: 64 }),
  frameOf({ protocol: 6, payload: text }),
  frameOf({
    protocol: 17,
    payload: udp(1000, 7, text),
    target: "10.0.0.255",
    to: "ff:ff:ff:ff:ff:ff",
  }),
];

/** Makes the checksum of an IPv4 header right, so that what is behind it is looked at. */
function seal(frame: Uint8Array): void {
  if (frame.length < 34 || frame[12] !== 8 || frame[13] !== 0) return;
  frame.fill(0, 24, 26);
  let sum = 0;
  const size = Math.min(((frame[14] as number) & 15) * 4, frame.length - 14);
  for (let i = 14; i < 14 + size; i += 2) {
    sum += (frame[i] as number) * 256 + (frame[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  frame.set([(0xffff - sum) >>> 8, (0xffff - sum) & 255], 24);
}

test("frames with bytes changed, cut and spliced never throw, never grow anything", {
  timeout: 60_000,
}, () => {
  const random = randomFrom(seed);
  const bench = new Bench();
  const socket = bench.udp.bind(7, { remote: { address: parseAddress("10.0.0.1"), port: 1000 } });
  const choose = (count: number) => Math.floor(random() * count);
  for (let i = 0; i < 50_000; i++) {
    const good = GOOD[choose(GOOD.length)] as Uint8Array;
    let frame = good.slice();
    if (random() < 0.2) frame = frame.slice(0, choose(frame.length + 1));
    const changes = choose(4);
    for (let n = 0; n < changes && frame.length > 0; n++) {
      // Headers more than data.
      const at = random() < 0.8 ? 12 + choose(40) : choose(frame.length);
      if (at < frame.length) frame[at] = choose(256);
    }
    if (random() < 0.9) seal(frame);
    bench.receive(frame);
    if (i % 100 === 0) {
      bench.pass(choose(SECOND / 10));
      for (const answer of bench.frames) expect(tell(answer)).not.toContain("WRONG");
      bench.frames = [];
    }
  }
  expect(bench.counters.framesReceived).toBe(50_000);
  expect(bench.arp.length).toBeLessThanOrEqual(512);
  expect(bench.network.reassembler.length).toBeLessThanOrEqual(256);
  expect(bench.network.reassembler.memory).toBeLessThanOrEqual(1024 * 1024);
  expect(socket.length).toBeLessThanOrEqual(256);
  // It was not all dropped at the first check: nearly every reason has been met.
  expect(Object.keys(bench.dropped).length).toBeGreaterThan(25);
  expect(bench.counters.echoesAnswered).toBeGreaterThan(100);
  bench.pass(100 * SECOND);
  expect(bench.network.reassembler.memory).toBe(0);
  expect(bench.timers.deadline).toBe(Infinity);
});

test("after a flood of everything, those behind our gateway are still served", {
  timeout: 60_000,
}, () => {
  const bench = new Bench({ place: "10.0.0.2/8", gateway: "10.0.0.1" }).meet();
  for (let i = 0; i < 10_000; i++) {
    const source = `10.${1 + (i >> 14)}.${(i >> 7) & 127}.${1 + (i & 127)}`;
    bench.receive({ arp: "request", sender: source, asks: "10.0.0.2" });
    // A spoofed echo: the answer needs a hardware address that nobody gives.
    bench.receive({
      protocol: 1,
      payload: echo(text),
      source: `10.200.${(i >> 7) & 127}.${1 + (i & 127)}`,
    });
    bench.receive({ protocol: 17, payload: text, source, more: true, identification: i & 0xffff });
    bench.receive({ protocol: 17, payload: udp(1, 2, text), source });
    bench.frames = [];
    if (i % 10 === 0) bench.pass(SECOND / 100);
  }
  bench.frames = [];
  bench.receive({ protocol: 1, payload: echo(text), source: "192.168.0.9" });
  expect(bench.told()).toEqual(["to :01 10.0.0.2 > 192.168.0.9 echo reply 72 bytes"]);
  const whole = udp(1000, 7, text);
  const socket = bench.udp.bind(7);
  bench.receive({ protocol: 17, payload: whole.slice(0, 32), more: true, identification: 1 });
  bench.receive({ protocol: 17, payload: whole.slice(32), at: 32, identification: 1 });
  expect(socket.length).toBe(1);
});
