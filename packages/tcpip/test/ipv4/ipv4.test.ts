import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseAddress } from "../../src/index.ts";
import { SEND_DEFAULT, type Transport } from "../../src/layers.ts";
import { Bench, SECOND } from "../bench.ts";
import { echo, frameOf, icmp, type PacketFields, udp } from "../frames.ts";
import { seed } from "../wire/seed.ts";

const US = parseAddress("10.0.0.2");
const PEER = parseAddress("10.0.0.1");
const nothing = new Uint8Array(0);
const counting = (size: number) => Uint8Array.from({ length: size }, (_, i) => i * 7);

/** Puts a payload where a transport builds it. */
function build(bench: Bench, payload: Uint8Array): void {
  bench.network.outgoing.set(payload, bench.network.headroom);
}

function send(bench: Bench, payload: Uint8Array, target = PEER, options = SEND_DEFAULT): string {
  const { network } = bench;
  build(bench, payload);
  return network.send(99, US, target, network.outgoing, network.headroom, payload.length, options);
}

/** A transport that keeps a copy of what it gets. */
class Recorder implements Transport {
  readonly protocol = 99;
  readonly received: { payload: Uint8Array; [field: string]: unknown }[] = [];
  readonly failed: { quote: Uint8Array; [field: string]: unknown }[] = [];
  takes = true;

  receive({
    bytes,
    offset,
    size,
    source,
    target,
    isForMany,
    hops,
  }: Parameters<Transport["receive"]>[0]) {
    this.received.push({
      payload: bytes.slice(offset, offset + size),
      source,
      target,
      isForMany,
      hops,
    });
    return this.takes;
  }

  fail({ kind, reporter, target, bytes, offset, size, mtu }: Parameters<Transport["fail"]>[0]) {
    this.failed.push({ kind, reporter, target, mtu, quote: bytes.slice(offset, offset + size) });
  }
}

function listening(options: ConstructorParameters<typeof Bench>[0] = {}) {
  const bench = new Bench(options).meet();
  const transport = new Recorder();
  bench.network.attach(transport);
  return { bench, transport };
}

