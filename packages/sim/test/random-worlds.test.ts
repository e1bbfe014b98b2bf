// What holds in every world, whatever goes wrong in it. `SIM_SEEDS=10000` for a long run.
import { expect, test } from "vitest";
import { createWorld, type NetFaultCounters, simulate, type World } from "../src/index.ts";
import { happen, numberOf, type RandomWorld, type Station } from "./random-world.ts";
import { seed } from "./seed.ts";

const SEED_COUNT = Number(process.env["SIM_SEEDS"] || 100);
const TIMEOUT_MS = 120_000 + SEED_COUNT * 300;

test(
  `random worlds keep the rules, for ${SEED_COUNT} seeds`,
  async () => {
    const sum = { heard: 0, crashes: 0, changes: 0, lost: 0, intact: 0, ordered: 0 };
    const tell = async (world: World): Promise<void> => {
      const made = happen(world);
      for (const run of made.runs) {
        // Nothing but a crash ends a program early.
        const ended = await run.result.then(() => "well", codeOf);
        expect(["well", "ERR_SOLO5_CRASHED"]).toContain(ended);
      }
      for (const station of made.stations) {
        expect(station.complaints).toEqual([]);
        checkCounts(made, station);
        sum.heard += station.heard.length;
        sum.intact += checkIntact(made, station);
        sum.ordered += checkOrder(made, station);
        sum.lost += made.hub.cable(station.port).counters.lost;
      }
      sum.crashes += made.crashCount;
      sum.changes += made.faults.length - 1;
    };
    const command = "npx vitest run test/random-worlds.test.ts";
    await simulate(1, tell, { count: SEED_COUNT, command });
    console.log(`${SEED_COUNT} worlds: ${JSON.stringify(sum)}`);
    for (const count of Object.values(sum)) expect(count).toBeGreaterThan(SEED_COUNT / 4);
  },
  TIMEOUT_MS,
);

test("a random world happens twice alike, byte for byte", () => {
  for (let i = 0; i < 20; i++) {
    const [first, second] = [0, 1].map(() => {
      const world = createWorld({ seed: seed + i });
      return digest(world, happen(world));
    });
    expect(second).toBe(first);
  }
});

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? String(error);
}

/** No frame comes from nowhere, and none goes but where it is counted. */
function checkCounts({ hub, crashCount }: RandomWorld, { port, heard }: Station): void {
  const { forth, back } = hub.cable(port);
  for (const line of [forth, back]) expect(line.counters.carried).toBe(carriedBy(line.counters));
  const arrived = back.counters.carried;
  const { receiveDropped, receiveOversized, sendDropped } = port.counters;
  expect(sendDropped).toBe(0);
  const counted = heard.length + receiveDropped + receiveOversized;
  // A crash loses what waits in the device, which nobody counts.
  if (crashCount === 0) expect(counted).toBe(arrived);
  else expect(counted).toBeLessThanOrEqual(arrived);
}

function carriedBy(counters: NetFaultCounters): number {
  const { sent, lost, overflowed, oversized, partitioned, duplicated } = counters;
  return sent - lost - overflowed - oversized - partitioned + duplicated;
}

/** Where nothing is damaged, all that is heard was sent. */
function checkIntact({ faults, stations }: RandomWorld, { heard }: Station): number {
  if (faults.some(({ corruption, truncation }) => corruption + truncation > 0)) return 0;
  for (const frame of heard) {
    const text = frame.join();
    expect(stations.some(({ sent }) => sent.has(text))).toBe(true);
  }
  return heard.length;
}

/** Where nothing is held up either, and nobody begins anew, all of one sender is heard in order. */
function checkOrder({ faults, crashCount, stations }: RandomWorld, { heard }: Station): number {
  if (crashCount > 0) return 0;
  if (faults.some((all) => all.reordering + all.corruption + all.truncation > 0)) return 0;
  for (const { port } of stations) {
    const mine = heard.filter((frame) => port.mac.every((byte, i) => byte === frame[6 + i]));
    const numbers = mine.map(numberOf);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  }
  return heard.length;
}

/** All that came of a world. */
function digest(world: World, { stations, hub }: RandomWorld): string {
  return JSON.stringify([
    world.now,
    stations.map(({ port, heard, acknowledged, latest }) => [
      hub.cable(port).counters,
      heard.map((frame) => frame.join()),
      acknowledged,
      latest,
    ]),
  ]);
}
