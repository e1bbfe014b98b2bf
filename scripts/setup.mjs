// What `npm start` and `npm test` have in common: a Node that is new enough, packages installed as the
// lock file says, workspaces built. Each part looks first and does nothing where nothing is to do.
//
// Plain Node without dependencies: this runs before anything is installed.

import { spawn } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../", import.meta.url));

/** A fault of set-up, worded for who typed the command. */
export class SetupError extends Error {
  name = "SetupError";
}

/** Throws where this Node is older than `engines` in package.json asks for. */
export function checkNode() {
  const wanted = readJson("package.json").engines.node.replace(">=", "");
  const [major, minor] = wanted.split(".").map(Number);
  const [haveMajor, haveMinor] = process.versions.node.split(".").map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  throw new SetupError(
    `Node ${wanted} or newer is needed, this is ${process.versions.node}. See https://nodejs.org`,
  );
}

/**
 * Installs what the lock file says where `node_modules` is missing or something else.
 *
 * Not `npm ci`: that refuses a lock file which doesn't list the binaries of every other system, and npm
 * lists those that the registry at hand has. `--no-save` keeps both files as they are.
 */
export async function install() {
  const reason = whyInstall();
  if (reason === null) return;
  note(`installing packages (${reason}) ...`);
  // npm tells its scripts where it is itself; outside a script there is one on the path.
  const { npm_execpath: npm } = process.env;
  const [command, prefix] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  const { status, output } = await capture(command, [
    ...prefix,
    ...["install", "--no-save", "--include=dev", "--no-audit", "--no-fund"],
  ]);
  if (status !== 0) throw new SetupError(`npm install failed:\n${output}`);
}

/**
 * Builds what is not built from the present sources; turbo knows what that is. `args` narrow it down,
 * `--filter=...` say.
 *
 * Everything but the addon can be built where there is no C++ compiler, or no Linux: then this gives what
 * the addon's build said, else null.
 */
export async function build(args) {
  const timer = setTimeout(note, 1500, "building ...");
  try {
    const command = ["run", "build", "--output-logs=errors-only", ...args];
    const { status, output } = await turbo(command);
    if (status === 0) return null;
    const native = /native\/build\.mjs: (.*)/.exec(output);
    if (native === null) throw new SetupError(`the build failed:\n${output}`);
    // `--only` leaves out what builds depend on beside other builds: the addon.
    const rest = await turbo([...command, "--only"]);
    if (rest.status !== 0) throw new SetupError(`the build failed:\n${rest.output}`);
    return native[1];
  } finally {
    clearTimeout(timer);
  }
}

/** Whether anything can be installed or built here: not on a read-only disk, nor in somebody else's clone. */
export function isWritable() {
  try {
    accessSync(root, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs turbo and collects what it writes; with `show`, writes it through as well. */
export function turbo(args, { show = false } = {}) {
  const binary = join(root, "node_modules", "turbo", "bin", "turbo");
  const isLimited = args.some((arg) => arg.startsWith("--concurrency="));
  const limit = isLimited ? [] : [`--concurrency=${Math.max(2, os.availableParallelism())}`];
  const all = [binary, ...args, ...limit];
  return capture(process.execPath, all, show);
}

/** Writes a line about progress: to stderr, what programs read is stdout. */
export function note(text) {
  process.stderr.write(`${text}\n`);
}

/** Ends the process after a fault: a SetupError in its own words, anything else with its stack. */
export function fail(error) {
  note(error instanceof SetupError ? error.message : (error?.stack ?? String(error)));
  process.exitCode = 1;
}

function whyInstall() {
  const installedPath = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedPath)) return "none are there";
  const wanted = readJson("package-lock.json").packages;
  const installed = JSON.parse(readFileSync(installedPath, "utf8")).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const have = installed[path];
    // Optional packages are those of other systems, mostly.
    if (have === undefined && entry.optional) continue;
    if (have === undefined) return `${path} is missing`;
    if (have.version !== entry.version || have.integrity !== entry.integrity) {
      return `${path} is another version`;
    }
    if (!existsSync(join(root, path))) return `${path} is missing`;
  }
  return null;
}

function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

function capture(command, args, show = false) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" },
    });
    const parts = [];
    for (const [stream, target] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.on("data", (part) => {
        parts.push(part);
        if (show) target.write(part);
      });
    }
    // The child hears of Ctrl-C from the terminal; any other signal is handed on. That one came is
    // remembered: turbo ends with 0 after a signal that it has handled.
    let heard = null;
    const hear = (signal) => {
      heard ??= signal;
      if (signal !== "SIGINT") child.kill(signal);
    };
    const signals = ["SIGTERM", "SIGHUP", "SIGINT"];
    for (const signal of signals) process.on(signal, hear);
    const settle = () => {
      for (const signal of signals) process.off(signal, hear);
    };
    child.on("error", (cause) => {
      settle();
      reject(new SetupError(`${command} could not be started: ${cause.message}`, { cause }));
    });
    child.on("close", (code, signal) => {
      settle();
      // Greater codes are no signals: npm ends with 243 where it may not write.
      const told = signals.find((name) => name === signal || statusOf(name) === code);
      if (heard !== null || told !== undefined) interruptedBy(heard ?? told);
      const end = signal === null ? "" : `${command} was ended by ${signal}\n`;
      resolve({ status: code ?? 1, output: end + Buffer.concat(parts).toString() });
    });
  });
}

function interruptedBy(signal) {
  note(`interrupted (${signal})`);
  process.exit(statusOf(signal));
}

/** What a shell reports of a process that a signal ended. */
function statusOf(signal) {
  return 128 + os.constants.signals[signal];
}
