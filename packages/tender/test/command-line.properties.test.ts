import fc from "fast-check";
import { expect, test } from "vitest";
import { type Attachment, parseCommandLine } from "../src/index.ts";

const seed = Number(process.env["SEED"] ?? 1);
const options = { seed, numRuns: 2000 };

/** Arguments that look like ours more often than chance would have it. */
const argument = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("--", "-", "--help", "tap", "create", "delete", "p.mjs", "--mtu", "--user", "@3"),
  fc
    .tuple(
      fc.constantFrom("net", "net-mac", "block", "block-sector-size", "pcap", ""),
      fc.constantFrom(":", "", "="),
      fc.oneof(fc.constantFrom("a", "b", ""), fc.string()),
      fc.constantFrom("=", "", ":"),
      fc.oneof(fc.constantFrom("tap0", "@3", "512", "02:00:00:00:00:01"), fc.string()),
    )
    .map((parts) => `--${parts.join("")}`),
);

test("any arguments give a command or at least one fault, and never an exception", () => {
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 12 }), (argv) => {
      const line = parseCommandLine(argv);
      if (line.kind === "faults") {
        expect(line.faults.length).toBeGreaterThan(0);
        for (const fault of line.faults) expect(fault.length).toBeGreaterThan(10);
      } else if (line.command.kind === "run") {
        expectSound(line.command.devices);
        // The program and its arguments are the tail of what was given, untouched.
        const tail = [line.command.program, ...line.command.arguments];
        expect(argv.slice(argv.length - tail.length)).toEqual(tail);
      }
      if (line.kind === "faults") expectSound(line.sound.devices);
    }),
    options,
  );
});

test("every sound run is read back from its own spelling", () => {
  const name = fc.stringMatching(/^[A-Za-z0-9]{1,67}$/);
  const byte = fc.nat(255).map((value) => value.toString(16).padStart(2, "0"));
  const mac = fc
    .tuple(fc.nat(63), fc.array(byte, { minLength: 5, maxLength: 5 }))
    .map(([first, rest]) => [(first * 4 + 2).toString(16).padStart(2, "0"), ...rest].join(":"));
  const net = fc.record(
    {
      type: fc.constant("NET_BASIC" as const),
      source: fc.oneof(
        fc.record({ tap: fc.stringMatching(/^[a-z0-9_.-]{1,14}x$/) }),
        fc.record({ fd: fc.nat() }),
      ),
      mac,
    },
    { requiredKeys: ["type", "source"] },
  );
  const block = fc.record({
    type: fc.constant("BLOCK_BASIC" as const),
    path: fc.string({ minLength: 1 }),
    sectorSize: fc.integer({ min: 9, max: 30 }).map((exponent) => 2 ** exponent),
  });
  const devices = fc.uniqueArray(
    fc.tuple(name, fc.oneof(net, block)).map(([name, device]) => ({ name, ...device })),
    {
      maxLength: 63,
      selector: (device) => device.name,
    },
  );
  fc.assert(
    fc.property(devices, fc.array(fc.string()), (all, args) => {
      const sources = all.map((device) =>
        "source" in device ? JSON.stringify(device.source) : device.name,
      );
      fc.pre(new Set(sources).size === sources.length);
      const line = parseCommandLine([...all.flatMap(spelled), "--", "p.mjs", ...args]);
      expect(line).toEqual({
        kind: "command",
        command: { kind: "run", devices: all, program: "p.mjs", arguments: args },
      });
    }),
    { seed, numRuns: 300 },
  );
});

function spelled(device: Attachment): string[] {
  if (device.type === "BLOCK_BASIC") {
    return [
      `--block-sector-size:${device.name}=${device.sectorSize}`,
      `--block:${device.name}=${device.path}`,
    ];
  }
  const source = "fd" in device.source ? `@${device.source.fd}` : device.source.tap;
  const net = `--net:${device.name}=${source}`;
  return device.mac === undefined ? [net] : [`--net-mac:${device.name}=${device.mac}`, net];
}

function expectSound(devices: readonly Attachment[]): void {
  expect(new Set(devices.map((device) => device.name)).size).toBe(devices.length);
  for (const device of devices) {
    expect(device.name).toMatch(/^[A-Za-z0-9]{1,67}$/);
    if (device.type === "BLOCK_BASIC") {
      expect(device.sectorSize).toBeGreaterThanOrEqual(512);
      expect(Number.isInteger(Math.log2(device.sectorSize))).toBe(true);
    } else if (device.mac !== undefined) {
      expect(device.mac).toMatch(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/);
    }
  }
}
