// Every row runs and gives figures that can be figures. Never how fast: that is not for tests to say.
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";

interface Goal {
  readonly value: number | null;
  readonly met: boolean | null;
}

interface Row {
  readonly name: string;
  readonly skipped?: string;
  readonly cases: readonly {
    readonly name: string;
    readonly sides: readonly { readonly side: string; readonly figure: number }[];
    readonly goals: readonly Goal[];
  }[];
}

const bench = fileURLToPath(new URL("../bench.mjs", import.meta.url));
const names = readdirSync(new URL("../rows/", import.meta.url)).map((file) =>
  file.replace(/\.mjs$/, ""),
);
const run = promisify(execFile);
const isReal = (figure: number | null) => figure !== null && Number.isFinite(figure) && figure > 0;

describe("a quick run of all rows", () => {
  const rows = new Map<string, Row>();

  // Not blocking: a test runner that can't reach its worker for a minute gives it up.
  beforeAll(async () => {
    const words = [bench, "--quick", "--json", "--no-build"];
    const { stdout } = await run(process.execPath, words, { maxBuffer: 1 << 24 });
    for (const row of JSON.parse(stdout) as Row[]) rows.set(row.name, row);
  }, 600_000);

  test.each(names)("%s gives a figure for every side and a verdict for every goal", (name) => {
    const row = rows.get(name) as Row;
    if (row.skipped !== undefined) {
      // Where CI runs, nothing may be left out.
      expect(process.env["CI"], row.skipped).not.toBe("true");
      return;
    }
    expect(row.cases.length).toBeGreaterThan(0);
    for (const { name: title, sides, goals } of row.cases) {
      expect(sides.length, title).toBeGreaterThan(0);
      for (const { side, figure } of sides) {
        expect(isReal(figure), `${title}, ${side}: ${figure}`).toBe(true);
      }
      for (const { value, met } of goals) {
        expect(isReal(value), title).toBe(true);
        expect(typeof met).toBe("boolean");
      }
    }
  });
});

test("an unknown row is refused, with the names that there are", async () => {
  const fault = await run(process.execPath, [bench, "no-such-row", "--no-build"]).catch(
    (error: { readonly code: number; readonly stderr: string }) => error,
  );
  expect(fault).toMatchObject({ code: 2 });
  for (const name of names) expect(fault.stderr).toContain(name);
});
