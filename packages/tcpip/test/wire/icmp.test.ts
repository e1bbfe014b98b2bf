import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addWords,
  CODE_PORT_UNREACHABLE,
  ICMP_ECHO,
  ICMP_ECHO_REPLY,
  ICMP_SIZE,
  ICMP_UNREACHABLE,
  icmpCode,
  icmpFault,
  icmpIdentifier,
  icmpNextMtu,
  icmpSequence,
  icmpType,
  isIntact,
  writeEcho,
  writeIcmpError,
} from "../../src/wire.ts";
import { hex } from "./hex.ts";
import { expectNoPeeking } from "./no-peeking.ts";
import { seed } from "./seed.ts";

// As Linux' ping sends it, with ten bytes of data.
const echo = hex("0800 f3fe 1234 0001 10111213141516171819");

test("an echo that is written stands as on the wire", () => {
  const bytes = echo.slice();
  bytes.fill(0xee, 0, 8);
  writeEcho(bytes, 0, bytes.length, ICMP_ECHO, 0x1234, 1);
  expect(isIntact(addWords(0, bytes, 0, bytes.length))).toBe(true);
  bytes.fill(0, 2, 4);
  expect(bytes).toEqual(hex("0800 0000 1234 0001 10111213141516171819"));
});

test("an echo that is written is in order and is read again", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(ICMP_ECHO, ICMP_ECHO_REPLY),
      fc.nat(0xffff),
      fc.nat(0xffff),
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(9),
      (type, identifier, sequence, data, offset) => {
        const size = ICMP_SIZE + data.length;
        const bytes = new Uint8Array(offset + size).fill(0xee);
        bytes.set(data, offset + ICMP_SIZE);
        writeEcho(bytes, offset, size, type, identifier, sequence);
        expect(icmpFault(bytes, offset, size)).toBe(null);
        expect(icmpType(bytes, offset)).toBe(type);
        expect(icmpCode(bytes, offset)).toBe(0);
        expect(icmpIdentifier(bytes, offset)).toBe(identifier);
        expect(icmpSequence(bytes, offset)).toBe(sequence);
        expect(bytes.slice(offset + ICMP_SIZE)).toEqual(data);
      },
    ),
    { seed },
  );
});

test("an error that is written is in order, its unused field zero", () => {
  const bytes = new Uint8Array(ICMP_SIZE + 28).fill(0x45);
  writeIcmpError(bytes, 0, bytes.length, ICMP_UNREACHABLE, CODE_PORT_UNREACHABLE);
  expect(icmpFault(bytes, 0, bytes.length)).toBe(null);
  expect([icmpType(bytes, 0), icmpCode(bytes, 0), icmpNextMtu(bytes, 0)]).toEqual([3, 3, 0]);
  expect(bytes.slice(4, 8)).toEqual(new Uint8Array(4));
});

test("the next link's MTU is read", () => {
  expect(icmpNextMtu(hex("0304 0000 0000 0578"), 0)).toBe(1400);
});

test("a message that is too short or has any bit flipped is refused", () => {
  const bytes = echo.slice();
  writeEcho(bytes, 0, bytes.length, ICMP_ECHO, 0x1234, 1);
  expect(icmpFault(bytes, 0, 7)).toBe("icmp.short");
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(icmpFault(bytes, 0, bytes.length)).toBe("icmp.checksum");
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  }
});

test("any bytes are refused or read, and none outside", () => {
  expectNoPeeking(
    (bytes, offset, size) => {
      const fault = icmpFault(bytes, offset, size);
      return fault ?? [icmpType, icmpCode, icmpSequence].map((read) => read(bytes, offset));
    },
    [echo],
  );
});
