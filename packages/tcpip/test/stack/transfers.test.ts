// Random links, buffers and options between two whole stacks: `SIM_SEEDS=10000` for a long run, `SEED=<n>` to repeat one.
import { setImmediate } from "node:timers/promises";
import { ms, us } from "@miou-solo5/scheduler";
import { type NetFaults, simulate, type World } from "@miou-solo5/sim";
import { expect, test } from "vitest";
import type { TcpOptions } from "../../src/index.ts";
import { randomFrom } from "../tcp/pipe.ts";
import { type Transfer, transfer } from "./transfer.ts";

const COUNT = Number(process.env["SIM_SEEDS"] || 300);
/** Bytes of each transfer. */
const SIZE = Number(process.env["TRANSFER_SIZE"] || 1_000_000);
const TIMEOUT_MS = 120_000 + COUNT * 2000 * Math.max(1, SIZE / 1_000_000);

/** Even on a scale of powers: as many between 1 and 10 as between 10 and 100. */
function spread(random: () => number, min: number, max: number): number {
  return Math.round(min * (max / min) ** random());
}

function randomOptions(random: () => number): TcpOptions {
  const pick = <T>(...values: T[]): T => values[Math.floor(random() * values.length)] as T;
  return {
    maximumSegmentSize: pick(536, 1000, 1460, 1460),
    receiveBufferSize: spread(random, 4096, 2 ** 20),
    sendBufferSize: spread(random, 4096, 2 ** 20),
    noDelay: pick(true, false),
    acknowledgmentDelay: pick(0, ms(40), ms(200)),
    useWindowScale: pick(true, true, false),
    useTimestamps: pick(true, true, false),
    useSack: pick(true, true, false),
    congestionControl: pick("cubic", "newreno"),
  };
}

/** Numbers from 0 to 1 that follow from the world's seed. */
function randomOf(world: World): () => number {
  const bytes = new Uint8Array(4);
  world.machine("dice").solo5.entropy(bytes);
  return randomFrom(new DataView(bytes.buffer).getInt32(0));
}

function randomTransfer(random: () => number): Transfer {
  const chance = (max: number) => (random() < 0.4 ? 0 : random() * max);
  const roundTrip = spread(random, ms(1), ms(500));
  const up = Math.round(random() < 0.5 ? SIZE : SIZE * random());
  return {
    up,
    down: SIZE - up,
    faults: {
      loss: chance(0.3),
      duplication: chance(0.2),
      corruption: chance(0.05),
      reordering: chance(0.3),
      reorderingDelay: spread(random, us(100), 2 * roundTrip),
      latency: roundTrip / 2,
      jitter: chance(roundTrip / 2),
      bandwidth: random() < 0.5 ? Infinity : spread(random, 1e6, 1e9),
      queueCountMax: spread(random, 10, 1000),
    },
    client: randomOptions(random),
    server: randomOptions(random),
    readDelay: random() < 0.7 ? 0 : random() * ms(50),
  };
}

/**
 * Seconds that a transfer takes by the formula of Padhye, Firoiu, Towsley and Kurose (1998, equation 30) for a connection that
 * loses a part `p` of its segments, or that its window or the wire hold back.
 */
function secondsByTheory(options: Transfer): number {
  const { faults, readDelay = 0 } = options;
  const {
    loss = 0,
    corruption = 0,
    latency = 0,
    jitter = 0,
    bandwidth = Infinity,
  }: NetFaults = faults;
  const p = 1 - (1 - loss) * (1 - corruption);
  const roundTrip = (2 * latency + jitter + readDelay) / 1e9;
  const timeout = 0.2 + roundTrip;
  const perSegment =
    roundTrip * Math.sqrt((4 * p) / 3) +
    timeout * Math.min(1, 3 * Math.sqrt((3 * p) / 4)) * p * (1 + 32 * p * p);
  const perRoundTrip = roundTrip / WINDOW_MIN;
  return (options.up + options.down) * (perSegment / SEGMENT_MIN + perRoundTrip + 8 / bandwidth);
}

/** The least of what `randomOptions` gives. */
const SEGMENT_MIN = 536;
const WINDOW_MIN = 4096;

/**
 * Nothing of 6,000 took more than 50 times what the formula says, which knows no acknowledgments that are lost, nor segments that
 * overtake each other, nor Karn's rule without timestamps. What waits for a timeout where it should not does.
 */
const SLOWNESS_MAX = 100;
/** ARP has no checksum: a damaged answer sends everything elsewhere, until its neighbour is asked again. */
const DAMAGED_ARP_SECONDS = 3600;

test(`${COUNT} transfers: every byte arrives, in order, once, and nothing is left`, {
  timeout: TIMEOUT_MS,
}, async () => {
  await simulate(
    1,
    async (world) => {
      const options = randomTransfer(randomOf(world));
      try {
        // Where the last acknowledgments are lost for longer than TIME-WAIT, one end hears a reset, with nothing missing.
        const { client, server, duration } = await transfer(world, options);
        expect(`${client} ${server}`).toMatch(/^closed (closed|reset)$|^reset closed$/);
        const secondsMax =
          SLOWNESS_MAX * secondsByTheory(options) +
          (options.faults.corruption === 0 ? 0 : DAMAGED_ARP_SECONDS);
        expect(duration / 1e9).toBeLessThan(secondsMax);
      } catch (error) {
        const { message } = error as Error;
        throw new Error(`${message}\n${JSON.stringify(options)}`, { cause: error });
      }
      // The runner wants to hear of its worker now and then.
      await setImmediate();
    },
    { count: COUNT, command: "npx vitest run test/stack/transfers.test.ts" },
  );
});
