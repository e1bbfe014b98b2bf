// The faults of disks before a real file: with the same seed the very same as before a simulated disk.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Host, host } from "@miou-solo5/bindings";
import { blockCases } from "@miou-solo5/block/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type BlockFaultCounters,
  type BlockFaults,
  createWorld,
  Disk,
  Medium,
  withBlockFaults,
} from "../../src/index.ts";
import { seed } from "../seed.ts";
import { durations, PAGE_COUNT, PAGE_SIZE, scribble } from "./programs/file.ts";

const CAPACITY = PAGE_COUNT * PAGE_SIZE;
const ms = (count: number): number => count * 1e6;

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
  path = join(folder, "disk.img");
  writeFileSync(path, new Uint8Array(CAPACITY));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function onFile<T>(act: (real: Host) => Promise<T>): Promise<T> {
  const real = host({ block: { disk: { path, blockSize: PAGE_SIZE } } });
  try {
    return await act(real);
  } finally {
    real.close();
  }
}

/** What the same story tells on a simulated disk, and what that then holds. */
async function simulated(faults: BlockFaults) {
  const world = createWorld();
  const machine = world.machine("m");
  const disk = machine.disk("disk", new Disk({ capacity: CAPACITY }));
  const told = scribble(machine.solo5, new Medium({ ...faults, seed }));
  world.run();
  const { lines, counters } = await told;
  const bytes = new Uint8Array(CAPACITY);
  for (let at = 0; at < CAPACITY; at += PAGE_SIZE) disk.read(at, bytes, at);
  return { lines, counters, bytes };
}

describe.skipIf(process.platform !== "linux")("a medium's faults before a file", () => {
  test.each<[string, BlockFaults, keyof BlockFaultCounters]>([
    ["nothing", {}, "writes"],
    ["errors", { readError: 0.1, writeError: 0.1, flushError: 0.3 }, "writeErrors"],
    ["misreading", { misreading: 0.2 }, "misread"],
    ["miswriting", { miswriting: 0.2 }, "miswritten"],
    ["torn pages", { tearing: 1 }, "torn"],
    [
      "everything",
      {
        readError: 0.05,
        writeError: 0.05,
        flushError: 0.5,
        misreading: 0.1,
        miswriting: 0.1,
        tearing: 0.5,
      },
      "readErrors",
    ],
  ])("%s: what the seed says, page by page, and after a crash", async (_, faults, counter) => {
    const wanted = await simulated(faults);
    expect(wanted.counters[counter]).toBeGreaterThan(0);
    const got = await onFile((real) => scribble(real, new Medium({ ...faults, seed })));
    expect(got.lines).toEqual(wanted.lines);
    expect(got.counters).toEqual(wanted.counters);
    expect(new Uint8Array(readFileSync(path))).toEqual(wanted.bytes);
  });

  test("latency is real time", async () => {
    const medium = new Medium({ latency: ms(3), flushLatency: ms(7) });
    const [read = 0, write = 0, flush = 0] = await onFile((real) => durations(real, medium));
    expect(read).toBeGreaterThanOrEqual(ms(3));
    expect(write).toBeGreaterThanOrEqual(ms(3));
    expect(flush).toBeGreaterThanOrEqual(ms(7));
  });

  describe("behind a perfect medium is still a file", () => {
    for (const { name, run } of blockCases) {
      test(name, () =>
        run({
          blockSize: PAGE_SIZE,
          seed,
          make: ({ contents, readOnly }) => {
            writeFileSync(path, contents, { mode: readOnly ? 0o444 : 0o666 });
            const real = host({ block: { disk: { path, blockSize: PAGE_SIZE, readOnly } } });
            return {
              solo5: withBlockFaults(real, { disk: {} }),
              name: "disk",
              pass: (duration) =>
                new Promise((resolve) => setTimeout(resolve, Math.ceil(duration / 1e6))),
              close: () => real.close(),
            };
          },
        }),
      );
    }
  });
});
