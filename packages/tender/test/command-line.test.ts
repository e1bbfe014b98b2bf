import { describe, expect, test } from "vitest";
import { parseCommandLine, type RunCommand } from "../src/index.ts";

/** The run that a sound command line asks for. */
function run(...argv: string[]): RunCommand {
  const line = parseCommandLine(argv);
  if (line.kind === "faults") throw new Error(line.faults.join("\n"));
  if (line.command.kind !== "run") throw new Error(`wanted a run, got ${line.command.kind}`);
  return line.command;
}

function faults(...argv: string[]): readonly string[] {
  const line = parseCommandLine(argv);
  return line.kind === "faults" ? line.faults : [];
}

describe("a sound command line", () => {
  test("attaches devices in the order of their options and hands the rest to the program", () => {
    expect(
      run(
        ...["--net:service=tap0", "--block:disk=./disk.img", "--net:management=@5"],
        ...["--", "server.mjs", "--net:mine=too", "--", "x"],
      ),
    ).toEqual({
      kind: "run",
      devices: [
        { type: "NET_BASIC", name: "service", source: { tap: "tap0" } },
        { type: "BLOCK_BASIC", name: "disk", path: "./disk.img", sectorSize: 512 },
        { type: "NET_BASIC", name: "management", source: { fd: 5 } },
      ],
      program: "server.mjs",
      arguments: ["--net:mine=too", "--", "x"],
    });
  });

  test("says of a device what it has to say before or after the device", () => {
    expect(
      run(
        ...["--net-mac:a=02:AB:00:00:00:01", "--net:a=tap0"],
        ...["--block:b=x=y", "--block-sector-size:b=4096", "p.js"],
      ).devices,
    ).toEqual([
      { type: "NET_BASIC", name: "a", source: { tap: "tap0" }, mac: "02:ab:00:00:00:01" },
      { type: "BLOCK_BASIC", name: "b", path: "x=y", sectorSize: 4096 },
    ]);
  });

  test("needs neither devices nor --", () => {
    expect(run("p.mjs", "-v")).toEqual({
      kind: "run",
      devices: [],
      program: "p.mjs",
      arguments: ["-v"],
    });
  });

  test("takes a program whose name begins with a dash after --", () => {
    expect(run("--", "-p.mjs").program).toBe("-p.mjs");
    expect(run("--", "tap").program).toBe("tap");
  });

  test("takes names of 67 characters and 63 devices", () => {
    const name = "n".repeat(67);
    expect(run(`--net:${name}=tap0`, "p.js").devices[0]?.name).toBe(name);
    const options = Array.from({ length: 63 }, (_, index) => `--net:n${index}=tap${index}`);
    expect(run(...options, "p.js").devices).toHaveLength(63);
  });

  test("takes every power of two from 512 to 1 GiB as sector size", () => {
    for (let size = 512; size <= 2 ** 30; size *= 2) {
      const [device] = run("--block:d=x", `--block-sector-size:d=${size}`, "p.js").devices;
      expect(device).toMatchObject({ sectorSize: size });
    }
  });

  test.each(["--help", "-h"])("%s wins over faults and over the program", (option) => {
    expect(parseCommandLine(["--bogus", option, "p.js"])).toEqual({
      kind: "command",
      command: { kind: "help" },
    });
  });

  test("--debug is for the tender before the program, and the program's behind it", () => {
    expect(run("--debug", "p.js")).toMatchObject({ debug: true, arguments: [] });
    expect(run("--debug", "--net:n=tap0", "--", "p.js").debug).toBe(true);
    const behind = run("p.js", "--debug");
    expect(behind.arguments).toEqual(["--debug"]);
    expect(behind).not.toHaveProperty("debug");
  });

  test("--version asks for the version; behind the program it is the program's", () => {
    expect(parseCommandLine(["--version"])).toEqual({
      kind: "command",
      command: { kind: "version" },
    });
    expect(run("p.js", "--version", "--help").arguments).toEqual(["--version", "--help"]);
  });
});