describe("sending", () => {
  test("a packet that fits leaves in one piece, to its next hop", () => {
    const bench = new Bench({ gateway: "10.0.0.1" }).meet();
    expect(send(bench, counting(1480))).toBe("sent");
    expect(send(bench, nothing, parseAddress("192.168.0.9"))).toBe("sent");
    expect(bench.told()).toEqual([
      "to :01 10.0.0.2 > 10.0.0.1 protocol 99 1480 bytes",
      "to :01 10.0.0.2 > 192.168.0.9 protocol 99 0 bytes",
    ]);
  });

  test("a packet that is too long leaves in fragments of multiples of 8 bytes", () => {
    const bench = new Bench().meet();
    expect(send(bench, counting(3000))).toBe("sent");
    expect(bench.told()).toEqual([
      "to :01 10.0.0.2 > 10.0.0.1 protocol 99 1480 bytes from 0 on",
      "to :01 10.0.0.2 > 10.0.0.1 protocol 99 1480 bytes from 1480 on",
      "to :01 10.0.0.2 > 10.0.0.1 protocol 99 40 bytes from 2960, last",
    ]);
  });

  test("any payload over any link is the same again at the other end", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.integer({ min: 68, max: 9000 }), fc.nat(65_515), (mtu, size) => {
        const bench = new Bench({ mtu }).meet();
        const { bench: other, transport } = listening({ mtu });
        const payload = counting(size);
        expect(send(bench, payload)).toBe("sent");
        expect(Math.max(...bench.frames.map((frame) => frame.length))).toBeLessThanOrEqual(
          mtu + 14,
        );
        for (const frame of bench.frames) {
          // As if the other one, 10.0.0.2 too, were sent to by 10.0.0.1.
          frame.set([2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1]);
          const swapped = frame.slice();
          swapped.set(frame.subarray(30, 34), 26);
          swapped.set(frame.subarray(26, 30), 30);
          other.receive(swapped);
        }
        expect(transport.received.length).toBe(1);
        expect(Buffer.compare(transport.received[0]?.payload ?? nothing, payload)).toBe(0);
        expect(other.dropped).toEqual({});
      }),
      { seed, numRuns: 25 },
    );
  });

  test("options of sending stand in the header", () => {
    const bench = new Bench().meet();
    send(bench, nothing, PEER, { hops: 3, mayFragment: false, trafficClass: 0xb8 });
    const [frame] = bench.frames as [Uint8Array];
    expect([frame[15], frame[20], frame[22]]).toEqual([0xb8, 0x40, 3]);
  });

  test("what may not be fragmented is refused where it does not fit", () => {
    const bench = new Bench().meet();
    const whole = { ...SEND_DEFAULT, mayFragment: false };
    expect(send(bench, counting(1480), PEER, whole)).toBe("sent");
    expect(send(bench, counting(1481), PEER, whole)).toBe("too-big");
    expect(bench.told()).toEqual(["to :01 10.0.0.2 > 10.0.0.1 protocol 99 1480 bytes whole"]);
    expect(bench.dropped).toEqual({ "ipv4.too-big": 1 });
  });

  test("more than any packet holds is refused", () => {
    const bench = new Bench().meet();
    const { network } = bench;
    const bytes = new Uint8Array(70_000);
    expect(network.send(99, US, PEER, bytes, 34, 65_516)).toBe("too-big");
    expect(network.send(99, US, PEER, bytes, 34, 65_515)).toBe("sent");
  });

  test("without a route, or from another's address, nothing leaves", () => {
    const bench = new Bench().meet();
    const { network } = bench;
    const away = parseAddress("192.168.0.9");
    expect(send(bench, nothing, away)).toBe("no-route");
    expect(send(bench, nothing, US)).toBe("no-route");
    expect(network.send(99, PEER, PEER, network.outgoing, network.headroom, 0)).toBe("no-route");
    expect(bench.told()).toEqual([]);
    expect(bench.dropped).toEqual({ "ipv4.no-route": 3 });
    expect([network.sourceFor(away), network.payloadSizeMax(away)]).toEqual([null, 0]);
    expect([network.sourceFor(PEER), network.payloadSizeMax(PEER)]).toEqual([US, 1480]);
  });

  test("a broadcast goes to everybody, and waits for nobody", () => {
    const bench = new Bench();
    expect(send(bench, nothing, -1)).toBe("sent");
    expect(send(bench, nothing, parseAddress("10.0.0.255"))).toBe("sent");
    expect(bench.told()).toEqual([
      "to all 10.0.0.2 > 255.255.255.255 protocol 99 0 bytes",
      "to all 10.0.0.2 > 10.0.0.255 protocol 99 0 bytes",
    ]);
    expect(bench.network.isForMany(-1)).toBe(true);
    expect(bench.network.isForMany(PEER)).toBe(false);
  });

  test("fragments of one datagram share an identification, and the next has another", () => {
    const bench = new Bench().meet();
    const identifications = () =>
      bench.frames.map((frame) => (frame[18] as number) * 256 + (frame[19] as number));
    send(bench, counting(5000));
    send(bench, counting(5000));
    const all = identifications();
    expect(new Set(all.slice(0, 4)).size).toBe(1);
    expect(new Set(all).size).toBe(2);
    // None of them comes back to the same target within 65,536 packets.
    bench.frames = [];
    for (let i = 0; i < 65_536; i++) send(bench, nothing);
    expect(new Set(identifications()).size).toBe(65_536);
  });

  test("a transport hears of a next hop that does not answer, once a datagram", () => {
    const { bench, transport } = listening();
    const stranger = parseAddress("10.0.0.9");
    expect(send(bench, counting(3000), stranger)).toBe("waiting");
    expect(send(bench, counting(30), stranger)).toBe("waiting");
    bench.pass(3 * SECOND);
    const trouble = { kind: "host-unreachable", reporter: null, target: stranger, mtu: 0 };
    expect(transport.failed).toEqual([
      { ...trouble, quote: counting(1480) },
      { ...trouble, quote: counting(30) },
    ]);
    expect(bench.dropped).toEqual({ "arp.unanswered": 4 });
  });
});

