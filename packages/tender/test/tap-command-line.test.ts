import { describe, expect, test } from "vitest";
import { parseCommandLine } from "../src/index.ts";

describe("solo5-node tap", () => {
  test.each<[string, string[], object]>([
    ["a name", ["create", "tap0"], { kind: "tap-create", name: "tap0" }],
    [
      "everything",
      ["create", "tap0", "10.0.0.1/24", "--mtu", "9000", "--user", "nobody"],
      { kind: "tap-create", name: "tap0", address: "10.0.0.1/24", mtu: 9000, user: "nobody" },
    ],
    [
      "an IPv6 address",
      ["create", "tap0", "fd00::1/64"],
      { kind: "tap-create", name: "tap0", address: "fd00::1/64" },
    ],
    [
      "options before the name and with =",
      ["create", "--mtu=1280", "--user=1000", "tap0"],
      { kind: "tap-create", name: "tap0", mtu: 1280, user: "1000" },
    ],
    ["a name to delete", ["delete", "tap0"], { kind: "tap-delete", name: "tap0" }],
    ["help", ["create", "--help"], { kind: "help" }],
    ["help alone", ["--help"], { kind: "help" }],
  ])("understands %s", (_, argv, command) => {
    expect(parseCommandLine(["tap", ...argv])).toEqual({ kind: "command", command });
  });

  test.each<[string, string[], string[]]>([
    ["no action", [], ["what to do is missing"]],
    ["an unknown action", ["list"], ['what to do can\'t be "list"']],
    ["no name", ["create"], ["tap create: IFACE is missing: solo5-node tap create IFACE"]],
    [
      "no name to delete",
      ["delete"],
      ["tap delete: IFACE is missing: solo5-node tap delete IFACE"],
    ],
    ["an invalid name", ["create", "a/b"], ['"a/b" can\'t be an interface name']],
    ["a name that is too long", ["delete", "abcdefghijklmnop"], ["has 16 bytes; at most 15"]],
    [
      "an address without prefix",
      ["create", "t", "10.0.0.1"],
      ["the address 10.0.0.1 has no prefix; wanted is one like 10.0.0.1/24"],
    ],
    [
      "a prefix past 32",
      ["create", "t", "10.0.0.1/33"],
      ['the prefix of "10.0.0.1/33" is not a whole number from 1 to 32'],
    ],
    [
      "an IPv6 prefix past 128",
      ["create", "t", "fd00::1/129"],
      ['the prefix of "fd00::1/129" is not a whole number from 1 to 128'],
    ],
    [
      "an IPv6 address without prefix",
      ["create", "t", "fd00::1"],
      ["the address fd00::1 has no prefix; wanted is one like fd00::1/64"],
    ],
    ["a zone", ["create", "t", "fe80::1%eth0/64"], ["is no address with prefix"]],
    ["two prefixes", ["create", "t", "10.0.0.1/8/9"], ['the prefix of "10.0.0.1/8/9" is not']],
    ["an empty prefix", ["create", "t", "10.0.0.1/"], ['the prefix of "10.0.0.1/" is not']],
    ["an octet past 255", ["create", "t", "10.0.0.256/24"], ["is no address with prefix"]],
    ["an address that is none", ["create", "t", "home"], ['"home" is no address with prefix']],
    [
      "an MTU that is none",
      ["create", "t", "--mtu", "big"],
      ['--mtu: wanted is an MTU of 68 to 65521 bytes, and got "big"'],
    ],
    ["an MTU too small", ["create", "t", "--mtu", "67"], ["68 to 65521"]],
    ["an MTU too large", ["create", "t", "--mtu=65522"], ["68 to 65521"]],
    ["an MTU without value", ["create", "t", "--mtu"], ["--mtu: its value is missing"]],
    [
      "an option given twice",
      ["create", "t", "--mtu", "68", "--mtu", "69"],
      ["--mtu: given twice"],
    ],
    ["an empty user", ["create", "t", "--user="], ["--user: a user's name or number is missing"]],
    [
      "an unknown option",
      ["create", "t", "--owner", "x"],
      ['"--owner": unknown option', '"x" is no address'],
    ],
    [
      "an option of create for delete",
      ["delete", "t", "--mtu=1500"],
      ['"--mtu=1500": unknown option'],
    ],
    [
      "too many arguments",
      ["delete", "a", "b", "c"],
      ['"b": one argument too many', '"c": one argument too many'],
    ],
    [
      "several faults",
      ["create", "a b", "x", "--mtu=1"],
      ["can't be an interface name", "is no address", "--mtu: wanted"],
    ],
  ])("names %s", (_, argv, faults) => {
    expect(parseCommandLine(["tap", ...argv])).toMatchObject({
      kind: "faults",
      faults: faults.map((fault) => expect.stringContaining(fault)),
    });
  });
});
