// The store where everything goes wrong: see story.ts. `SIM_SEEDS=10000` for a long run.
import { type BlockFaults, simulate } from "@miou-solo5/sim";
import { describe, expect, test } from "vitest";
import { type StoryCounts, type StoryOptions, story } from "./story.ts";

const SEED_COUNT = Number(process.env["SIM_SEEDS"] || 200);
const TIMEOUT_MS = 120_000 + SEED_COUNT * 500;

const TEARING: BlockFaults = { tearing: 0.5 };
const ERRORS: BlockFaults = { readError: 0.02, writeError: 0.03, flushError: 0.05 };
const WRONG: BlockFaults = { misreading: 0.003, miswriting: 0.02 };

describe.each<[string, StoryOptions]>([
  ["crashes", {}],
  ["torn pages", { faults: TEARING }],
  ["I/O errors", { faults: ERRORS, storms: true }],
  ["wrong pages", { faults: WRONG }],
  ["everything at once", { faults: { ...TEARING, ...ERRORS, ...WRONG }, storms: true }],
])("a store under %s", (name, options) => {
  test(`loses nothing that it acknowledged, for ${SEED_COUNT} seeds`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    const sum: Partial<StoryCounts> = {};
    await simulate(
      1,
      async (world) => {
        const counts = story(world, options);
        for (const [key, count] of Object.entries(counts) as [keyof StoryCounts, number][]) {
          sum[key] = (sum[key] ?? 0) + count;
        }
      },
      { count: SEED_COUNT, command: `npx vitest run test/simulation.test.ts -t "${name}"` },
    );
    console.log(`${name}, ${SEED_COUNT} seeds: ${JSON.stringify(sum)}`);
    expect(sum.acknowledged).toBeGreaterThan(SEED_COUNT * 10);
    expect(sum.crashes).toBeGreaterThan(SEED_COUNT * 3);
    expect(sum.crashesOfOpening).toBeGreaterThan(SEED_COUNT / 2);
    expect(sum.crashesOfCompacting).toBeGreaterThan(SEED_COUNT / 20);
    expect(sum.compactions).toBeGreaterThan(SEED_COUNT);
  });
});