describe("receiving", () => {
  const packet = (fields: Partial<PacketFields> = {}): Uint8Array =>
    frameOf({ protocol: 99, payload: counting(11), ...fields });

  test("a packet for us comes to its transport, without the frame's padding", () => {
    const { bench, transport } = listening();
    const frame = new Uint8Array(60).fill(0xee);
    frame.set(packet({ hops: 1 }));
    bench.receive(frame);
    const common = { payload: counting(11), source: PEER, target: US };
    expect(transport.received).toEqual([{ ...common, isForMany: false, hops: 1 }]);
    expect(bench.counters.packetsDelivered).toBe(1);
  });

  test.each(["255.255.255.255", "10.0.0.255"])("a packet to %s is marked as for many", (target) => {
    const { bench, transport } = listening();
    bench.receive(packet({ target, to: "ff:ff:ff:ff:ff:ff" }));
    expect(transport.received).toMatchObject([{ target: parseAddress(target), isForMany: true }]);
  });

  test("options are skipped", () => {
    const { bench, transport } = listening();
    const plain = packet({ payload: Uint8Array.of(1, 1, 1, 0, 42, 43) });
    plain[14] = 0x46;
    plain.fill(0, 24, 26);
    let sum = 0;
    for (let i = 14; i < 38; i += 2) sum += (plain[i] as number) * 256 + (plain[i + 1] as number);
    sum = 0xffff - ((sum & 0xffff) + (sum >>> 16));
    plain.set([sum >>> 8, sum & 255], 24);
    bench.receive(plain);
    expect(transport.received).toMatchObject([{ payload: Uint8Array.of(42, 43) }]);
  });

  test.each<[string, Partial<PacketFields>, string]>([
    ["to somebody else", { target: "10.0.0.3" }, "ipv4.target"],
    ["to a group", { target: "224.0.0.1", to: "ff:ff:ff:ff:ff:ff" }, "ipv4.target"],
    ["to us by a broadcast of the link", { to: "ff:ff:ff:ff:ff:ff" }, "ipv4.link-target"],
    ["from us", { source: "10.0.0.2" }, "ipv4.source"],
    ["from everybody", { source: "255.255.255.255" }, "ipv4.source"],
    ["from our network's broadcast address", { source: "10.0.0.255" }, "ipv4.source"],
    ["from our network's address", { source: "10.0.0.0" }, "ipv4.source"],
    ["from a group", { source: "224.0.0.1" }, "ipv4.source"],
    ["from loopback", { source: "127.0.0.1" }, "ipv4.source"],
    ["from nobody", { source: "0.0.0.0" }, "ipv4.source"],
  ])("a packet %s is dropped and not answered", (_, fields, reason) => {
    const { bench, transport } = listening();
    bench.receive(packet(fields));
    bench.receive(packet({ ...fields, protocol: 200 }));
    expect(transport.received).toEqual([]);
    expect(bench.told()).toEqual([]);
    expect(bench.dropped).toEqual({ [reason]: 2 });
  });

  test.each<[string, (frame: Uint8Array) => void, string]>([
    ["is cut in its header", (frame) => frame.set([0x4f], 14), "ipv4.header-size"],
    ["has a wrong checksum", (frame) => frame.set([0xab], 24), "ipv4.checksum"],
    ["is version 6", (frame) => frame.set([0x65], 14), "ipv4.version"],
    ["is for another interface", (frame) => frame.set([2, 0, 0, 0, 0, 3]), "ethernet.target"],
    [
      "is for a group of interfaces",
      (frame) => frame.set([1, 0, 0x5e, 0, 0, 1]),
      "ethernet.target",
    ],
    ["is from a group of interfaces", (frame) => frame.set([3], 6), "ethernet.source"],
    ["is of another type", (frame) => frame.set([0x86, 0xdd], 12), "ethernet.type"],
  ])("a frame that %s is dropped", (_, spoil, reason) => {
    const { bench, transport } = listening();
    const frame = packet();
    spoil(frame);
    bench.receive(frame);
    expect(transport.received).toEqual([]);
    expect(bench.dropped).toEqual({ [reason]: 1 });
  });

  test("a frame of 13 bytes is dropped", () => {
    const { bench } = listening();
    bench.receive(packet().slice(0, 13));
    expect(bench.dropped).toEqual({ "ethernet.short": 1 });
  });

  test("fragments come to the transport as one packet", () => {
    const { bench, transport } = listening();
    bench.receive(packet({ payload: counting(16), more: true, hops: 9 }));
    bench.receive(packet({ payload: counting(5), at: 16 }));
    const payload = Uint8Array.of(...counting(16), ...counting(5));
    expect(transport.received).toMatchObject([
      { payload, source: PEER, isForMany: false, hops: 9 },
    ]);
  });

  test("fragments to everybody come to the transport as one packet for many", () => {
    const { bench, transport } = listening();
    const everybody = { target: "10.0.0.255", to: "ff:ff:ff:ff:ff:ff" };
    bench.receive(packet({ ...everybody, payload: counting(16), more: true }));
    bench.receive(packet({ ...everybody, payload: counting(5), at: 16 }));
    expect(transport.received).toMatchObject([{ isForMany: true }]);
  });
});

