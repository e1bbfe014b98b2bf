// A network namespace for tests, and programs that run in it. Nothing of it outlives the test process: the
// namespace is held by a `cat` whose input is a pipe of ours, and what runs in it dies with its parent.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const KINDS = [
  { make: ["--net"], enter: ["--net"] },
  {
    make: ["--user", "--map-root-user", "--net"],
    enter: ["--user", "--preserve-credentials", "--net"],
  },
];

/** Why tests with TAP interfaces can't run here; null where they can. Found out by trying. */
export function whyNoTap(): string | null {
  let why = "";
  for (const { make } of KINDS) {
    const command = [...make, process.execPath, solo5Node, "tap", "create", "try0"];
    const { error, status, stderr } = spawnSync("unshare", command, { encoding: "utf8" });
    if (status === 0) return null;
    why = error?.message ?? stderr.trim();
  }
  return why;
}

/**
 * Whether to leave the tests of a file out: prints why. With CI=true they are never left out, and fail.
 */
export function isLeftOut(file: string): boolean {
  const why = whyNoTap();
  if (why === null || process.env["CI"] === "true") return false;
  console.warn(`${file} is skipped, no TAP interface can be made here: ${why}`);
  return true;
}

export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** A program in the namespace, its output collected. */
export class Program {
  output = "";
  readonly process: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(process: ChildProcess) {
    this.process = process;
    this.#closed = once(process, "close");
    for (const stream of [process.stdout, process.stderr]) {
      stream?.setEncoding("utf8").on("data", (part: string) => {
        this.output += part;
      });
    }
  }

  async printed(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) {
      const { exitCode } = this.process;
      if (exitCode !== null) throw new Error(`ended with ${exitCode}:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async ended(): Promise<Ended> {
    await this.#closed;
    return { status: this.process.exitCode, output: this.output };
  }

  async interrupt(): Promise<Ended> {
    this.process.kill("SIGINT");
    return await this.ended();
  }
}

export class Network implements AsyncDisposable {
  readonly #holder: ChildProcess;
  readonly #enter: readonly string[];
  readonly #programs: Program[] = [];

  private constructor(holder: ChildProcess, enter: readonly string[]) {
    this.#holder = holder;
    this.#enter = enter;
  }

  static async open(): Promise<Network> {
    for (const { make, enter } of KINDS) {
      // It says when it is in: `unshare` has become the shell by then.
      const holder = spawn("unshare", [...make, "sh", "-c", "echo in; exec cat"], {
        stdio: ["pipe", "pipe", "ignore"],
      });
      const [part] = (await Promise.race([once(holder.stdout, "data"), once(holder, "close")])) as [
        unknown,
      ];
      if (String(part) === "in\n") return new Network(holder, enter);
    }
    throw new Error(`no network namespace can be made here: ${whyNoTap()}`);
  }

  /** Starts a program and goes on. */
  spawn(command: string, args: readonly string[]): Program {
    const target = `--target=${this.#holder.pid}`;
    const child = spawn(
      "nsenter",
      [target, ...this.#enter, "setpriv", "--pdeathsig", "KILL", command, ...args],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, LC_ALL: "C" } },
    );
    const program = new Program(child);
    this.#programs.push(program);
    return program;
  }

  /** Runs a program to its end and gives its output. @throws {Error} where its status is not 0. */
  async run(command: string, ...args: string[]): Promise<string> {
    const { status, output } = await this.spawn(command, args).ended();
    if (status === 0) return output;
    throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${output}`);
  }

  solo5Node(...args: string[]): Program {
    return this.spawn(process.execPath, [solo5Node, ...args]);
  }

  async tapCreate(...args: string[]): Promise<void> {
    await this.run(process.execPath, solo5Node, "tap", "create", ...args);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) {
      if (program.process.exitCode !== null || program.process.signalCode !== null) continue;
      program.process.kill("SIGKILL");
      await program.ended();
    }
    this.#holder.stdin?.end();
    await once(this.#holder, "close");
  }
}

const solo5Node = findSolo5Node();

function findSolo5Node(): string {
  const manifest = createRequire(import.meta.url).resolve("@miou-solo5/tender/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: Record<string, string> };
  return join(dirname(manifest), bin["solo5-node"] as string);
}
