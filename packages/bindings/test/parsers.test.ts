// What the C library reads that it has not written: replies of the kernel, names, addresses, owners. Random input
// against a second reader; SEED=<n> repeats a run.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildC, leftOpen, testWithValgrind, underValgrind } from "./c-program.ts";
import { seed } from "./seed.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: "utf8" });
  return { status, stdout, stderr };
}

test("random replies and texts are read as they must, under the sanitizers", () => {
  const program = buildC(folder, "parse-fuzz");
  const ended = run(program, String(seed), "20000");
  expect(ended).toEqual({ status: 0, stdout: "20000 rounds\n", stderr: "" });
}, 60_000);

testWithValgrind(
  "they are read without a look at what nobody wrote, under valgrind",
  () => {
    const program = buildC(folder, "parse-fuzz", { sanitized: false });
    const [command, ...words] = underValgrind(program, [String(seed), "2000"], true);
    const { stderr, ...ended } = run(command, ...words);
    expect(ended, stderr).toEqual({ status: 0, stdout: "2000 rounds\n" });
    expect(leftOpen(stderr)).toEqual([]);
  },
  60_000,
);

const FORGOTTEN = [
  ["a reply's size", "link.c", "if (!NLMSG_OK(header, (size_t)count)) return -EBADMSG;", ""],
  [
    ...["an error number", "link.c"],
    ...["if (error->error < -ERRNO_MAX || error->error > 0) return -EBADMSG;", ""],
  ],
  ["an address's prefix", "tap-manage.c", " && *value <= limit", " && limit > 0"],
] as const;

test.each(FORGOTTEN)(
  "a library that doesn't check %s is found out",
  (_, ...mutation) => {
    const program = buildC(folder, "parse-fuzz", { sanitized: false, mutation });
    const { status, stderr } = run(program, String(seed), "20000");
    // Without the sanitizers some inputs end the program by a signal: found out as well.
    expect(status).not.toBe(0);
    if (status !== null) expect(stderr).toMatch(/SEED=\d+, round \d+, input/);
  },
  60_000,
);
