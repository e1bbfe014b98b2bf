import fc from "fast-check";
import { expect, test } from "vitest";
import {
  hasUdpChecksum,
  ipv4PseudoHeader,
  isUdpIntact,
  PROTOCOL_UDP,
  read16,
  UDP_SIZE,
  udpFault,
  udpSize,
  udpSourcePort,
  udpTargetPort,
  writeUdp,
} from "../../src/wire.ts";
import { hex } from "./hex.ts";
import { expectNoPeeking } from "./no-peeking.ts";
import { seed } from "./seed.ts";

const pseudoHeader = (size: number) => ipv4PseudoHeader(0x0a000001, 0x0a000002, PROTOCOL_UDP, size);

test("a header that is written stands as on the wire", () => {
  // "hi" from 10.0.0.1 port 4660 to 10.0.0.2 port 7; the checksum by hand: the words of the
  // pseudo-header 0a00 0001 0a00 0002 0011 000a, then 1234 0007 000a 6869 sum to 8ece.
  const bytes = hex("eeeeeeeeeeeeeeee 6869");
  writeUdp(bytes, 0, 0x1234, 7, 10, pseudoHeader(10));
  const sum = 0x0a00 + 1 + 0x0a00 + 2 + 0x11 + 10 + 0x1234 + 7 + 10 + 0x6869;
  expect(read16(bytes, 6)).toBe(0xffff - sum);
  expect(bytes.slice(0, 6)).toEqual(hex("1234 0007 000a"));
  expect(bytes.slice(8)).toEqual(hex("6869"));
});

test("what is written is in order and is read again", () => {
  fc.assert(
    fc.property(
      fc.nat(0xffff),
      fc.nat(0xffff),
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(9),
      (source, target, data, offset) => {
        const size = UDP_SIZE + data.length;
        const bytes = new Uint8Array(offset + size).fill(0xee);
        bytes.set(data, offset + UDP_SIZE);
        writeUdp(bytes, offset, source, target, size, pseudoHeader(size));
        expect(udpFault(bytes, offset, size)).toBe(null);
        expect(udpSourcePort(bytes, offset)).toBe(source);
        expect(udpTargetPort(bytes, offset)).toBe(target);
        expect(udpSize(bytes, offset)).toBe(size);
        expect(hasUdpChecksum(bytes, offset)).toBe(true);
        expect(isUdpIntact(bytes, offset, size, pseudoHeader(size))).toBe(true);
        expect(isUdpIntact(bytes, offset, size, pseudoHeader(size) + 1)).toBe(false);
      },
    ),
    { seed },
  );
});

test("a sum that comes out as zero is sent as ffff, since zero means none", () => {
  const bytes = new Uint8Array(10);
  writeUdp(bytes, 0, 0, 0, 10, pseudoHeader(10));
  // What is missing for a sum of ffff, put into the data, makes the checksum 0.
  bytes.set([(read16(bytes, 6) >>> 8) & 0xff, read16(bytes, 6) & 0xff], 8);
  writeUdp(bytes, 0, 0, 0, 10, pseudoHeader(10));
  expect(read16(bytes, 6)).toBe(0xffff);
  expect(isUdpIntact(bytes, 0, 10, pseudoHeader(10))).toBe(true);
});

test.each([
  ["cut in its header", hex("1234 0007 0008 00"), "udp.short"],
  ["that says it has 7 bytes", hex("1234 0007 0007 0000"), "udp.size"],
  ["that says it has 0 bytes", hex("1234 0007 0000 0000"), "udp.size"],
  ["that says it is longer than it is", hex("1234 0007 0009 0000"), "udp.size"],
])("a datagram %s is refused", (_, bytes, fault) => {
  expect(udpFault(bytes, 0, bytes.length)).toBe(fault);
});

test("a datagram may be shorter than its packet", () => {
  expect(udpFault(hex("1234 0007 0008 0000 ffff"), 0, 10)).toBe(null);
});

test("any bytes are refused or read, and none outside", () => {
  expectNoPeeking(
    (bytes, offset, size) => {
      const fault = udpFault(bytes, offset, size);
      if (fault !== null) return fault;
      const datagram = udpSize(bytes, offset);
      return [udpSourcePort(bytes, offset), isUdpIntact(bytes, offset, datagram, 5)];
    },
    [hex("1234 0007 000c 0000 01020304"), hex("1234 0007 0008 0000")],
  );
});
