import { expect, test } from "vitest";
import { formatAddress, parseAddress } from "../../src/index.ts";
import { parsePlace, Routes } from "../../src/layers.ts";

const table = new Routes(parsePlace("10.0.0.2/24"), "10.0.0.1", [
  { to: "10.1.0.0/16", via: "10.0.0.3" },
  { to: "10.1.2.0/24", via: "10.0.0.4" },
  { to: "10.1.2.9/32", via: "10.0.0.5" },
]);

test.each([
  ["10.0.0.77", "10.0.0.77"],
  ["10.0.1.77", "10.0.0.1"],
  ["192.168.0.1", "10.0.0.1"],
  ["223.255.255.254", "10.0.0.1"],
  ["10.1.9.9", "10.0.0.3"],
  ["10.1.2.3", "10.0.0.4"],
  ["10.1.2.9", "10.0.0.5"],
  ["255.255.255.255", "255.255.255.255"],
  ["10.0.0.255", "255.255.255.255"],
  ["10.0.0.2", null],
  ["10.0.0.0", null],
  ["0.0.0.0", null],
  ["127.0.0.1", null],
  ["224.0.0.1", null],
  ["240.0.0.1", null],
])("a packet to %s goes to %s first", (target, hop) => {
  const nextHop = table.nextHop(parseAddress(target));
  expect(nextHop === null ? null : formatAddress(nextHop)).toBe(hop);
});

test("without a gateway there is nothing but the link", () => {
  const link = new Routes(parsePlace("10.0.0.2/24"), null);
  expect(link.nextHop(parseAddress("10.0.1.1"))).toBe(null);
  expect(link.nextHop(parseAddress("10.0.0.1"))).toBe(parseAddress("10.0.0.1"));
});

test("on a link of two there is no broadcast address but everybody's", () => {
  const pair = new Routes(parsePlace("10.0.0.2/31"), null);
  expect(pair.nextHop(parseAddress("10.0.0.3"))).toBe(parseAddress("10.0.0.3"));
  expect(pair.isBroadcast(parseAddress("10.0.0.3"))).toBe(false);
  expect(pair.nextHop(-1)).toBe(-1);
});

test("a host alone in its network reaches all by its gateway, wherever that is", () => {
  const alone = new Routes(parsePlace("10.0.0.2/32"), "172.16.0.1");
  const gateway = parseAddress("172.16.0.1");
  expect(alone.nextHop(parseAddress("10.0.0.3"))).toBe(gateway);
  expect(alone.nextHop(gateway)).toBe(gateway);
  expect(alone.isOnLink(gateway)).toBe(true);
  expect(alone.isOnLink(parseAddress("10.0.0.3"))).toBe(false);
});

test.each([
  ["another network's", "10.0.1.1"],
  ["our own", "10.0.0.2"],
  ["the broadcast address", "10.0.0.255"],
  ["the network's address", "10.0.0.0"],
  ["no address", "gateway"],
])("a gateway that is %s is refused", (_, gateway) => {
  const refused = expect.objectContaining({ code: "ERR_SOLO5_INVALID_ARGUMENT" });
  expect(() => new Routes(parsePlace("10.0.0.2/24"), gateway)).toThrow(refused);
});
