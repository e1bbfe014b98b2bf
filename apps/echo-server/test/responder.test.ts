import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePlace } from "../src/address.ts";
import { answeredCount, droppedCount, FAULTS, type Fault, report } from "../src/counters.ts";
import { Responder } from "../src/responder.ts";
import {
  arpFrame,
  CLIENT,
  CLIENT_MAC,
  hexOf,
  type IcmpFields,
  icmpMessage,
  ipv4Frame,
  naiveChecksum,
  SERVER,
  SERVER_MAC,
  seed,
  type UdpFields,
  udpDatagram,
  word,
} from "./frames.ts";

const place = parsePlace("10.0.0.2/24");
const newResponder = () => new Responder(SERVER_MAC, place);

const ping = (fields: IcmpFields = {}) => ipv4Frame({ protocol: 1, payload: icmpMessage(fields) });
const udp = (fields: UdpFields = {}) => ipv4Frame({ protocol: 17, payload: udpDatagram(fields) });

/** Answers in a buffer of its own, and checks that answering in place gives the same. */
function answer(frame: Uint8Array, responder = newResponder()): number[] {
  const reply = new Uint8Array(frame.length);
  const size = responder.respond(frame, frame.length, reply);
  const inPlace = frame.slice();
  expect(newResponder().respond(inPlace, frame.length, inPlace)).toBe(size);
  expect(hexOf(inPlace.subarray(0, size))).toBe(hexOf(reply.subarray(0, size)));
  return Array.from(reply.subarray(0, size));
}

function expectDropped(frame: Uint8Array, fault: Fault): void {
  const responder = newResponder();
  expect(answer(frame, responder)).toEqual([]);
  expect(FAULTS.filter((name) => responder.counters.dropped[name] > 0)).toEqual([fault]);
  expect(droppedCount(responder.counters)).toBe(1);
  expect(answeredCount(responder.counters)).toBe(0);
}

const bytes = (limit: number) => fc.array(fc.nat(255), { maxLength: limit });

