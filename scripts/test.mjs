// `npm test`: everything that can be wrong, counted. Builds, type checks, lints and tests all
// workspaces, then adds up what vitest wrote. The last line is "N passed, N failed, N skipped".
//
//   npm test                              everything
//   npm test -- --filter=@miou-solo5/net  what belongs to one workspace
//   CI=true npm test                      a skipped test is a failure

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { exclusively } from "./lock.mjs";
import { checkNode, fail, install, root, SetupError, turbo } from "./setup.mjs";

const RUNS = join(root, ".turbo", "runs");
/** Of a failure's message, at each of its ends. */
const MESSAGE_LINES_MAX = 12;
/**
 * What can be wrong without a clock goes together. Tests go alone, one workspace after the other (each uses all
 * processors by itself): some measure time, and those of the kernel share one.
 */
const PHASES = [
  { tasks: ["build", "typecheck", "lint"], options: [] },
  { tasks: ["test"], options: ["--concurrency=1"] },
];

try {
  checkNode();
  // Results are files, one for each workspace.
  process.exitCode = await exclusively("test", "npm test", () => testAll(process.argv.slice(2)));
} catch (error) {
  fail(error);
  console.log("0 passed, 1 failed");
}

async function testAll(args) {
  // A result of last time must not stand for one that was not written this time.
  for (const folder of workspaces()) rmSync(resultsOf(folder), { force: true });
  const sum = { passed: 0, failed: 0, skipped: 0, faults: [] };
  for (const { tasks, options } of PHASES) {
    const before = sum.failed;
    const run = () => runPhase(tasks, [...options, ...args]);
    const status = await (tasks.includes("build") ? installAnd(run) : run());
    for (const task of summaryTasks(tasks)) addTask(sum, task);
    if (status === 0 || sum.failed > before) continue;
    sum.failed += 1;
    sum.faults.push(`turbo ended with status ${status}`);
  }
  const { CI } = process.env;
  if (CI === "true" && sum.skipped > 0) {
    sum.failed += sum.skipped;
    sum.faults.push(`${sum.skipped} skipped, which CI=true counts as failed`);
  }
  console.log("");
  for (const fault of sum.faults) console.log(`FAILED ${fault}`);
  const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : "";
  console.log(`${sum.passed} passed, ${sum.failed} failed${skipped}`);
  return sum.failed === 0 ? 0 : 1;
}

/** Nobody else installs or builds meanwhile; later, what is built stays as it is. */
function installAnd(build) {
  return exclusively("build", "npm test", async () => {
    await install();
    return await build();
  });
}

async function runPhase(tasks, args) {
  rmSync(RUNS, { recursive: true, force: true });
  const options = ["--continue", "--summarize", "--output-logs=new-only"];
  const { status } = await turbo(["run", ...tasks, ...options, ...args], { show: true });
  return status;
}

/**
 * What ran, from the summary that turbo wrote of this run. Tests need builds: these were counted in the phase
 * before, and are left out.
 */
function summaryTasks(wanted) {
  const files = existsSync(RUNS) ? readdirSync(RUNS) : [];
  if (files.length !== 1) throw new SetupError("turbo wrote no summary of its run");
  const { tasks } = JSON.parse(readFileSync(join(RUNS, files[0]), "utf8"));
  return tasks.filter(({ task }) => wanted.includes("build") || wanted.includes(task));
}

function addTask(sum, task) {
  // A workspace without such a script.
  if (task.command === "<NONEXISTENT>") return;
  const exitCode = task.execution?.exitCode ?? null;
  if (task.task === "test") {
    const failed = addResults(sum, task);
    if (failed > 0 || exitCode === 0) return;
  }
  if (exitCode === 0) return;
  sum.failed += 1;
  const how = exitCode === null ? "did not run" : `ended with status ${exitCode}`;
  sum.faults.push(`${task.taskId} ${how}`);
}

/** Adds one workspace's tests; says how many failed. */
function addResults(sum, task) {
  const path = resultsOf(task.directory);
  if (!existsSync(path)) {
    sum.failed += 1;
    sum.faults.push(`${task.taskId} wrote no results`);
    return 1;
  }
  let failed = 0;
  for (const file of JSON.parse(readFileSync(path, "utf8")).testResults) {
    const name = file.name.replace(root, "");
    for (const { status, fullName, failureMessages } of file.assertionResults) {
      if (status === "passed") sum.passed += 1;
      else if (status === "failed") {
        failed += 1;
        sum.faults.push(`${name}: ${fullName}${shortened(failureMessages[0])}`);
      } else {
        sum.skipped += 1;
        console.log(`skipped ${name}: ${fullName}`);
      }
    }
    // A file that could not be loaded has no tests to count.
    if (file.status === "failed" && !file.assertionResults.some((one) => one.status === "failed")) {
      failed += 1;
      sum.faults.push(`${name}: ${file.message.split("\n")[0] || "could not be run"}`);
    }
  }
  sum.failed += failed;
  return failed;
}

/**
 * A message's beginning and its end, without the stack, indented: the log of a whole run is long, and often only its last
 * lines are kept.
 */
function shortened(message = "") {
  const lines = stripVTControlCharacters(message)
    .split("\n")
    .filter((line) => !/^ {4}at /.test(line));
  const shown =
    lines.length <= 2 * MESSAGE_LINES_MAX
      ? lines
      : [...lines.slice(0, MESSAGE_LINES_MAX), "...", ...lines.slice(-MESSAGE_LINES_MAX)];
  return shown.map((line) => `\n    ${line}`).join("");
}

function resultsOf(folder) {
  return join(root, folder, "test-results", "vitest.json");
}

function workspaces() {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).workspaces.flatMap(
    (pattern) => {
      const parent = pattern.replace("/*", "");
      if (parent === pattern) return [pattern];
      return existsSync(join(root, parent))
        ? readdirSync(join(root, parent)).map((folder) => join(parent, folder))
        : [];
    },
  );
}
