import { describe, expect, test } from "vitest";
import {
  AddressError,
  formatAddress,
  getAddress,
  parseAddress,
  parsePlace,
  setAddress,
} from "../src/address.ts";

describe("the server's address", () => {
  test("is read with its prefix, and the network's broadcast follows", () => {
    const place = parsePlace("10.0.0.2/24");
    expect(formatAddress(place.address)).toBe("10.0.0.2");
    expect(place.prefix).toBe(24);
    expect(formatAddress(place.broadcast)).toBe("10.0.0.255");
  });

  test.each([
    ["192.168.255.254/1", "255.255.255.255"],
    ["172.16.5.9/20", "172.16.15.255"],
    ["10.0.0.2/30", "10.0.0.3"],
    ["10.0.0.2/31", "10.0.0.2"],
    ["10.0.0.0/31", "10.0.0.0"],
    ["10.0.0.255/32", "10.0.0.255"],
  ])("%s has the broadcast address %s", (text, broadcast) => {
    expect(formatAddress(parsePlace(text).broadcast)).toBe(broadcast);
  });

  test.each([
    ["", "wanted ADDRESS/PREFIX"],
    ["10.0.0.2", "wanted ADDRESS/PREFIX"],
    ["10.0.0.2/", "wanted ADDRESS/PREFIX"],
    ["10.0.0.2/24 ", "wanted ADDRESS/PREFIX"],
    ["::1/64", "wanted ADDRESS/PREFIX"],
    ["10.0.0/24", "wanted an address"],
    ["10.0.0.0.2/24", "wanted an address"],
    ["10.0.0.02/24", "wanted an address"],
    ["10..0.2/24", "wanted an address"],
    ["10.0.0.256/24", "wanted numbers up to 255, got 256"],
    ["10.0.0.2/0", "wanted a prefix of 1 to 32 bits, got 0"],
    ["10.0.0.2/33", "wanted a prefix of 1 to 32 bits, got 33"],
    ["0.0.0.1/8", "not the address of a single host"],
    ["127.0.0.1/8", "not the address of a single host"],
    ["224.0.0.1/24", "not the address of a single host"],
    ["255.255.255.255/32", "not the address of a single host"],
    ["10.0.0.0/24", "is the name of the network"],
    ["10.0.0.255/24", "is the broadcast address"],
  ])("%j is refused: %s", (text, message) => {
    expect(() => parsePlace(text)).toThrow(AddressError);
    expect(() => parsePlace(text)).toThrow(message);
    expect(() => parsePlace(text)).toThrow(expect.objectContaining({ code: "ERR_ECHO_ADDRESS" }));
  });

  test("is written as it was read", () => {
    for (const text of ["1.2.3.4", "10.0.0.1", "192.168.0.255", "223.255.255.255"]) {
      expect(formatAddress(parseAddress(text))).toBe(text);
    }
  });

  test("stands in network byte order, at any alignment", () => {
    const bytes = new Uint8Array(8);
    setAddress(bytes, 3, parseAddress("200.1.2.250"));
    expect(Array.from(bytes)).toEqual([0, 0, 0, 200, 1, 2, 250, 0]);
    expect(formatAddress(getAddress(bytes, 3))).toBe("200.1.2.250");
  });
});