describe("an answer", () => {
  test("to ARP goes to who asked, also when the request came to us alone", () => {
    const wanted = [
      ...[...CLIENT_MAC, ...SERVER_MAC, 8, 6, 0, 1, 8, 0, 6, 4, 0, 2],
      ...[...SERVER_MAC, ...SERVER, ...CLIENT_MAC, ...CLIENT],
    ];
    expect(answer(arpFrame())).toEqual(wanted);
    expect(answer(arpFrame({ to: SERVER_MAC }))).toEqual(wanted);
  });

  test("to ARP leaves a short frame's padding out", () => {
    expect(answer(arpFrame({ trailer: new Array(18).fill(0xaa) }))).toHaveLength(42);
  });

  test("is given to an ARP probe, which has no address yet", () => {
    expect(answer(arpFrame({ sender: [0, 0, 0, 0] })).slice(38)).toEqual([0, 0, 0, 0]);
  });

  test("to a ping carries all of its data, and nothing of the frame's padding", () => {
    fc.assert(
      fc.property(
        bytes(200),
        bytes(30),
        fc.nat(0xffff),
        fc.nat(0xffff),
        fc.nat(255),
        (data, trailer, identifier, sequence, service) => {
          const identification = identifier ^ 0x5555;
          const frame = ipv4Frame({
            protocol: 1,
            payload: icmpMessage({ data, identifier, sequence }),
            identification,
            service,
            trailer,
          });
          const reply = answer(frame);
          expect(naiveChecksum(reply.slice(14, 34))).toBe(0);
          expect(naiveChecksum(reply.slice(34))).toBe(0);
          const mended = reply.slice(36, 38);
          expect(reply).toEqual([
            ...[...CLIENT_MAC, ...SERVER_MAC, 8, 0],
            ...[0x45, service & 0xfc, ...word(28 + data.length), ...word(identification)],
            ...[0x40, 0, 64, 1, ...reply.slice(24, 26), ...SERVER, ...CLIENT],
            ...[0, 0, ...mended, ...word(identifier), ...word(sequence), ...data],
          ]);
        },
      ),
      { seed },
    );
  });

  test("to a ping of nothing but zeros has a checksum that is not zero", () => {
    const reply = answer(ping({ identifier: 0, sequence: 0, data: [0, 0] }));
    expect(reply.slice(34)).toEqual([0, 0, 255, 255, 0, 0, 0, 0, 0, 0]);
  });

  test("to UDP carries the same data between the same ports, with a right checksum", () => {
    fc.assert(
      fc.property(
        bytes(200),
        bytes(30),
        fc.integer({ min: 1024, max: 65_535 }),
        fc.boolean(),
        (data, trailer, port, bare) => {
          const fields = { data, sourcePort: port, ...(bare ? { checksum: 0 } : {}) };
          const frame = ipv4Frame({ protocol: 17, payload: udpDatagram(fields), trailer });
          expect(answer(frame)).toEqual([
            ...[...CLIENT_MAC, ...SERVER_MAC, 8, 0, 0x45, 0, ...word(28 + data.length)],
            ...[0x12, 0x34, 0x40, 0, 64, 17, ...answer(frame).slice(24, 26), ...SERVER, ...CLIENT],
            ...udpDatagram({
              source: SERVER,
              target: CLIENT,
              sourcePort: 7,
              targetPort: port,
              data,
            }),
          ]);
          expect(naiveChecksum(answer(frame).slice(14, 34))).toBe(0);
        },
      ),
      { seed },
    );
  });

  test("to UDP whose sum is zero says 0xffff, not that there is no checksum", () => {
    // The port is chosen so that the sum over everything else comes out as 0xffff.
    const bare = udpDatagram({ sourcePort: 0, data: [0, 0] });
    const sourcePort = (bare[6] as number) * 256 + (bare[7] as number);
    const datagram = udpDatagram({ sourcePort, data: [0, 0] });
    expect(datagram.slice(6, 8)).toEqual([255, 255]);
    datagram.splice(6, 2, 0, 0);
    const reply = answer(ipv4Frame({ protocol: 17, payload: datagram }));
    expect(reply.slice(40, 42)).toEqual([255, 255]);
  });

  test("to UDP leaves out what the IP datagram holds behind UDP's own length", () => {
    const payload = [...udpDatagram({ data: [1, 2, 3] }), 0xde, 0xad];
    const reply = answer(ipv4Frame({ protocol: 17, payload }));
    expect(reply.slice(42)).toEqual([1, 2, 3]);
    expect(reply.slice(16, 18)).toEqual(word(31));
  });

  test("to a datagram with options has none", () => {
    for (const options of [
      [1, 1, 1, 0],
      [0, 9, 9, 9],
      [0x94, 4, 0, 0],
      [1, 7, 7, 4, 0, 0, 0, 0],
      new Array(40).fill(1),
    ]) {
      const data = [1, 2, 3, 4, 5];
      const reply = answer(ipv4Frame({ protocol: 1, payload: icmpMessage({ data }), options }));
      expect(reply[14]).toBe(0x45);
      expect(reply.slice(42)).toEqual(data);
      expect(naiveChecksum(reply.slice(34))).toBe(0);
    }
  });

  test("may be divided on its way where the request might have been", () => {
    const payload = icmpMessage();
    expect(answer(ipv4Frame({ protocol: 1, payload, fragment: 0 })).slice(20, 22)).toEqual([0, 0]);
  });

  test("is given at the last hop: a time to live of 1 has arrived", () => {
    expect(answer(ipv4Frame({ protocol: 1, payload: icmpMessage(), live: 1 }))[22]).toBe(64);
  });

  test("writes nothing behind its own bytes", () => {
    const frame = ipv4Frame({ protocol: 1, payload: icmpMessage(), trailer: [1, 2, 3, 4] });
    const reply = new Uint8Array(frame.length).fill(0xee);
    const size = newResponder().respond(frame, frame.length, reply);
    expect(size).toBe(42);
    expect(Array.from(reply.subarray(size))).toEqual([0xee, 0xee, 0xee, 0xee]);
  });
});

