import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addWords,
  checksumOf,
  DO_NOT_FRAGMENT,
  hasMoreFragments,
  IPV4_SIZE,
  ipv4Fault,
  ipv4FragmentOffset,
  ipv4HeaderSize,
  ipv4Hops,
  ipv4Identification,
  ipv4Protocol,
  ipv4PseudoHeader,
  ipv4Source,
  ipv4Target,
  ipv4TotalSize,
  isIpv4Fragment,
  MORE_FRAGMENTS,
  PROTOCOL_UDP,
  write16,
  writeIpv4,
} from "../../src/wire.ts";
import { hex } from "./hex.ts";
import { expectNoPeeking } from "./no-peeking.ts";
import { seed } from "./seed.ts";

/** A header with a right checksum, whatever else is wrong with it. */
function sealed(text: string, size = text.replace(/\s/g, "").length / 2): Uint8Array {
  const bytes = hex(text);
  write16(bytes, 10, 0);
  write16(bytes, 10, checksumOf(addWords(0, bytes, 0, size)));
  return bytes;
}

const plain = hex("45 00 0014 1c46 4000 40 06 b20e ac100a63 ac100a0c");
const withOptions = sealed(
  "47 00 001c 0001 0000 40 11 0000 0a000001 0a000002 94 04 0000 01 01 01 00",
);
const fragment = sealed("45 00 001c 0001 2003 40 11 0000 0a000001 0a000002 0102030405060708", 20);

test("a well-known header is read", () => {
  const bytes = hex("4500003c1c4640004006b1e6ac100a63ac100a0c");
  const whole = new Uint8Array(60);
  whole.set(bytes);
  expect(ipv4Fault(whole, 0, 60)).toBe(null);
  expect(ipv4HeaderSize(whole, 0)).toBe(20);
  expect(ipv4TotalSize(whole, 0)).toBe(60);
  expect(ipv4Identification(whole, 0)).toBe(0x1c46);
  expect(isIpv4Fragment(whole, 0)).toBe(false);
  expect(ipv4Hops(whole, 0)).toBe(64);
  expect(ipv4Protocol(whole, 0)).toBe(6);
  expect(ipv4Source(whole, 0)).toBe(0xac100a63 | 0);
  expect(ipv4Target(whole, 0)).toBe(0xac100a0c | 0);
});

test("a header that is written stands as on the wire", () => {
  const bytes = new Uint8Array(22).fill(0xee);
  writeIpv4(bytes, 1, 20, 0, 0x1c46, DO_NOT_FRAGMENT, 64, 6, 0xac100a63, 0xac100a0c);
  expect(bytes.slice(1, 21)).toEqual(plain);
  expect([bytes[0], bytes[21]]).toEqual([0xee, 0xee]);
});

test("what is written is in order and is read again", () => {
  fc.assert(
    fc.property(
      fc.record({
        payloadSize: fc.nat(100),
        trafficClass: fc.nat(255),
        identification: fc.nat(0xffff),
        units: fc.nat(0x1fff),
        more: fc.boolean(),
        hops: fc.nat(255),
        protocol: fc.nat(255),
        source: fc.integer(),
        target: fc.integer(),
        offset: fc.nat(17),
      }),
      ({ payloadSize, units, more, offset, ...it }) => {
        const size = IPV4_SIZE + payloadSize;
        const bytes = new Uint8Array(offset + size).fill(0xee);
        const bits = units | (more ? MORE_FRAGMENTS : 0);
        writeIpv4(
          bytes,
          offset,
          size,
          it.trafficClass,
          it.identification,
          bits,
          it.hops,
          it.protocol,
          it.source,
          it.target,
        );
        expect(ipv4Fault(bytes, offset, size)).toBe(null);
        expect(ipv4HeaderSize(bytes, offset)).toBe(IPV4_SIZE);
        expect(ipv4TotalSize(bytes, offset)).toBe(size);
        expect(bytes[offset + 1]).toBe(it.trafficClass);
        expect(ipv4Identification(bytes, offset)).toBe(it.identification);
        expect(ipv4FragmentOffset(bytes, offset)).toBe(units * 8);
        expect(hasMoreFragments(bytes, offset)).toBe(more);
        expect(isIpv4Fragment(bytes, offset)).toBe(more || units > 0);
        expect(ipv4Hops(bytes, offset)).toBe(it.hops);
        expect(ipv4Protocol(bytes, offset)).toBe(it.protocol);
        expect(ipv4Source(bytes, offset)).toBe(it.source);
        expect(ipv4Target(bytes, offset)).toBe(it.target);
      },
    ),
    { seed },
  );
});

