// `npm run release`: builds everything anew, the addons of all machines included, tests it, and publishes what
// npm doesn't have yet. CONTRIBUTING.md, "Releasing", says what comes before.
//
//   npm run release -- --dry-run   everything but the publishing

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { checkNode, fail, install, note, root, SetupError } from "./setup.mjs";

try {
  checkNode();
  const { isDry } = options(process.argv.slice(2));
  checkTree(isDry);
  await install();
  // Everything is built and tested from these sources and on this machine: nothing out of a cache.
  run("the build", "npx", ["turbo", "run", "build", "--force"]);
  // A test that is skipped is a failure here: the addons of all machines are built and tried.
  run("the tests", "npm", ["test"], { CI: "true" });
  // Last, because turbo restores what it has built itself whenever it is asked to build.
  rmSync(join(root, "packages/bindings/prebuilds"), { recursive: true, force: true });
  run("the addons", process.execPath, ["packages/bindings/native/build.mjs", "--all"]);
  if (isDry) note("all is ready; nothing was published (--dry-run)");
  else run("publishing", "npx", ["changeset", "publish"]);
} catch (error) {
  fail(error);
}

function options(words) {
  const unknown = words.filter((word) => word !== "--dry-run");
  if (unknown.length > 0) throw new SetupError(`unknown: ${unknown.join(" ")}; only --dry-run`);
  return { isDry: words.length > 0 };
}

/** What is published must be what is committed, under a version of its own. */
function checkTree(isDry) {
  const { stdout } = spawnSync("git", ["status", "--porcelain"], { cwd: root, encoding: "utf8" });
  const faults = [];
  if (stdout !== "") faults.push(`not committed:\n${stdout.trimEnd()}`);
  const pending = readdirSync(join(root, ".changeset")).filter(
    (name) => name.endsWith(".md") && name !== "README.md",
  );
  if (pending.length > 0) {
    faults.push(`changesets without a version: ${pending.join(", ")}; run npm run release:version`);
  }
  const { version } = JSON.parse(
    readFileSync(join(root, "packages/miou-solo5/package.json"), "utf8"),
  );
  if (version === "0.0.0") faults.push("version 0.0.0 stands for no release at all");
  if (faults.length === 0) return;
  if (!isDry) throw new SetupError(faults.join("\n"));
  for (const fault of faults) note(`a release would stop here: ${fault}`);
}

function run(what, command, args, env = {}) {
  note(`${what}: ${command} ${args.join(" ")}`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (error !== undefined || status !== 0) throw new SetupError(`${what} failed`);
}