describe("a faulty command line", () => {
  test.each<[string, string[], string]>([
    ["no arguments", [], "PROGRAM is missing: solo5-node [OPTIONS] [--] PROGRAM [ARGS]"],
    ["nothing after --", ["--"], "PROGRAM is missing"],
    ["an unknown option", ["--bogus=1", "p.js"], "--bogus=1: unknown option; solo5-node --help"],
    ["an unknown short option", ["-x", "p.js"], "-x: unknown option"],
    ["an option of a later version", ["--pcap:a=f", "p.js"], "--pcap:a=f: unknown option"],
    [
      "an option of solo5-hvt's",
      ["--mem=64", "p.js"],
      "--mem=64: unknown option; memory is Node's",
    ],
    [
      "no device name",
      ["--net=tap0", "p.js"],
      "--net=tap0: names no device; wanted is --net:NAME=tap0",
    ],
    ["no value", ["--net:a", "p.js"], "--net:a: has no value; wanted is --net:a=IFACE"],
    ["an empty device name", ["--net:=tap0", "p.js"], "--net:=tap0: the device name is missing"],
    [
      "a dash in a device name",
      ["--net:a-b=tap0", "p.js"],
      'name "a-b" may have letters and digits only',
    ],
    [
      "an umlaut in a device name",
      ["--net:ä=tap0", "p.js"],
      'name "ä" may have letters and digits only',
    ],
    ["a long device name", [`--net:${"n".repeat(68)}=t`, "p.js"], "has 68 characters; at most 67"],
    ["an empty interface name", ["--net:a=", "p.js"], "--net:a=: the interface name is missing"],
    ["a long interface name", ["--net:a=abcdefghijklmnop", "p.js"], "has 16 bytes; at most 15"],
    ["a slash in an interface name", ["--net:a=a/b", "p.js"], '"a/b" can\'t be an interface name'],
    [
      "a pattern as interface name",
      ["--net:a=tap%d", "p.js"],
      '"tap%d" can\'t be an interface name',
    ],
    ["dots as interface name", ["--net:a=..", "p.js"], '".." can\'t be an interface name'],
    [
      "a descriptor that is no number",
      ["--net:a=@x", "p.js"],
      '@ wants the number of an open descriptor, such as @3, and got "@x"',
    ],
    ["a negative descriptor", ["--net:a=@-1", "p.js"], "@ wants the number"],
    ["a descriptor past an int", ["--net:a=@2147483648", "p.js"], "@ wants the number"],
    [
      "a network device given twice",
      ["--net:a=tap0", "--net:a=tap1", "p.js"],
      '--net:a=tap1: the device name "a" is taken by --net:a=tap0',
    ],
    [
      "a block device given twice",
      ["--block:a=x", "--block:a=y", "p.js"],
      '--block:a=y: the device name "a" is taken by --block:a=x',
    ],
    [
      "one name for both kinds",
      ["--net:a=tap0", "--block:a=x", "p.js"],
      '--block:a=x: the device name "a" is taken by --net:a=tap0',
    ],
    [
      "one interface twice",
      ["--net:a=tap0", "--net:b=tap0", "p.js"],
      "--net:b=tap0: tap0 is attached by --net:a=tap0 already",
    ],
    [
      "one descriptor twice",
      ["--net:a=@3", "--net:b=@3", "p.js"],
      "--net:b=@3: @3 is attached by --net:a=@3 already",
    ],
    [
      "an address without its device",
      ["--net-mac:a=02:00:00:00:00:01", "p.js"],
      'no network device "a" is attached; add --net:a=IFACE',
    ],
    [
      "an address for a block device",
      ["--block:a=x", "--net-mac:a=02:00:00:00:00:01", "p.js"],
      '"a" is no network device, it is attached by --block:a=x',
    ],
    [
      "an address given twice",
      ["--net:a=t", "--net-mac:a=02:00:00:00:00:01", "--net-mac:a=02:00:00:00:00:01", "p.js"],
      "says it already; give it once",
    ],
    [
      "a multicast address",
      ["--net:a=t", "--net-mac:a=03:00:00:00:00:01", "p.js"],
      "03:00:00:00:00:01 is a multicast address (the lowest bit of its first byte is set); a device needs its own, such as 02:00:00:00:00:01",
    ],
    [
      "the broadcast address",
      ["--net:a=t", "--net-mac:a=ff:ff:ff:ff:ff:ff", "p.js"],
      "is a multicast address",
    ],
    [
      "an address of five bytes",
      ["--net:a=t", "--net-mac:a=02:00:00:00:01", "p.js"],
      "the hardware address 02:00:00:00:01 has 5 bytes; wanted are 6",
    ],
    [
      "an address of seven bytes",
      ["--net:a=t", "--net-mac:a=02:00:00:00:00:00:01", "p.js"],
      "has 7 bytes; wanted are 6",
    ],
    [
      "an address that is none",
      ["--net:a=t", "--net-mac:a=nonsense", "p.js"],
      '"nonsense" is no hardware address; wanted is one like 02:00:00:00:00:01',
    ],
    [
      "an address with one digit",
      ["--net:a=t", "--net-mac:a=2:0:0:0:0:1", "p.js"],
      "is no hardware address",
    ],
    [
      "an address of zeros",
      ["--net:a=t", "--net-mac:a=00:00:00:00:00:00", "p.js"],
      "an address of zeros only",
    ],
    [
      "an empty path",
      ["--block:d=", "p.js"],
      "--block:d=: the path of a file or block device is missing",
    ],
    [
      "a sector size without its device",
      ["--block-sector-size:d=512", "p.js"],
      'no block device "d" is attached; add --block:d=PATH',
    ],
    [
      "a sector size for a network device",
      ["--net:d=t", "--block-sector-size:d=512", "p.js"],
      '"d" is no block device, it is attached by --net:d=t',
    ],
    [
      "a sector size of 256",
      ["--block:d=x", "--block-sector-size:d=256", "p.js"],
      "the sector size 256 is not a power of two from 512 to 1 GiB (1073741824)",
    ],
    [
      "a sector size of 513",
      ["--block:d=x", "--block-sector-size:d=513", "p.js"],
      "the sector size 513 is not a power of two from 512 to 1 GiB (1073741824)",
    ],
    [
      "a sector size past 1 GiB",
      ["--block:d=x", `--block-sector-size:d=${2 ** 31}`, "p.js"],
      "is not a power of two",
    ],
    [
      "a sector size with a unit",
      ["--block:d=x", "--block-sector-size:d=4k", "p.js"],
      '"4k" is not a whole number of bytes',
    ],
    [
      "a value after a blank",
      ["--block:disk", "disk.img", "p.js"],
      "--block:disk: has no value; wanted is --block:disk=PATH",
    ],
  ])("names %s, and nothing else", (_, argv, fault) => {
    expect(faults(...argv)).toEqual([expect.stringContaining(fault)]);
  });

  test("names the 64th device", () => {
    const options = Array.from({ length: 64 }, (_, index) => `--net:n${index}=tap${index}`);
    expect(faults(...options, "p.js")).toEqual([
      "64 devices are attached; at most 63 are possible",
    ]);
  });

  test("names every fault at once", () => {
    const found = faults("--bogus", "--net:a=tap/0", "--block-sector-size:d=5", "--net-mac:b=x");
    expect(found).toEqual([
      expect.stringContaining("--bogus: unknown option"),
      expect.stringContaining("PROGRAM is missing"),
      expect.stringContaining("can't be an interface name"),
      expect.stringContaining("the sector size 5 is not"),
      expect.stringContaining('"x" is no hardware address'),
      expect.stringContaining('no network device "b" is attached'),
      expect.stringContaining('no block device "d" is attached'),
    ]);
  });

  test("keeps the sound part apart, without the devices that a fault concerns", () => {
    const line = parseCommandLine([
      ...["--bogus", "--net:a=tap0", "--net:b=tap1", "--net-mac:b=x"],
      ...["--block:c=f", "--block-sector-size:c=1", "--block:d=g", "p.js"],
    ]);
    expect(line).toMatchObject({
      kind: "faults",
      sound: {
        devices: [
          { name: "a", source: { tap: "tap0" } },
          { name: "d", path: "g" },
        ],
        program: "p.js",
      },
    });
  });

  test("makes control characters visible", () => {
    expect(faults("--net:a=\u001b[31m", "p.js")[0]).toContain('"--net:a=\\u001b[31m"');
  });
});