test("options are skipped: what is behind them is the payload", () => {
  expect(ipv4Fault(withOptions, 0, withOptions.length)).toBe(null);
  expect(ipv4HeaderSize(withOptions, 0)).toBe(28);
});

const short = "0014 0001 0000 40 11 0000 0a000001 0a000002";
const long = "001c 0001 0000 40 11 0000 0a000001 0a000002";
test.each([
  ["cut by one byte", plain.slice(0, 19), "ipv4.short"],
  ["of version 6", sealed(`65 00 ${short}`), "ipv4.version"],
  ["with a header of 16 bytes", sealed(`44 00 ${short}`), "ipv4.header-size"],
  ["with a header longer than itself", sealed(`46 00 ${short}`), "ipv4.header-size"],
  [
    "with a wrong checksum",
    hex("45 00 0014 1c46 4000 40 06 b20f ac100a63 ac100a0c"),
    "ipv4.checksum",
  ],
  [
    "that says it is shorter than its header",
    sealed(`45 00 0013 ${short.slice(5)}`),
    "ipv4.total-size",
  ],
  ["that says it is longer than it is", sealed(`45 00 0015 ${short.slice(5)}`), "ipv4.total-size"],
  ["with a loose source route", sealed(`47 00 ${long} 83 07 04 0a000003 00`), "ipv4.options"],
  ["with a strict source route", sealed(`47 00 ${long} 89 07 04 0a000003 00`), "ipv4.options"],
  ["with an option of size 0", sealed(`47 00 ${long} 94 00 0000 01 01 01 00`), "ipv4.options"],
  ["with an option of size 1", sealed(`47 00 ${long} 94 01 0000 01 01 01 00`), "ipv4.options"],
  [
    "with an option that runs over the end",
    sealed(`47 00 ${long} 94 09 0000 01 01 01 00`),
    "ipv4.options",
  ],
  [
    "with an option without a size",
    sealed(`47 00 ${long} 01 01 01 01 01 01 01 94`),
    "ipv4.options",
  ],
])("a packet %s is refused", (_, bytes, fault) => {
  expect(ipv4Fault(bytes, 0, bytes.length)).toBe(fault);
});

test("the pseudo-header sums the words of addresses, protocol and size", () => {
  const bytes = hex("ac100a63 c0a80a0c 00 11 fff7");
  const sum = ipv4PseudoHeader(0xac100a63 | 0, 0xc0a80a0c | 0, PROTOCOL_UDP, 0xfff7);
  expect(sum).toBe(addWords(0, bytes, 0, bytes.length));
});

test("any bytes are refused or read, and none outside", () => {
  expectNoPeeking(
    (bytes, offset, size) => {
      const fault = ipv4Fault(bytes, offset, size);
      if (fault !== null) return fault;
      return [ipv4HeaderSize, ipv4TotalSize, ipv4FragmentOffset, ipv4Source, ipv4Target].map(
        (read) => read(bytes, offset),
      );
    },
    [plain, withOptions, fragment],
  );
});

test("whatever options there are, their reading comes to an end inside the header", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 40, maxLength: 40 }), (options) => {
      const bytes = new Uint8Array(60);
      writeIpv4(bytes, 0, 60, 0, 0, 0, 64, 17, 0x0a000001, 0x0a000002);
      bytes[0] = 0x4f;
      bytes.set(options, 20);
      write16(bytes, 10, 0);
      write16(bytes, 10, checksumOf(addWords(0, bytes, 0, 60)));
      expect([null, "ipv4.options"]).toContain(ipv4Fault(bytes, 0, 60));
    }),
    { seed, numRuns: 1000 },
  );
});
