import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ARP_REPLY,
  ARP_REQUEST,
  ARP_SIZE,
  arpFault,
  arpOperation,
  arpSender,
  arpSenderMac,
  arpTarget,
  isMac,
  writeArp,
} from "../../src/wire.ts";
import { hex } from "./hex.ts";
import { expectNoPeeking } from "./no-peeking.ts";
import { seed } from "./seed.ts";

const request = hex("0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002");
const reply = hex("0001 0800 06 04 0002 020000000002 0a000002 020000000001 0a000001");

test("a request and a reply that are written stand as on the wire", () => {
  const bytes = new Uint8Array(ARP_SIZE);
  const ours = hex("020000000001");
  writeArp(bytes, 0, ARP_REQUEST, ours, 0x0a000001, null, 0x0a000002);
  expect(bytes).toEqual(request);
  writeArp(bytes, 0, ARP_REPLY, hex("020000000002"), 0x0a000002, ours, 0x0a000001);
  expect(bytes).toEqual(reply);
});

test("what is written is in order and is read again", () => {
  // The sender's is an interface's address: no group's, not zero.
  const macs = fc.uint8Array({ minLength: 6, maxLength: 6 }).map((mac) => {
    mac[0] = ((mac[0] as number) & 0xfe) | 2;
    return mac;
  });
  const addresses = fc.integer();
  fc.assert(
    fc.property(
      fc.constantFrom(ARP_REQUEST, ARP_REPLY),
      macs,
      addresses,
      fc.option(macs),
      addresses,
      fc.nat(7),
      (operation, mac, sender, targetMac, target, offset) => {
        const bytes = new Uint8Array(offset + ARP_SIZE).fill(0xee);
        writeArp(bytes, offset, operation, mac, sender, targetMac, target);
        expect(arpFault(bytes, offset, ARP_SIZE)).toBe(null);
        expect(arpOperation(bytes, offset)).toBe(operation);
        expect(isMac(bytes, arpSenderMac(offset), mac)).toBe(true);
        expect(arpSender(bytes, offset)).toBe(sender);
        expect(arpTarget(bytes, offset)).toBe(target);
        expect(isMac(bytes, offset + 18, targetMac ?? new Uint8Array(6))).toBe(true);
      },
    ),
    { seed },
  );
});

test.each([
  ["cut by one byte", request.slice(0, 27), "arp.short"],
  ["empty", new Uint8Array(0), "arp.short"],
  [
    "of other hardware",
    hex("0006 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002"),
    "arp.format",
  ],
  [
    "of another protocol",
    hex("0001 86dd 06 04 0001 020000000001 0a000001 000000000000 0a000002"),
    "arp.format",
  ],
  [
    "with long addresses",
    hex("0001 0800 06 10 0001 020000000001 0a000001 000000000000 0a000002"),
    "arp.format",
  ],
  [
    "with operation 0",
    hex("0001 0800 06 04 0000 020000000001 0a000001 000000000000 0a000002"),
    "arp.operation",
  ],
  [
    "of reverse ARP",
    hex("0001 0800 06 04 0003 020000000001 0a000001 000000000000 0a000002"),
    "arp.operation",
  ],
  [
    "from a group",
    hex("0001 0800 06 04 0001 030000000001 0a000001 000000000000 0a000002"),
    "arp.sender",
  ],
  [
    "from nobody",
    hex("0001 0800 06 04 0001 000000000000 0a000001 000000000000 0a000002"),
    "arp.sender",
  ],
])("a packet %s is refused", (_, bytes, fault) => {
  expect(arpFault(bytes, 0, bytes.length)).toBe(fault);
});

test("padding behind a packet does not matter", () => {
  const padded = new Uint8Array(46);
  padded.set(request);
  expect(arpFault(padded, 0, 46)).toBe(null);
});

test("any bytes are refused or read, and none outside", () => {
  expectNoPeeking(
    (bytes, offset, size) => {
      const fault = arpFault(bytes, offset, size);
      if (fault !== null) return fault;
      return [arpOperation(bytes, offset), arpSender(bytes, offset), arpTarget(bytes, offset)];
    },
    [request, reply],
  );
});