describe("a frame without an answer is counted by its reason:", () => {
  const good = ping({ data: [1, 2, 3] });

  test.each([0, 1, 13])("%i bytes are no Ethernet frame", (size) => {
    expectDropped(good.slice(0, size), "ethernet.short");
  });

  test.each([
    ["a group", [3, 0, 0, 0, 0, 1]],
    ["broadcast", [255, 255, 255, 255, 255, 255]],
    ["nobody", [0, 0, 0, 0, 0, 0]],
    ["ourselves", Array.from(SERVER_MAC)],
  ])("from %s", (_, from) => {
    const payload = icmpMessage();
    const frame = ipv4Frame({ protocol: 1, payload, from: Uint8Array.from(from) });
    expectDropped(frame, "ethernet.source");
  });

  test("for another station, or a group", () => {
    for (const to of [CLIENT_MAC, Uint8Array.of(1, 0, 0x5e, 0, 0, 1)]) {
      expectDropped(ipv4Frame({ protocol: 1, payload: icmpMessage(), to }), "ethernet.target");
    }
  });

  test.each([0x86dd, 0x8100, 0x0805, 0x0807, 46, 0xffff])("of type %i", (type) => {
    const frame = good.slice();
    frame.set(word(type), 12);
    expectDropped(frame, "ethernet.type");
  });

  test("ARP cut short", () => {
    for (let size = 14; size < 42; size++) {
      expectDropped(arpFrame().slice(0, size), "arp.short");
    }
  });

  test("ARP of another kind", () => {
    expectDropped(arpFrame({ hardware: 6 }), "arp.format");
    expectDropped(arpFrame({ protocol: 0x86dd }), "arp.format");
    expectDropped(arpFrame({ hardwareSize: 8 }), "arp.format");
    expectDropped(arpFrame({ protocolSize: 16 }), "arp.format");
    for (const operation of [0, 2, 3, 0x100]) {
      expectDropped(arpFrame({ operation }), "arp.operation");
    }
  });

  test("ARP from who can't be answered", () => {
    expectDropped(arpFrame({ senderMac: [255, 255, 255, 255, 255, 255] }), "arp.sender");
    expectDropped(arpFrame({ senderMac: [0, 0, 0, 0, 0, 0] }), "arp.sender");
    expectDropped(arpFrame({ senderMac: SERVER_MAC }), "arp.sender");
    expectDropped(arpFrame({ sender: [224, 0, 0, 1] }), "arp.sender");
    expectDropped(arpFrame({ sender: [127, 0, 0, 1] }), "arp.sender");
    // The network's name and its broadcast are nobody's address.
    expectDropped(arpFrame({ sender: [10, 0, 0, 0] }), "arp.sender");
    expectDropped(arpFrame({ sender: [10, 0, 0, 255] }), "arp.sender");
  });

  test("ARP from who has our address, or says so to everybody", () => {
    expectDropped(arpFrame({ sender: SERVER }), "arp.conflict");
    expectDropped(arpFrame({ sender: SERVER, wanted: [10, 0, 0, 9] }), "arp.conflict");
  });

  test("ARP for another address", () => {
    expectDropped(arpFrame({ wanted: [10, 0, 0, 3] }), "arp.target");
  });

  test("IPv4 to everybody on the link, even with our address in it", () => {
    const to = new Uint8Array(6).fill(255);
    expectDropped(ipv4Frame({ protocol: 1, payload: icmpMessage(), to }), "ipv4.broadcast");
  });

  test("IPv4 cut inside its header", () => {
    for (let size = 14; size < 34; size++) {
      expectDropped(good.slice(0, size), "ipv4.short");
    }
  });

  test("IPv4 cut behind its header", () => {
    for (let size = 34; size < good.length; size++) {
      expectDropped(good.slice(0, size), "ipv4.total-size");
    }
  });

  test("another version of IP", () => {
    const frame = good.slice();
    frame[14] = 0x65;
    expectDropped(frame, "ipv4.version");
  });

  test.each([0, 4, 15])("a header of %i words", (words) => {
    const frame = good.slice();
    frame[14] = 0x40 | words;
    expectDropped(frame, "ipv4.header-size");
  });

  test("a header with any single bit wrong", () => {
    for (let bit = 0; bit < 160; bit++) {
      const frame = good.slice();
      frame[14 + (bit >>> 3)] = (frame[14 + (bit >>> 3)] as number) ^ (1 << (bit & 7));
      const responder = newResponder();
      expect(answer(frame, responder)).toEqual([]);
    }
  });

  test("a header checksum that is wrong", () => {
    const payload = icmpMessage();
    expectDropped(ipv4Frame({ protocol: 1, payload, checksum: 0 }), "ipv4.checksum");
  });

  test.each([0, 19, 50, 65_535])("a total size of %i bytes", (totalSize) => {
    const payload = icmpMessage();
    expectDropped(ipv4Frame({ protocol: 1, payload, totalSize }), "ipv4.total-size");
  });

  test("a time to live of 0", () => {
    const payload = icmpMessage();
    expectDropped(ipv4Frame({ protocol: 1, payload, live: 0 }), "ipv4.time-to-live");
  });

  test.each([
    ["of size 0", [7, 0, 4, 0]],
    ["of size 1", [7, 1, 4, 0]],
    ["longer than the header", [7, 5, 4, 0]],
    ["without its size", [1, 1, 1, 7]],
    ["that routes loosely", [131, 3, 4, 0]],
    ["that routes strictly", [1, 137, 3, 4]],
  ])("an option %s", (_, options) => {
    const payload = icmpMessage();
    expectDropped(ipv4Frame({ protocol: 1, payload, options }), "ipv4.options");
  });

  test.each([
    "0.0.0.0",
    "0.1.2.3",
    "127.0.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "255.255.255.255",
    "10.0.0.255",
    "10.0.0.0",
    "10.0.0.2",
  ])("from %s", (address) => {
    const source = address.split(".").map(Number);
    expectDropped(ipv4Frame({ protocol: 1, payload: icmpMessage(), source }), "ipv4.source");
    const payload = udpDatagram({ source });
    expectDropped(ipv4Frame({ protocol: 17, payload, source }), "ipv4.source");
  });

  test.each(["10.0.0.3", "10.0.0.255", "255.255.255.255", "224.0.0.1", "0.0.0.0"])(
    "to %s",
    (address) => {
      const target = address.split(".").map(Number);
      expectDropped(ipv4Frame({ protocol: 1, payload: icmpMessage(), target }), "ipv4.target");
    },
  );

  test.each([0x2000, 0x0001, 0x1fff, 0x3001, 0x6000])("a fragment, %i", (fragment) => {
    expectDropped(ipv4Frame({ protocol: 1, payload: icmpMessage(), fragment }), "ipv4.fragment");
  });

  test.each([0, 2, 6, 58, 255])("protocol %i", (protocol) => {
    expectDropped(ipv4Frame({ protocol, payload: icmpMessage() }), "ipv4.protocol");
  });

  test("ICMP cut short", () => {
    for (let size = 0; size < 8; size++) {
      const payload = icmpMessage().slice(0, size);
      expectDropped(ipv4Frame({ protocol: 1, payload }), "icmp.short");
    }
  });

  test("ICMP with a wrong checksum, with another type or code", () => {
    expectDropped(ping({ checksum: 0x1234 }), "icmp.checksum");
    for (const type of [0, 3, 5, 11, 13]) expectDropped(ping({ type }), "icmp.type");
    for (const code of [1, 255]) expectDropped(ping({ code }), "icmp.code");
  });

  test("UDP cut short", () => {
    for (let size = 0; size < 8; size++) {
      const payload = udpDatagram().slice(0, size);
      expectDropped(ipv4Frame({ protocol: 17, payload }), "udp.short");
    }
  });

  test.each([0, 7, 12, 65_535])("UDP that says it has %i bytes of 11", (size) => {
    expectDropped(udp({ data: [1, 2, 3], size }), "udp.size");
  });

  test("UDP with a wrong checksum", () => {
    expectDropped(udp({ data: [1, 2, 3], checksum: 1 }), "udp.checksum");
  });

  test.each([0, 6, 8, 53, 0x0700])("UDP to port %i", (targetPort) => {
    expectDropped(udp({ targetPort }), "udp.port");
  });

  test.each([0, 7, 13, 17, 19, 37])(
    "UDP from port %i, which might answer for ever",
    (sourcePort) => {
      expectDropped(udp({ sourcePort }), "udp.source-port");
    },
  );
});

