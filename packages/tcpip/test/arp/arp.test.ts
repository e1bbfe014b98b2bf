import { expect, test } from "vitest";
import { parseAddress } from "../../src/index.ts";
import { Bench, randomFrom, SECOND } from "../bench.ts";
import { frameOf, tell } from "../frames.ts";
import { seed } from "../wire/seed.ts";

const PEER = parseAddress("10.0.0.1");
const packet = new Uint8Array(100);

/** Sends a packet of `size` bytes as the IP layer does. */
function send(bench: Bench, target = PEER, size = 40): void {
  bench.network.send(17, bench.network.sourceFor(target) ?? 0, target, packet, 34, size - 20);
}

const asked = "to all arp 10.0.0.2 at :02 asks for 10.0.0.1";
const sent = "to :01 10.0.0.2 > 10.0.0.1 protocol 17 20 bytes";

test("an address is announced at once and again after two seconds, and then no more", () => {
  const bench = new Bench();
  bench.arp.announce();
  expect(bench.told()).toEqual(["to all arp 10.0.0.2 at :02 asks for 10.0.0.2"]);
  bench.pass(2 * SECOND - 1);
  expect(bench.told()).toEqual([]);
  bench.pass(1);
  expect(bench.told()).toEqual(["to all arp 10.0.0.2 at :02 asks for 10.0.0.2"]);
  bench.pass(100 * SECOND);
  expect(bench.told()).toEqual([]);
  expect(bench.timers.deadline).toBe(Infinity);
});

test("packets wait for the answer, and leave in order when it comes", () => {
  const bench = new Bench();
  for (const size of [40, 41, 42]) send(bench, PEER, size);
  expect(bench.told()).toEqual([asked]);
  bench.receive({ arp: "reply", asks: "10.0.0.2" });
  expect(bench.told()).toEqual([
    "to :01 10.0.0.2 > 10.0.0.1 protocol 17 20 bytes",
    "to :01 10.0.0.2 > 10.0.0.1 protocol 17 21 bytes",
    "to :01 10.0.0.2 > 10.0.0.1 protocol 17 22 bytes",
  ]);
  send(bench);
  expect(bench.told()).toEqual([sent]);
  expect(bench.timers.deadline).toBe(Infinity);
});

test("an address is asked for once a second, three times, whatever is sent to it meanwhile", () => {
  const bench = new Bench();
  for (let i = 0; i < 29; i++) {
    send(bench);
    bench.pass(SECOND / 10);
  }
  expect(bench.told()).toEqual([asked, asked, asked]);
  bench.pass(SECOND / 10);
  expect(bench.dropped).toEqual({ "arp.unanswered": 29 });
  expect(bench.arp.length).toBe(0);
  // Then it begins again, for whoever still sends.
  send(bench);
  expect(bench.told()).toEqual([asked]);
});

test("who asks for us is answered, and needs not be asked for", () => {
  const bench = new Bench();
  bench.receive({ arp: "request", asks: "10.0.0.2" });
  expect(bench.told()).toEqual(["to :01 arp 10.0.0.2 at :02 answers 10.0.0.1"]);
  send(bench);
  expect(bench.told()).toEqual([sent]);
});

test("a probe for our address is answered, and teaches nothing", () => {
  const bench = new Bench();
  bench.receive({ arp: "request", sender: "0.0.0.0", asks: "10.0.0.2" });
  expect(bench.told()).toEqual(["to :01 arp 10.0.0.2 at :02 answers 0.0.0.0"]);
  expect(bench.arp.length).toBe(0);
});

test("what others ask each other is not answered, but mends what is known", () => {
  const bench = new Bench().meet();
  bench.receive({ arp: "request", from: "02:00:00:00:00:09", asks: "10.0.0.77" });
  bench.receive({
    arp: "request",
    from: "02:00:00:00:00:05",
    sender: "10.0.0.5",
    asks: "10.0.0.77",
  });
  expect(bench.told()).toEqual([]);
  expect(bench.arp.length).toBe(1);
  send(bench);
  expect(bench.told()).toEqual(["to :09 10.0.0.2 > 10.0.0.1 protocol 17 20 bytes"]);
  expect(bench.dropped).toEqual({ "arp.target": 2 });
});

