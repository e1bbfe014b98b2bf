// The faults of wires before real TAP interfaces: those that follow from the seed are the very same ones as in the
// simulation; delays come from the kernel's clock, through the event loop and without it.
import { netCases } from "@miou-solo5/net/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  describeKernel,
  type Namespace,
  namespace,
  type Program,
} from "../../../bindings/test/kernel/namespace.ts";
import { type NetFaults, Wire } from "../../src/index.ts";
import { seed } from "../seed.ts";
import { numbered } from "./programs/numbered.ts";

const PROGRAM = new URL("./programs/tap.ts", import.meta.url);
type Tap = typeof import("./programs/tap.ts");

const COUNT = 1000;
const ms = (count: number): number => count * 1e6;

/** What a wire with the same seed makes of the same frames: no world, no kernel. */
function predicted(faults: NetFaults, way: "forth" | "back") {
  const line = new Wire({ ...faults, seed })[way];
  const got: string[] = [];
  const due: number[] = [];
  for (let i = 0; i < COUNT; i++) {
    line.carry(numbered(i), 0, (bytes) => {
      // A bridge takes nothing from a group's address, which a turned bit can make of the sender's.
      const passesBridge = way === "back" || ((bytes[6] ?? 0) & 1) === 0;
      if (passesBridge) got.push(Buffer.from(bytes).toString("hex"));
    });
    due.push(got.length);
  }
  return { due, wanted: { got, counters: line.counters } };
}

describeKernel("a wire's faults before a TAP interface", () => {
  let inside: Namespace;
  let program: Program<Tap>;

  beforeEach(async () => {
    inside = await namespace();
    program = inside.program<Tap>(PROGRAM, { timeout: 60_000 });
  });
  afterEach(() => inside.close());

  describe.each(["forth", "back"] as const)("%s", (way) => {
    test.each<[string, NetFaults, keyof Wire["counters"]]>([
      ["nothing", {}, "carried"],
      ["loss", { loss: 0.2 }, "lost"],
      ["duplication", { duplication: 0.2 }, "duplicated"],
      ["corruption", { corruption: 0.2, corruptionBitCountMax: 5 }, "corrupted"],
      ["truncation", { truncation: 0.2 }, "truncated"],
      ["an MTU", { mtu: 60 }, "oversized"],
      [
        "all of these",
        { loss: 0.1, duplication: 0.1, corruption: 0.1, truncation: 0.1, mtu: 80 },
        "lost",
      ],
    ])(
      "%s is what the seed says, frame by frame",
      async (_, faults, counter) => {
        const { due, wanted } = predicted(faults, way);
        expect(wanted.counters[counter]).toBeGreaterThan(50);
        expect(await program.carried({ ...faults, seed }, way, due)).toEqual(wanted);
      },
      90_000,
    );

    test("reordering holds up the frames that the seed says, and loses none", async () => {
      const faults = { reordering: 0.2, reorderingDelay: ms(5) };
      const { due, wanted } = predicted(faults, way);
      const { got, counters } = await program.carried({ ...faults, seed }, way, due);
      expect(counters).toEqual(wanted.counters);
      expect(counters.reordered).toBeGreaterThan(100);
      expect(got).not.toEqual(wanted.got);
      expect(got.toSorted()).toEqual(wanted.got.toSorted());
    }, 90_000);
  });

  test("a late frame comes no earlier than it may; timeouts and the process's timers go on meanwhile", async () => {
    const latency = ms(100);
    const { size, roundTrip, waits, ticks } = await program.late(latency);
    expect(size).toBe(60);
    expect(roundTrip).toBeGreaterThanOrEqual(2 * latency);
    for (const { timedOut, duration } of waits) {
      if (timedOut) expect(duration).toBeGreaterThanOrEqual(latency / 4);
    }
    expect(waits.at(-1)?.timedOut).toBe(false);
    expect(ticks).toBeGreaterThan(0);
  });

  test("a late frame wakes a run that nothing else would wake", async () => {
    expect(await program.lateAlone(ms(30))).toEqual([60, 70]);
  });

  test("a late frame that another call took in wakes who waits for it", async () => {
    expect(await program.takenInByWrite(ms(30))).toBe(80);
  });

  test("a late frame wakes a run that blocks the thread", async () => {
    expect(await program.lateAndBlocking(ms(30))).toBeGreaterThanOrEqual(2 * ms(30));
  });

  test("main's end sends what was to be sent later, and drops what was to be read", async () => {
    expect(await program.endsWhileUnderWay()).toEqual({ size: 61, counters: [1, 1] });
  });

  test("an interface that is deleted fails who waits for a late frame, and closes like any other", async () => {
    const gone = "ERR_SOLO5_DEVICE_GONE";
    expect(await program.deleted()).toEqual([gone, gone, gone]);
  });

  test.each<[string, NetFaults]>([
    ["perfect wires", {}],
    ["late wires", { latency: ms(1), jitter: ms(1) }],
  ])(
    "a host behind %s is still a host",
    async (_, faults) => {
      const said = await program.conformance(faults);
      expect(said).toEqual(Object.fromEntries(netCases.map(({ name }) => [name, null])));
    },
    90_000,
  );
});
