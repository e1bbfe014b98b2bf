// Programs of the kernel's side against our stack, over a TAP interface in a namespace of the test's own. Each run is captured, and
// every frame of ours in it has right checksums and is well formed: by a check of our own, and by tcpdump's.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Namespace,
  namespace,
  type Program,
} from "../../../bindings/test/kernel/namespace.ts";
import { type Findings, inspect } from "./inspect.ts";
import { readPcap } from "./pcap.ts";
import type { Plant, Setting } from "./programs/captured.ts";
import { describeWith, reread } from "./tools.ts";

const PROGRAM = new URL("./programs/interop.ts", import.meta.url);
const TIMEOUT = { timeout: 90_000 };
const TOOLS = ["tcpdump", "ping", "nc", "iperf3", "curl"];

const FAULTS = { loss: 0.02, duplication: 0.02, corruption: 0.01, reordering: 0.05 };

describeWith(TOOLS, "our stack and the kernel's programs", () => {
  let inside: Namespace;
  let program: Program<typeof import("./programs/interop.ts")>;
  let folder: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "miou-solo5-interop-"));
    inside = await namespace();
    program = inside.program(PROGRAM, { timeout: 80_000 });
  });
  afterEach(async () => {
    await inside.close();
    rmSync(folder, { recursive: true });
  });

  function capture(
    name: "interface" | "stack",
  ): Findings & { complaints: string[]; count: number } {
    const bytes = readFileSync(join(folder, `${name}.pcap`));
    const frames = readPcap(bytes);
    const { frameCount, complaints } = reread(bytes);
    expect(frameCount).toBe(frames.length);
    return { ...inspect(frames), complaints, count: frames.length };
  }

  /** Looks at the captures of a run that has just ended; gives which checksums were checked. */
  function expectRight({ faults }: Setting, sent: number, damaged: number): Findings["checked"] {
    const onInterface = capture("interface");
    expect(onInterface.count).toBe(sent);
    if (faults === null) {
      expect(onInterface).toMatchObject({ faults: [], incomplete: 0, complaints: [] });
      return onInterface.checked;
    }
    // What the injector has damaged is found, and no more than that.
    expect(onInterface.faults.length).toBeLessThanOrEqual(damaged);
    if (sent > 1000) expect(onInterface.faults).not.toEqual([]);
    const asSent = capture("stack");
    expect(asSent).toMatchObject({ faults: [], incomplete: 0, complaints: [] });
    return asSent.checked;
  }

  describe.each([
    ["over a good cable", null],
    ["over one that loses, doubles, damages and reorders", FAULTS],
  ])("%s", (_, faults) => {
    const setting = (): Setting => ({ folder, faults });

    test("pings are answered both ways, in fragments where they are long", TIMEOUT, async () => {
      const count = faults === null ? 20 : 50;
      const { value, sent, damaged } = await program.pings(setting(), count, [56, 8000]);
      for (const { kernels, ours } of value) {
        // Of a long one twelve pieces must pass.
        expect(kernels).toBeGreaterThanOrEqual(faults === null ? count : count / 3);
        expect(ours).toBeGreaterThanOrEqual(faults === null ? count : count / 3);
      }
      expect(expectRight(setting(), sent, damaged).icmp).toBeGreaterThan(2 * count);
    });

    const size = faults === null ? 3_000_000 : 500_000;

    test.each(["nc", "we"] as const)(
      "nc connects, and after the half-close of one the other goes on: %s first",
      TIMEOUT,
      async (first) => {
        const { value, sent, damaged } = await program.ncAsks(setting(), size, first);
        expect(value).toEqual({ forth: true, back: true });
        expect(expectRight(setting(), sent, damaged).tcp).toBeGreaterThan(size / 1460);
      },
    );

    test("nc listens, sends, finishes, and gets its answer", TIMEOUT, async () => {
      const { value, sent, damaged } = await program.ncAnswers(setting(), size);
      expect(value).toEqual({ forth: true, back: true });
      expect(expectRight(setting(), sent, damaged).tcp).toBeGreaterThan(size / 1460);
    });

    const bytes = faults === null ? 8_000_000 : 1_000_000;

    test("iperf3 sends over four streams, and each byte is right", TIMEOUT, async () => {
      const test = { bytes, streams: 4, mode: "forward" } as const;
      const { value, sent, damaged } = await program.iperf3(setting(), test);
      expect(value.received).toBeGreaterThanOrEqual(bytes);
      expect(value).toMatchObject({ wrong: 0, sentByIperf3: value.received });
      expectRight(setting(), sent, damaged);
    });

    test("iperf3 receives over four streams", TIMEOUT, async () => {
      const test = { bytes, streams: 4, mode: "reverse" } as const;
      const { value, sent, damaged } = await program.iperf3(setting(), test);
      expect(value.receivedByIperf3).toBeGreaterThanOrEqual(bytes);
      expect(value.sent).toBeGreaterThanOrEqual(bytes);
      expect(expectRight(setting(), sent, damaged).tcp).toBeGreaterThan(bytes / 1460);
    });

    test("iperf3 receives a file, and each byte is right", TIMEOUT, async () => {
      const test = { bytes, streams: 1, mode: "reverse" } as const;
      const { value, sent, damaged } = await program.iperf3(setting(), test);
      expect(value.fileSize).toBeGreaterThanOrEqual(bytes);
      expect(value.isFileRight).toBe(true);
      expectRight(setting(), sent, damaged);
    });

    test("iperf3 sends and receives at once, over four streams each", TIMEOUT, async () => {
      const test = { bytes, streams: 4, mode: "both" } as const;
      const { value, sent, damaged } = await program.iperf3(setting(), test);
      expect(value.received + value.sent).toBeGreaterThanOrEqual(bytes);
      expectRight(setting(), sent, damaged);
    });

    test("curl fetches from node:http, in turn and in parallel, and sends", TIMEOUT, async () => {
      const size = faults === null ? 1_000_000 : 200_000;
      const { value, sent, damaged } = await program.curl(setting(), size, 5);
      expect(value.wrong).toEqual([]);
      expect(value.got).toEqual([...Array(10).fill("GET 1.1"), "PUT 1.1"]);
      expect(expectRight(setting(), sent, damaged).tcp).toBeGreaterThan((10 * size) / 1460);
    });
  });

  test.each<[Plant, string, boolean]>([
    ["ip", "IP checksum", true],
    ["icmp", "ICMP checksum", true],
    ["udp", "UDP checksum", true],
    ["tcp", "TCP checksum", true],
    // tcpdump checks no datagram that comes in pieces.
    ["fragment", "ICMP checksum", false],
  ])("one wrong checksum is found: %s", TIMEOUT, async (plant, fault, isTcpdumps) => {
    const { value } = await program.mixture({ folder, faults: null, plant });
    expect(value).toEqual({ forth: true, back: true });
    const { faults, complaints } = capture("interface");
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^frame \\d+: wrong ${fault}$`));
    expect(complaints).toHaveLength(isTcpdumps ? 1 : 0);
  });
});