describe("errors sent", () => {
  const unknown = (fields: Partial<PacketFields> = {}): Uint8Array =>
    frameOf({ protocol: 200, payload: counting(600), ...fields });

  test("a protocol that nobody speaks is told, with as much of the packet as 576 bytes hold", () => {
    const { bench } = listening();
    const frame = unknown();
    bench.receive(frame);
    const [answer] = bench.frames as [Uint8Array];
    expect(answer.slice(42)).toEqual(frame.slice(14, 14 + 548));
    expect(bench.told()).toEqual(["to :01 10.0.0.2 > 10.0.0.1 unreachable 2 556 bytes"]);
    expect(bench.dropped).toEqual({ "ipv4.protocol": 1 });
  });

  test("a port that nobody has is told", () => {
    const { bench, transport } = listening();
    transport.takes = false;
    const frame = frameOf({ protocol: 99, payload: counting(3) });
    bench.receive(frame);
    expect(bench.frames[0]?.slice(42)).toEqual(frame.slice(14));
    expect(bench.told()).toEqual(["to :01 10.0.0.2 > 10.0.0.1 unreachable 3 31 bytes"]);
  });

  test("what was reassembled is quoted as one packet", () => {
    const { bench } = listening();
    bench.receive(unknown({ payload: counting(16), more: true }));
    bench.receive(unknown({ payload: counting(5), at: 16 }));
    expect(bench.frames[0]?.slice(42)).toEqual(
      unknown({ payload: Uint8Array.of(...counting(16), ...counting(5)) }).slice(14),
    );
  });

  test("fragments that never became whole are told after 30 seconds", () => {
    const { bench } = listening();
    bench.receive(unknown({ payload: counting(16), more: true }));
    bench.receive(unknown({ payload: counting(8), at: 80, more: true, identification: 9 }));
    bench.pass(30 * SECOND);
    expect(bench.told()).toEqual(["to :01 10.0.0.2 > 10.0.0.1 exceeded 1 44 bytes"]);
  });

  test("nothing that came to many is answered with an error, nor is an error", () => {
    const { bench } = listening();
    const everybody = { target: "255.255.255.255", to: "ff:ff:ff:ff:ff:ff" };
    bench.receive(unknown(everybody));
    bench.receive(unknown({ ...everybody, payload: counting(16), more: true }));
    // A fragment of an ICMP error, never whole.
    const error = icmp(3, 3, [0, 0, 0, 0], counting(8));
    bench.receive(frameOf({ protocol: 1, payload: error, more: true }));
    bench.pass(60 * SECOND);
    expect(bench.told()).toEqual([]);
    // Not even tried.
    expect(bench.dropped).toEqual({ "ipv4.protocol": 1, "ipv4.fragment-timeout": 2 });
  });

  test("a fragmented echo that never became whole is told: it is no error", () => {
    const { bench } = listening();
    bench.receive(frameOf({ protocol: 1, payload: echo(counting(16)), more: true }));
    bench.pass(30 * SECOND);
    expect(bench.told()).toEqual(["to :01 10.0.0.2 > 10.0.0.1 exceeded 1 52 bytes"]);
  });

  test("errors leave 20 at once and 100 a second, and the others are counted", () => {
    const { bench } = listening();
    const closed = frameOf({ protocol: 17, payload: udp(5, 6, nothing) });
    for (let i = 0; i < 1000; i++) bench.receive(closed);
    expect(bench.told().length).toBe(20);
    for (let i = 0; i < 1000; i++) {
      bench.pass(SECOND / 1000);
      bench.receive(closed);
    }
    expect(bench.told().length).toBeGreaterThanOrEqual(99);
    expect(bench.counters.dropped["icmp.limited"]).toBeGreaterThanOrEqual(2000 - 20 - 101);
    expect(bench.counters.dropped["udp.port"]).toBe(2000);
  });
});
