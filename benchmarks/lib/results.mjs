// The figures as files: results/latest.json, and the chart that the README shows.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, release } from "node:os";
import { chart } from "./chart.mjs";

const FILE = new URL("../results/latest.json", import.meta.url);
const CHART = new URL("../../docs/benchmarks.svg", import.meta.url);

/** Replaces a row that was measured; those of an earlier run stay, with their own date. */
export function save(row, order) {
  const known = new Map(load().rows.map((row) => [row.name, row]));
  const about = {
    measured: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    system: `${process.platform} ${release().split("-")[0]} ${process.arch}`,
    cores: availableParallelism(),
  };
  known.set(row.name, { ...rounded(row), ...about });
  const rows = order.filter((name) => known.has(name)).map((name) => known.get(name));
  mkdirSync(new URL(".", FILE), { recursive: true });
  writeFileSync(FILE, `${JSON.stringify({ rows }, null, 2)}\n`);
  writeFileSync(CHART, chart(rows));
}

function load() {
  try {
    return JSON.parse(readFileSync(FILE, "utf8"));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return { rows: [] };
  }
}

/** Four significant digits: more would be noise, and a line of difference in every commit. */
function rounded(value) {
  if (typeof value === "number") return Number(value.toPrecision(4));
  if (Array.isArray(value)) return value.map(rounded);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)]));
}