test.each([
  ["from another network", { arp: "request", sender: "10.0.1.1", asks: "10.0.0.2" }, "arp.sender"],
  [
    "from the broadcast address",
    { arp: "request", sender: "10.0.0.255", asks: "10.0.0.2" },
    "arp.sender",
  ],
  [
    "from the network's address",
    { arp: "request", sender: "10.0.0.0", asks: "10.0.0.2" },
    "arp.sender",
  ],
  ["that nobody asked for", { arp: "reply", sender: "10.0.0.9", asks: "10.0.0.3" }, "arp.target"],
] as const)("a packet %s is neither answered nor believed", (_, frame, reason) => {
  const bench = new Bench();
  bench.receive(frame);
  expect(bench.told()).toEqual([]);
  expect(bench.arp.length).toBe(0);
  expect(bench.dropped).toEqual({ [reason]: 1 });
});

test("after a minute an address is asked again by itself, and used on meanwhile", () => {
  const bench = new Bench().meet();
  bench.pass(60 * SECOND);
  send(bench);
  expect(bench.told()).toEqual([sent]);
  bench.pass(1);
  send(bench);
  send(bench);
  const again = "to :01 arp 10.0.0.2 at :02 asks for 10.0.0.1";
  expect(bench.told()).toEqual([again, sent, sent]);
  bench.receive({ arp: "reply", asks: "10.0.0.2" });
  bench.pass(60 * SECOND);
  send(bench);
  expect(bench.told()).toEqual([sent]);
});

test("an address that does not answer by itself any more is looked for afresh", () => {
  const bench = new Bench().meet();
  bench.pass(61 * SECOND);
  for (let i = 0; i < 4; i++) {
    send(bench);
    bench.pass(SECOND);
  }
  const again = "to :01 arp 10.0.0.2 at :02 asks for 10.0.0.1";
  // The fourth packet waits for the answer to a broadcast.
  expect(bench.told()).toEqual([again, sent, again, sent, again, sent, asked, asked]);
  bench.receive({ arp: "reply", from: "02:00:00:00:00:0a", asks: "10.0.0.2" });
  expect(bench.told()).toEqual(["to :0a 10.0.0.2 > 10.0.0.1 protocol 17 20 bytes"]);
});

test("so it is where nothing more is sent, and forgotten where nobody answers", () => {
  const bench = new Bench().meet();
  bench.pass(61 * SECOND);
  send(bench);
  const again = "to :01 arp 10.0.0.2 at :02 asks for 10.0.0.1";
  bench.pass(3 * SECOND);
  expect(bench.told()).toEqual([again, sent, again, again, asked]);
  bench.receive({ arp: "reply", from: "02:00:00:00:00:0a", asks: "10.0.0.2" });
  bench.pass(10 * SECOND);
  send(bench);
  expect(bench.told()).toEqual(["to :0a 10.0.0.2 > 10.0.0.1 protocol 17 20 bytes"]);
  bench.pass(61 * SECOND);
  send(bench);
  bench.pass(10 * SECOND);
  expect(bench.told().filter((words) => words === asked)).toHaveLength(3);
  expect(bench.arp.length).toBe(0);
  expect(bench.timers.deadline).toBe(Infinity);
});

