import fc from "fast-check";
import { expect, test } from "vitest";
import {
  BROADCAST_MAC,
  copyMac,
  ETHERNET_SIZE,
  ethernetAddressee,
  ethernetSource,
  ethernetType,
  isInterfaceMac,
  isMac,
  MAC_SIZE,
  TYPE_ARP,
  writeEthernet,
} from "../../src/wire.ts";
import { hex } from "./hex.ts";
import { seed } from "./seed.ts";

const ours = hex("02 00 00 00 00 01");
const theirs = hex("02 00 00 00 00 02");
const macs = fc.uint8Array({ minLength: MAC_SIZE, maxLength: MAC_SIZE });

test("a header that is written stands as on the wire", () => {
  const frame = new Uint8Array(16).fill(0xee);
  writeEthernet(frame, 1, BROADCAST_MAC, ours, TYPE_ARP);
  expect(frame).toEqual(hex("ee ffffffffffff 020000000001 0806 ee"));
});

test("what is written is read again, at any offset", () => {
  fc.assert(
    fc.property(macs, macs, fc.nat(0xffff), fc.nat(9), (target, source, type, offset) => {
      const frame = new Uint8Array(offset + ETHERNET_SIZE);
      writeEthernet(frame, offset, target, source, type);
      expect(isMac(frame, offset, target)).toBe(true);
      expect(isMac(frame, ethernetSource(offset), source)).toBe(true);
      expect(ethernetType(frame, offset)).toBe(type);
    }),
    { seed },
  );
});

test.each([
  ["02 00 00 00 00 01", "one"],
  ["ff ff ff ff ff ff", "all"],
  ["01 00 5e 00 00 01", "group"],
  ["ff ff ff ff ff fe", "group"],
  ["02 00 00 00 00 02", "other"],
  ["00 00 00 00 00 00", "other"],
])("a frame to %s is for %s", (target, addressee) => {
  const frame = new Uint8Array(ETHERNET_SIZE);
  writeEthernet(frame, 0, hex(target), theirs, TYPE_ARP);
  expect(ethernetAddressee(frame, 0, ours)).toBe(addressee);
});

test.each([
  ["02 00 00 00 00 01", true],
  ["00 00 00 00 00 01", true],
  ["00 00 00 00 00 00", false],
  ["01 00 00 00 00 00", false],
  ["ff ff ff ff ff ff", false],
])("%s can be an interface's address: %s", (mac, isOne) => {
  expect(isInterfaceMac(hex(`ee ${mac}`), 1)).toBe(isOne);
});

test("copying an address moves six bytes and no more", () => {
  const target = new Uint8Array(8).fill(0xee);
  copyMac(hex("aa 010203040506 bb"), 1, target, 1);
  expect(target).toEqual(hex("ee 010203040506 ee"));
});
