import { expect, test } from "vitest";
import { parseAddress, type TroubleKind } from "../../src/index.ts";
import type { Transport } from "../../src/layers.ts";
import { Bench } from "../bench.ts";
import { frameOf, icmp, type PacketFields, udp } from "../frames.ts";

interface Heard {
  readonly kind: TroubleKind;
  readonly [field: string]: unknown;
}

/** Hears of errors about UDP in the place of UDP. */
function listening(): { bench: Bench; heard: Heard[] } {
  const bench = new Bench().meet();
  const heard: Heard[] = [];
  const transport: Transport = {
    protocol: 17,
    receive: () => true,
    fail: ({ kind, reporter, source, target, mtu, bytes, offset, size }) => {
      const quote = bytes.slice(offset, offset + size);
      heard.push({ kind, reporter, source, target, mtu, quote });
    },
  };
  bench.network.attach(transport);
  return { bench, heard };
}

const datagram = udp(1000, 53, Uint8Array.of(1, 2, 3, 4));

/** The packet of ours that is quoted. */
function ours(fields: Partial<PacketFields> = {}): Uint8Array {
  const all = { source: "10.0.0.2", target: "192.168.0.9", protocol: 17, payload: datagram };
  return frameOf({ ...all, ...fields }).slice(14);
}

function report(type: number, code: number, quote: Uint8Array, mtu = 0): Uint8Array {
  const rest = [0, 0, mtu >> 8, mtu & 255];
  return frameOf({ protocol: 1, payload: icmp(type, code, rest, quote) });
}

test.each<[string, number, number, TroubleKind]>([
  ["network unreachable", 3, 0, "network-unreachable"],
  ["host unreachable", 3, 1, "host-unreachable"],
  ["protocol unreachable", 3, 2, "protocol-unreachable"],
  ["port unreachable", 3, 3, "port-unreachable"],
  ["fragmentation needed", 3, 4, "too-big"],
  ["source route failed", 3, 5, "network-unreachable"],
  ["network unknown", 3, 6, "network-unreachable"],
  ["host unknown", 3, 7, "host-unreachable"],
  ["host isolated", 3, 8, "host-unreachable"],
  ["network prohibited", 3, 9, "prohibited"],
  ["host prohibited", 3, 10, "prohibited"],
  ["network unreachable for this service", 3, 11, "network-unreachable"],
  ["host unreachable for this service", 3, 12, "host-unreachable"],
  ["prohibited by a filter", 3, 13, "prohibited"],
  ["precedence violated", 3, 14, "prohibited"],
  ["precedence too low", 3, 15, "prohibited"],
  ["time exceeded on the way", 11, 0, "time-exceeded"],
  ["time exceeded in reassembly", 11, 1, "time-exceeded"],
  ["parameter problem", 12, 0, "parameter-problem"],
])("%s (%i, %i) is handed to the transport as %s", (_, type, code, kind) => {
  const { bench, heard } = listening();
  bench.receive(report(type, code, ours(), 1400));
  expect(heard).toEqual([
    {
      kind,
      reporter: parseAddress("10.0.0.1"),
      source: parseAddress("10.0.0.2"),
      target: parseAddress("192.168.0.9"),
      mtu: kind === "too-big" ? 1400 : 0,
      quote: datagram,
    },
  ]);
  expect(bench.dropped).toEqual({});
});

test("eight quoted bytes of the transport are enough, seven are not", () => {
  const { bench, heard } = listening();
  bench.receive(report(3, 3, ours().slice(0, 28)));
  expect(heard).toMatchObject([{ quote: datagram.slice(0, 8) }]);
  bench.receive(report(3, 3, ours().slice(0, 27)));
  expect(heard.length).toBe(1);
  expect(bench.dropped).toEqual({ "icmp.quote": 1 });
});

test("a quote with options is read behind them", () => {
  const { bench, heard } = listening();
  const packet = ours();
  const quote = Uint8Array.of(0x46, ...packet.slice(1, 20), 1, 1, 1, 0, ...packet.slice(20));
  bench.receive(report(3, 3, quote));
  expect(heard).toMatchObject([{ quote: datagram }]);
});

const version6 = ours();
version6[0] = 0x65;
const shortHeader = ours();
shortHeader[0] = 0x44;
const longHeader = ours();
longHeader[0] = 0x4f;

test.each<[string, Uint8Array]>([
  ["nothing", new Uint8Array(0)],
  ["half a header", ours().slice(0, 19)],
  ["a packet of somebody else", ours({ source: "10.0.0.3" })],
  ["a later fragment of ours", ours({ at: 8 })],
  ["a protocol that we don't speak", ours({ protocol: 200 })],
  ["another version", version6],
  ["a header that is too short", shortHeader],
  ["a header longer than the quote", longHeader],
])("an error that quotes %s is dropped", (_, quote) => {
  const { bench, heard } = listening();
  bench.receive(report(3, 3, quote));
  expect(heard).toEqual([]);
  expect(bench.told()).toEqual([]);
  expect(bench.dropped).toEqual({ "icmp.quote": 1 });
});

test("an unreachable with a code of later times is dropped", () => {
  const { bench, heard } = listening();
  bench.receive(report(3, 16, ours()));
  expect(heard).toEqual([]);
  expect(bench.dropped).toEqual({ "icmp.quote": 1 });
});