test("a doubted address is asked with the next packet, once a second at most, and used on meanwhile", () => {
  const bench = new Bench().meet();
  bench.network.doubt(PEER);
  send(bench);
  // It was heard of just now.
  expect(bench.told()).toEqual([sent]);
  bench.pass(2 * SECOND);
  const again = "to :01 arp 10.0.0.2 at :02 asks for 10.0.0.1";
  for (let i = 0; i < 3; i++) {
    bench.network.doubt(PEER);
    send(bench);
  }
  expect(bench.told()).toEqual([again, sent, sent, sent]);
  bench.receive({ arp: "reply", asks: "10.0.0.2" });
  bench.network.doubt(PEER);
  send(bench);
  expect(bench.told()).toEqual([sent]);
  // Whom we don't know, or have no way to, we can't doubt.
  bench.network.doubt(parseAddress("10.0.0.77"));
  bench.network.doubt(parseAddress("192.168.0.1"));
  expect(bench.arp.length).toBe(1);
});

test("somebody else with our address is noticed and told off once in ten seconds", () => {
  const bench = new Bench();
  const claim = {
    arp: "request",
    from: "02:00:00:00:00:09",
    sender: "10.0.0.2",
    asks: "10.0.0.2",
  } as const;
  bench.receive(claim);
  bench.pass(9 * SECOND);
  bench.receive({ ...claim, arp: "reply" });
  expect(bench.told()).toEqual(["to all arp 10.0.0.2 at :02 asks for 10.0.0.2"]);
  bench.pass(SECOND);
  bench.receive(claim);
  expect(bench.told()).toEqual(["to all arp 10.0.0.2 at :02 asks for 10.0.0.2"]);
  expect(bench.arp.conflict).toEqual({
    mac: Uint8Array.of(2, 0, 0, 0, 0, 9),
    at: 15 * SECOND,
    count: 3,
  });
  expect(bench.dropped).toEqual({ "arp.conflict": 3 });
});

test("our own frames coming back are no conflict", () => {
  const bench = new Bench();
  const looped = frameOf({
    arp: "request",
    from: "02:00:00:00:00:09",
    sender: "10.0.0.2",
    asks: "10.0.0.2",
  });
  looped.set(bench.mac, 22);
  bench.receive(looped);
  looped.set(bench.mac, 6);
  bench.receive(looped);
  expect(bench.arp.conflict).toBe(null);
  expect(bench.dropped).toEqual({ "arp.sender": 1, "ethernet.source": 1 });
});

