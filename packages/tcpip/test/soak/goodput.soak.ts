// The whole table of goodput: a transfer between two whole stacks a cell, one seed each, all in virtual time. `npm run soak` prints it
// and compares each cell with those of the last time, which lie in `test/golden`. A change is either meant or a
// regression: `UPDATE_GOLDEN=1` writes them anew. `TRANSFER_SIZE=10000000` is ten times as long.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { ms } from "@miou-solo5/scheduler";
import { createWorld } from "@miou-solo5/sim";
import { afterAll, expect, test } from "vitest";
import type { TcpOptions } from "../../src/index.ts";
import { transfer } from "../stack/transfer.ts";

const SIZE = Number(process.env["TRANSFER_SIZE"] || 1_000_000);
const MEGABIT = 1e6;
const LOSSES = [0, 0.001, 0.01, 0.03, 0.1, 0.2, 0.3];
const ROUND_TRIPS = [1, 5, 20, 50, 100, 200, 500];
const BUFFERS = [4, 16, 64, 256, 1024];
const KINDS: Readonly<Record<string, TcpOptions>> = {
  CUBIC: {},
  NewReno: { congestionControl: "newreno" },
  "CUBIC without SACK": { useSack: false },
  "CUBIC without timestamps": { useTimestamps: false },
};
const GOLDEN = new URL(`../golden/goodput-${SIZE}.txt`, import.meta.url);
const isApproving = process.env["UPDATE_GOLDEN"] === "1" || !existsSync(GOLDEN);

interface Table {
  readonly name: string;
  readonly options: TcpOptions;
}

const TABLES: Table[] = Object.entries(KINDS).flatMap(([kind, options]) =>
  BUFFERS.map((kibibytes) => ({
    name: `${kind}, buffers of ${kibibytes} KiB`,
    options: {
      ...options,
      sendBufferSize: kibibytes * 1024,
      receiveBufferSize: kibibytes * 1024,
    },
  })),
);

/** Bytes a second that arrive. Round trip in milliseconds. */
async function goodput(options: TcpOptions, loss: number, roundTrip: number): Promise<number> {
  const { duration } = await transfer(createWorld({ seed: 1 }), {
    up: SIZE,
    down: 0,
    faults: {
      loss,
      duplication: 0.01,
      reordering: 0.01,
      // Little of it: more damages ARP as well, and a cell would tell of that.
      corruption: Math.min(loss / 10, 0.001),
      latency: ms(roundTrip / 2),
      bandwidth: 100 * MEGABIT,
      queueCountMax: 100,
    },
    client: options,
    server: options,
  });
  // The runner wants to hear of its worker now and then.
  await setImmediate();
  return Math.round(SIZE / (duration / 1e9));
}

/** The table in lines, the first one its name. */
async function linesOf({ name, options }: Table): Promise<string[]> {
  const lines = [
    name,
    row(
      "",
      LOSSES.map((loss) => `${loss * 100} %`),
    ),
  ];
  for (const roundTrip of ROUND_TRIPS) {
    const cells: string[] = [];
    for (const loss of LOSSES) cells.push(String(await goodput(options, loss, roundTrip)));
    lines.push(row(`${roundTrip} ms`, cells));
  }
  return lines;
}

function row(head: string, cells: readonly string[]): string {
  return head.padEnd(8) + cells.map((cell) => cell.padStart(10)).join("");
}

/** The lines of a table of the last time, by its name. */
function approved(): Map<string, string[]> {
  const tables = readFileSync(GOLDEN, "utf8").trimEnd().split("\n\n").slice(1);
  return new Map(tables.map((table) => [table.split("\n")[0] ?? "", table.split("\n")]));
}

/** Each cell that is not what it was. */
function changes(was: readonly string[], is: readonly string[]): string[] {
  const cellsOf = (lines: readonly string[]) =>
    lines.slice(2).map((line) => line.slice(8).trim().split(/ +/).map(Number));
  const before = cellsOf(was);
  return cellsOf(is).flatMap((cells, i) =>
    cells.flatMap((cell, j) => {
      const old = before[i]?.[j] ?? 0;
      if (cell === old) return [];
      const percent = Math.round((100 * (cell - old)) / old);
      const place = `${ROUND_TRIPS[i]} ms, ${(LOSSES[j] ?? 0) * 100} %`;
      return [`${place}: ${old} B/s before, ${cell} now (${percent > 0 ? "+" : ""}${percent} %)`];
    }),
  );
}

const done: string[] = [];

test.each(TABLES)("$name", { timeout: 1_800_000 }, async (table) => {
  const lines = await linesOf(table);
  process.stdout.write(`\n${lines.join("\n")}\n`);
  done.push(lines.join("\n"));
  if (isApproving) return;
  expect(changes(approved().get(table.name) ?? [], lines)).toEqual([]);
});

afterAll(() => {
  if (!isApproving || done.length < TABLES.length) return;
  const title = `${SIZE} bytes at 100 Mbit/s through two whole stacks: bytes a second, by round trip and loss each way`;
  writeFileSync(GOLDEN, `${[title, ...done].join("\n\n")}\n`);
});
