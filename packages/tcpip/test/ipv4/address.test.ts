import fc from "fast-check";
import { expect, test } from "vitest";
import { formatAddress, parseAddress } from "../../src/index.ts";
import { parsePlace } from "../../src/layers.ts";
import { seed } from "../wire/seed.ts";

test("an address is a signed number of 32 bits", () => {
  expect(parseAddress("10.0.0.2")).toBe(0x0a000002);
  expect(parseAddress("192.168.0.1")).toBe(0xc0a80001 | 0);
  expect(parseAddress("255.255.255.255")).toBe(-1);
  expect(parseAddress("0.0.0.0")).toBe(0);
});

test("every address is told in words and read again", () => {
  fc.assert(
    fc.property(fc.integer(), (address) => {
      expect(parseAddress(formatAddress(address))).toBe(address);
    }),
    { seed },
  );
});

const refused = expect.objectContaining({ code: "ERR_SOLO5_INVALID_ARGUMENT" });

test.each([
  "",
  "10.0.0",
  "10.0.0.0.1",
  "10.0.0.256",
  "10.0.0.01",
  "0x0a.0.0.1",
  " 10.0.0.1",
  "10.0.0.1/24",
  "::1",
  "1e1.0.0.1",
])("%o is no address", (text) => {
  expect(() => parseAddress(text)).toThrow(refused);
});

test.each([
  ["10.0.0.2/24", "10.0.0.0", "10.0.0.255"],
  ["10.1.2.3/8", "10.0.0.0", "10.255.255.255"],
  ["192.168.7.9/30", "192.168.7.8", "192.168.7.11"],
  ["192.168.7.8/31", "192.168.7.8", "192.168.7.8"],
  ["192.168.7.9/32", "192.168.7.9", "192.168.7.9"],
  ["128.0.0.1/1", "128.0.0.0", "255.255.255.255"],
])("%s is in network %s with broadcast address %s", (text, network, broadcast) => {
  const place = parsePlace(text);
  expect(formatAddress(place.network)).toBe(network);
  expect(formatAddress(place.broadcast)).toBe(broadcast);
});

test.each([
  ["10.0.0.2", "no prefix"],
  ["10.0.0.2/0", "no network"],
  ["10.0.0.2/33", "prefix"],
  ["10.0.0.0/24", "the network"],
  ["10.0.0.255/24", "the broadcast address"],
  ["0.0.0.1/24", "this network"],
  ["127.0.0.1/8", "loopback"],
  ["224.0.0.1/24", "a group"],
  ["255.255.255.255/32", "everybody"],
])("%s is no host's: %s", (text) => {
  expect(() => parsePlace(text)).toThrow(refused);
});
