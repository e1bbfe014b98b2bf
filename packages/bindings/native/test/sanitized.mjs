// Runs the tests with an addon built under the address and undefined-behaviour sanitizers, child
// processes and workers included: `node native/test/sanitized.mjs [TEST ...]`. Takes a minute or
// two.
import { execFileSync, spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const cxx = process.env["CXX"] ?? "g++";
const text = (command, ...words) => execFileSync(command, words, { encoding: "utf8" }).trim();

const addon = text(process.execPath, join(root, "native/build.mjs"), "--sanitize");
const libraries = ["libasan.so", "libubsan.so"].map((name) =>
  text(cxx, `-print-file-name=${name}`),
);
const named = process.argv.slice(2);
const { status } = spawnSync(
  "npx",
  [
    "vitest",
    "run",
    ...(named.length > 0 ? named : ["endings", "arguments", "blocks", "waiting", "frames"]),
  ],
  {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      MIOU_SOLO5_ADDON: join(root, addon),
      LD_PRELOAD: libraries.join(":"),
      // Node keeps much until it exits, and has a use for SIGSEGV of its own.
      ASAN_OPTIONS: "detect_leaks=0:handle_segv=0",
    },
  },
);
process.exit(status ?? 1);