describe("whatever arrives", () => {
  /** Bytes that get deep: a right request with some bytes overwritten, cut or extended. */
  const mangled = fc
    .tuple(
      fc.constantFrom(arpFrame(), ping({ data: [1, 2, 3, 4] }), udp({ data: [5, 6, 7] })),
      fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 4 }),
      fc.nat(64),
    )
    .map(([frame, changes, size]) => {
      const result = new Uint8Array(size);
      result.set(frame.subarray(0, size));
      for (const [at, value] of changes) if (at < size) result[at] = value;
      return result;
    });
  const anything = fc.oneof(fc.uint8Array({ maxLength: 128 }), mangled);

  test("nothing throws, each frame is counted once, and no answer is longer than its request", () => {
    fc.assert(
      fc.property(anything, (frame) => {
        const responder = newResponder();
        const reply = answer(frame, responder);
        expect(reply.length).toBeLessThanOrEqual(frame.length);
        expect(answeredCount(responder.counters)).toBe(reply.length > 0 ? 1 : 0);
        expect(droppedCount(responder.counters)).toBe(reply.length > 0 ? 0 : 1);
      }),
      { seed, numRuns: 3000 },
    );
  });

  test("nothing behind the frame's size is read", () => {
    fc.assert(
      fc.property(anything, fc.uint8Array({ maxLength: 64 }), (frame, behind) => {
        const wanted = answer(frame);
        const buffer = new Uint8Array(frame.length + behind.length);
        buffer.set(frame);
        buffer.set(behind, frame.length);
        const reply = new Uint8Array(buffer.length);
        const size = newResponder().respond(buffer, frame.length, reply);
        expect(Array.from(reply.subarray(0, size))).toEqual(wanted);
        expect(reply.subarray(size).every((byte) => byte === 0)).toBe(true);
      }),
      { seed, numRuns: 3000 },
    );
  });

  test("no two servers answer each other", () => {
    fc.assert(
      fc.property(anything, (frame) => {
        const reply = Uint8Array.from(answer(frame));
        if (reply.length === 0) return;
        const other = new Responder(reply.slice(0, 6), parsePlace("10.0.0.1/24"));
        expect(other.respond(reply, reply.length, reply)).toBe(0);
      }),
      { seed, numRuns: 3000 },
    );
  });

  test("buffers that can't hold the frame are refused before anything is counted", () => {
    const responder = newResponder();
    const frame = ping();
    expect(() => responder.respond(frame, frame.length + 1, frame)).toThrow(RangeError);
    expect(() => responder.respond(frame, frame.length, new Uint8Array(41))).toThrow(RangeError);
    expect(() => responder.respond(frame, -1, frame)).toThrow(RangeError);
    expect(() => responder.respond(frame, Number.NaN, frame)).toThrow(RangeError);
    expect(droppedCount(responder.counters)).toBe(0);
  });
});

test("the report names what was answered and each reason that occurred", () => {
  const responder = newResponder();
  for (const frame of [arpFrame(), ping(), udp(), udp(), udp({ targetPort: 9 })]) {
    answer(frame, responder);
  }
  answer(arpFrame().slice(0, 20), responder);
  expect(report(responder.counters)).toBe(
    [
      "answered 4: 1 ARP, 1 ICMP echo, 2 UDP echo",
      "dropped  2",
      "  arp.short          1",
      "  udp.port           1",
      "",
    ].join("\n"),
  );
});
