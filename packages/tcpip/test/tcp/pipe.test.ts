import { expect, test } from "vitest";
import type { TcpOptions } from "../../src/tcp.ts";
import { PERFECT, randomFrom, type Transfer, transfer } from "./pipe.ts";

const COUNT = Number(process.env["SIM_SEEDS"] ?? 200);
const FIRST_SEED = Number(process.env["SEED"] ?? 1);

/** Nobody gives up: at 30 % loss each way, fifteen retries rightly end a quarter of long transfers. */
const PATIENT: TcpOptions = {
  userTimeout: Infinity,
  retriesMax: Infinity,
  handshakeRetriesMax: Infinity,
};

function randomOptions(random: () => number): TcpOptions {
  const pick = <T>(...values: T[]): T => values[Math.floor(random() * values.length)] as T;
  return {
    ...PATIENT,
    maximumSegmentSize: pick(64, 300, 536, 1000, 1460),
    receiveBufferSize: pick(2048, 4096, 10_000, 65_536, 262_144),
    sendBufferSize: pick(2048, 4096, 10_000, 65_536, 262_144),
    noDelay: pick(true, false),
    acknowledgmentDelay: pick(0, 40e6, 200e6),
    useWindowScale: pick(true, false),
    useTimestamps: pick(true, false),
    useSack: pick(true, true, false),
    congestionControl: pick("cubic", "newreno"),
  };
}

function randomTransfer(seed: number): Transfer {
  const random = randomFrom(seed);
  const chance = (max: number) => (random() < 0.5 ? 0 : random() * max);
  return {
    seed,
    link: {
      loss: chance(0.3),
      duplication: chance(0.2),
      corruption: chance(0.1),
      reordering: chance(0.3),
      latency: Math.round(10 ** (random() * 2.7) * 0.5e6),
      byteDuration: random() < 0.3 ? Math.round(random() * 1000) : 0,
      queueMax: 5 + Math.floor(random() * 100),
    },
    client: randomOptions(random),
    server: randomOptions(random),
    up: Math.floor(random() * random() * 120_000),
    down: Math.floor(random() * random() * 120_000),
    readDelay: random() < 0.5 ? 0 : random() * 500e6,
  };
}

/** In portions, so that one test is over soon. */
const PORTION = 25;
const portions = Array.from(
  { length: Math.ceil(COUNT / PORTION) },
  (_, i) => FIRST_SEED + i * PORTION,
);

test.each(portions)(
  "every byte arrives, in order, once: links from seed %i on",
  (first) => {
    const end = Math.min(first + PORTION, FIRST_SEED + COUNT);
    for (let seed = first; seed < end; seed++) {
      const options = randomTransfer(seed);
      try {
        // Where the last acknowledgments are lost for longer than TIME-WAIT, one end hears a reset, with nothing missing.
        const { client, server } = transfer(options);
        expect(`${client} ${server}`).toMatch(/^closed (closed|reset)$|^reset closed$/);
      } catch (error) {
        const { message } = error as Error;
        throw new Error(`SEED=${seed} SIM_SEEDS=1: ${message}\n${JSON.stringify(options)}`, {
          cause: error,
        });
      }
    }
  },
  60_000,
);

test("a perfect link needs no segment twice", () => {
  const report = transfer({
    seed: 1,
    link: PERFECT,
    client: {},
    server: {},
    up: 1_000_000,
    down: 0,
  });
  expect(report.lost).toBe(0);
  // 691 segments of text of 1448 bytes, about half as many acknowledgments, and the handshake and end.
  expect(report.segments).toBeLessThan(1100);
});
