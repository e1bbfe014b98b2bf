// The soak in small; `npm run soak` does the whole of it.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("a soak in small leaves the heap as it was", { timeout: 180_000 }, () => {
  const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));
  const loader = new URL("load-typescript.mjs", import.meta.url).href;
  const flags = ["--expose-gc", "--import", loader, path("soak/soak.ts"), "0.05"];
  const { stdout, stderr, status } = spawnSync(process.execPath, flags, {
    encoding: "utf8",
    timeout: 170_000,
  });
  expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: "" });
  expect(stdout.replaceAll(/ -?\d+ KiB, [\d.]+ s$/gm, " …").split("\n")).toEqual([
    "50,000 tasks spawned and finished: heap grown by …",
    "5,000 tasks asleep at once, half of them cancelled: heap grown by …",
    expect.stringMatching(/^ {2}[\d,]{5,} messages$/),
    "0.5 h of virtual time, a hundred tasks at work: heap grown by …",
    "",
  ]);
});
