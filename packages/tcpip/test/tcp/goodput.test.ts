// How fast a megabyte goes over bad links: one seed a cell, all in virtual time, held against a snapshot. A change of the table is
// either meant or a regression: `UPDATE_GOLDEN=1` writes it anew.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { TcpOptions } from "../../src/tcp.ts";
import { transfer } from "./pipe.ts";

const GOLDEN = new URL("../golden/goodput.txt", import.meta.url);
const SIZE = 1_000_000;
/** 100 Mbit/s. */
const BYTE_DURATION = 80;
const LOSSES = [0, 0.01, 0.03, 0.1, 0.2, 0.3];
const ROUND_TRIPS = [1, 20, 100, 500];

const CASES: Readonly<Record<string, TcpOptions>> = {
  "CUBIC, buffers of 256 KiB": {},
  "NewReno, buffers of 256 KiB": { congestionControl: "newreno" },
  "without SACK and timestamps": { useSack: false, useTimestamps: false },
  "buffers of 4 KiB": { sendBufferSize: 4096, receiveBufferSize: 4096 },
};

/** Bytes a second that arrive, and how many segments that took. */
function cell(options: TcpOptions, loss: number, roundTrip: number): string {
  const patient = { ...options, userTimeout: Infinity, retriesMax: Infinity };
  const { time, segments } = transfer({
    seed: 1,
    link: {
      loss,
      duplication: 0.01,
      corruption: loss / 10,
      reordering: 0.01,
      latency: roundTrip * 0.5e6,
      byteDuration: BYTE_DURATION,
      queueMax: 100,
    },
    client: { ...patient, handshakeRetriesMax: Infinity },
    server: { ...patient, handshakeRetriesMax: Infinity },
    up: SIZE,
    down: 0,
  });
  return `${Math.round(SIZE / (time / 1e9))} (${segments})`.padStart(16);
}

function table(): string {
  const lines: string[] = [
    "A megabyte at 100 Mbit/s: bytes a second (segments in both directions)",
  ];
  for (const [name, options] of Object.entries(CASES)) {
    lines.push(
      "",
      name,
      `${"loss".padEnd(8)}${LOSSES.map((loss) => `${loss * 100} %`.padStart(16)).join("")}`,
    );
    for (const roundTrip of ROUND_TRIPS) {
      const cells = LOSSES.map((loss) => cell(options, loss, roundTrip));
      lines.push(`${`${roundTrip} ms`.padEnd(8)}${cells.join("")}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

test("a megabyte takes as long as the table says", { timeout: 120_000 }, () => {
  const now = table();
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(GOLDEN, now);
  expect(now).toBe(readFileSync(GOLDEN, "utf8"));
});