test("100,000 neighbours that ask cost no more than 512 entries, and not those that we talk with", {
  timeout: 60_000,
}, () => {
  const bench = new Bench({ place: "10.0.0.2/8" }).meet();
  send(bench);
  for (let i = 0; i < 100_000; i++) {
    const address = `10.${1 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
    if (/\.(0|255)\.(0|255)$/.test(address)) continue;
    bench.receive({ arp: "request", sender: address, asks: "10.0.0.2" });
    if (i % 1000 === 0) bench.frames = [];
  }
  expect(bench.arp.length).toBe(512);
  bench.frames = [];
  send(bench);
  expect(bench.told()).toEqual([sent]);
  expect(bench.dropped["arp.evicted"]).toBeGreaterThan(99_000);
});

test("sending to 10,000 addresses that don't answer asks 100 times a second, for 128 at most", () => {
  const bench = new Bench({ place: "10.0.0.2/8" });
  for (let i = 0; i < 10_000; i++) {
    send(bench, parseAddress(`10.1.${i >> 8}.${i & 255}`));
    expect(bench.arp.length).toBeLessThanOrEqual(128);
  }
  expect(bench.frames.length).toBe(100);
  bench.pass(10 * SECOND);
  // What was left is asked for again, and given up.
  expect(bench.frames.length).toBeLessThanOrEqual(100 + 2 * 128);
  expect(bench.arp.length).toBe(0);
  expect(bench.dropped["arp.unanswered"]).toBe(10_000);
  expect(bench.timers.deadline).toBe(Infinity);
});

test("what waits for one neighbour is bounded; the oldest packet makes room", () => {
  const bench = new Bench();
  const big = new Uint8Array(1500);
  for (let i = 0; i < 100; i++) {
    bench.network.send(17, parseAddress("10.0.0.2"), PEER, big, 34, 1000 + i);
  }
  bench.frames = [];
  bench.receive({ arp: "reply", asks: "10.0.0.2" });
  const told = bench.told();
  expect(told.length).toBeGreaterThan(64);
  expect(told.at(-1)).toBe("to :01 10.0.0.2 > 10.0.0.1 protocol 17 1099 bytes");
  expect(bench.dropped).toEqual({ "arp.queue-full": 100 - told.length });
});

test("a datagram of any size waits whole, in fragments", () => {
  const bench = new Bench();
  const { network } = bench;
  network.send(17, parseAddress("10.0.0.2"), PEER, network.outgoing, network.headroom, 65_515);
  bench.frames = [];
  bench.receive({ arp: "reply", asks: "10.0.0.2" });
  expect(bench.frames.length).toBe(Math.ceil(65_515 / 1480));
  expect(bench.dropped).toEqual({});
});

test("what waits for all neighbours is bounded", () => {
  const bench = new Bench();
  const { network } = bench;
  for (let host = 10; host < 110; host++) {
    const target = parseAddress(`10.0.0.${host}`);
    network.send(17, parseAddress("10.0.0.2"), target, network.outgoing, network.headroom, 60_000);
  }
  bench.frames = [];
  for (let host = 10; host < 110; host++) {
    bench.receive({ arp: "reply", sender: `10.0.0.${host}`, asks: "10.0.0.2" });
  }
  const bytes = bench.frames.reduce((size, frame) => size + frame.length, 0);
  expect(bytes).toBeGreaterThan(700_000);
  expect(bytes).toBeLessThan(1024 * 1024);
});

test("closing leaves no deadline", () => {
  const bench = new Bench();
  bench.arp.announce();
  send(bench);
  bench.arp.close();
  expect(bench.timers.deadline).toBe(Infinity);
});

test("any bytes are taken without a throw", () => {
  const random = randomFrom(seed);
  const bench = new Bench();
  const good = frameOf({ arp: "request", asks: "10.0.0.2" });
  for (let i = 0; i < 20_000; i++) {
    const frame = good.slice(0, 14 + Math.floor(random() * 29));
    for (let n = 0; n < 3; n++) frame[Math.floor(random() * frame.length)] = random() * 256;
    bench.receive(frame);
    bench.pass(random() * 0.01 * SECOND);
    bench.frames.forEach(tell);
    bench.frames = [];
  }
  expect(bench.arp.length).toBeLessThanOrEqual(512);
});

test("a gateway is never given up for others, and is asked for however many others are", () => {
  const bench = new Bench({ place: "10.0.0.2/8", gateway: "10.0.0.1" });
  for (let i = 0; i < 1000; i++) send(bench, parseAddress(`10.1.${i >> 8}.${i & 255}`));
  bench.frames = [];
  send(bench, parseAddress("192.168.0.9"));
  expect(bench.told()).toEqual([asked]);
  for (let i = 0; i < 1000; i++) send(bench, parseAddress(`10.2.${i >> 8}.${i & 255}`));
  bench.frames = [];
  bench.receive({ arp: "reply", asks: "10.0.0.2" });
  expect(bench.told()).toEqual(["to :01 10.0.0.2 > 192.168.0.9 protocol 17 20 bytes"]);
});

test("each answer makes up for all questions before it", () => {
  const bench = new Bench().meet();
  const again = "to :01 arp 10.0.0.2 at :02 asks for 10.0.0.1";
  for (let minute = 0; minute < 5; minute++) {
    bench.pass(61 * SECOND);
    send(bench);
    bench.pass(SECOND);
    send(bench);
    // Two questions, the second answered: no reason to look for it afresh, ever.
    expect(bench.told()).toEqual([again, sent, again, sent]);
    bench.receive({ arp: "reply", asks: "10.0.0.2" });
  }
});
