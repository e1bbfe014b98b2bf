// What the addon allocates it frees: the programs of leaks.test.ts under the leak sanitizer, which knows of every byte.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Programs } from "./kernel/program.ts";

const PACKAGE = fileURLToPath(new URL("../", import.meta.url));
const MODULE = new URL("./programs/leaks.ts", import.meta.url);
const cxx = process.env["CXX"] ?? "g++";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Builds the addon with the sanitizers, `source` without the one place where it has `text`; gives its path. */
function sanitized(source?: string, text = ""): string {
  const copy = mkdtempSync(join(folder, "addon-"));
  cpSync(join(PACKAGE, "native"), join(copy, "native"), { recursive: true });
  cpSync(join(PACKAGE, "package.json"), join(copy, "package.json"));
  symlinkSync(join(PACKAGE, "../../node_modules"), join(copy, "node_modules"));
  if (source !== undefined) {
    const path = join(copy, "native", source);
    const parts = readFileSync(path, "utf8").split(text);
    expect(parts.length, `${source} has one ${text}`).toBe(2);
    writeFileSync(path, parts.join(""));
  }
  const words = [join(copy, "native/build.mjs"), "--sanitize"];
  return join(copy, execFileSync(process.execPath, words, { encoding: "utf8" }).trim());
}

/** Runs every program of leaks.ts a few times over, and gives what was lost. */
async function lost(addon: string): Promise<{ reports: string[]; ended: unknown }> {
  const library = (name: string) =>
    execFileSync(cxx, [`-print-file-name=${name}`], { encoding: "utf8" }).trim();
  // Node has a use for SIGSEGV of its own.
  const options = "detect_leaks=1:handle_segv=0:exitcode=0";
  const before = process.env["MIOU_SOLO5_ADDON"];
  process.env["MIOU_SOLO5_ADDON"] = addon;
  const programs = new Programs([
    "env",
    `LD_PRELOAD=${library("libasan.so")}:${library("libubsan.so")}`,
    `ASAN_OPTIONS=${options}`,
  ]);
  if (before === undefined) delete process.env["MIOU_SOLO5_ADDON"];
  else process.env["MIOU_SOLO5_ADDON"] = before;
  try {
    const { status, signal, errors, value } = await programs.end(MODULE, "fewOfAll", [], {
      timeout: 60_000,
    });
    return {
      reports: errors.match(/^.*(leak of|ERROR: |runtime error).*$/gm) ?? [],
      ended: { status, signal, value },
    };
  } finally {
    await programs.close();
  }
}

const fine = { status: 0, signal: null, value: 1000 };

test("not a byte is lost", async () => {
  expect(await lost(sanitized())).toEqual({ reports: [], ended: fine });
}, 120_000);

test("an addon that keeps the memory of a closed wait is found out", async () => {
  const { reports, ended } = await lost(sanitized("wait.cc", "    free(closed->poll);\n"));
  expect(ended).toEqual(fine);
  expect(reports.join("\n")).toMatch(/leak of \d+ byte\(s\) in \d+ object\(s\)/);
}, 120_000);
