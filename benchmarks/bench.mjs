// npm run bench [-- NAME ...] [--quick] [--rounds=N] [--save]
//
// Measures every row, or those named; prints the figures beside the goals of docs and saves them. See README.md.
import { readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { compileAll } from "./lib/compile.mjs";
import { openNamespace, whyNoTap } from "./lib/namespace.mjs";
import { prepare } from "./lib/prepare.mjs";
import { save } from "./lib/results.mjs";
import { measureRow } from "./lib/rows.mjs";
import { printRow, printSummary } from "./lib/table.mjs";

const ROUNDS = 7;

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: "boolean", default: false },
    rounds: { type: "string" },
    save: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    "no-build": { type: "boolean", default: false },
  },
});

process.exitCode = await main();

async function main() {
  const rows = await loadRows();
  const unknown = names.filter((name) => !rows.some((row) => row.name === name));
  if (unknown.length > 0) {
    console.error(`no row is named ${unknown.join(", ")}; there are:`);
    for (const row of rows) console.error(`  ${row.name.padEnd(16)} ${row.title}`);
    return 2;
  }
  if (!options["no-build"]) await prepare();
  compileAll();
  const chosen = names.length === 0 ? rows : rows.filter((row) => names.includes(row.name));
  const reason = chosen.some((row) => row.onTap) ? whyNoTap() : undefined;
  const space = chosen.some((row) => row.onTap) && !reason ? await openNamespace() : undefined;
  const rounds = options.quick ? 1 : Number(options.rounds ?? ROUNDS);
  const isSaved = !options.quick && (names.length === 0 || options.save);
  const order = rows.map((row) => row.name);
  const results = [];
  const failed = [];
  try {
    for (const row of chosen) {
      const skipped = row.waitsFor ?? (row.onTap ? reason : undefined);
      const enter = row.onTap ? (space?.enter ?? []) : [];
      let result;
      try {
        result = await measureRow(row, { rounds, quick: options.quick, enter, skipped });
      } catch (error) {
        console.error(`\n${row.name} failed, the other rows go on: ${error.stack}`);
        failed.push(row.name);
        continue;
      }
      results.push(result);
      if (!options.json) printRow(result);
      // Row by row: a long run that ends early has not been for nothing.
      if (isSaved && skipped === undefined) save(result, order);
    }
  } finally {
    await space?.close();
  }
  if (options.json) console.log(JSON.stringify(results));
  else printSummary(results);
  if (failed.length === 0) return 0;
  console.error(`failed: ${failed.join(", ")}`);
  return 1;
}

/** The rows, in the order in which they want to stand. */
async function loadRows() {
  const folder = new URL("rows/", import.meta.url);
  const files = readdirSync(folder).filter((file) => file.endsWith(".mjs"));
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href)));
  return modules.map((module) => module.row).sort((a, b) => a.place - b.place);
}
