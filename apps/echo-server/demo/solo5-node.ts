// The command `solo5-node`, as the tender's package installs it.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

/** How long the server may take to say that it serves, in milliseconds. */
const START_DURATION_MAX = 10_000;

const solo5Node = findCommand();

/** Makes a TAP interface; gives what `solo5-node` says against it, or undefined. */
export function tapCreate(name: string, address: string, mtu?: number): string | undefined {
  const options = mtu === undefined ? [] : ["--mtu", `${mtu}`];
  const args = [solo5Node, "tap", "create", name, address, ...options];
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return status === 0 ? undefined : stderr.trim().replace(/^solo5-node: /, "");
}

/** A program under `solo5-node`. */
export class Server {
  /** What it has printed so far, line by line. */
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(args: readonly string[]) {
    // A process group of its own: Ctrl-C on the terminal is ours to pass on, once.
    this.#process = spawn(process.execPath, [solo5Node, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#closed = once(this.#process, "close");
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream !== null) createInterface(stream).on("line", (line) => this.lines.push(line));
    }
  }

  /** Waits until it says that it serves: `echo-server: ...`. @throws {Error} with what it printed, where it doesn't, or ends. */
  async started(name: string): Promise<void> {
    const end = performance.now() + START_DURATION_MAX;
    while (!this.lines.some((line) => line.startsWith(`${name}: `))) {
      if (this.ended || performance.now() > end) {
        throw new Error(`the server did not start:\n${this.lines.join("\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  get ended(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  /** Interrupts it and waits for its end; says whether it ended as it should. */
  async stop(): Promise<boolean> {
    if (this.ended) return false;
    this.#process.kill("SIGINT");
    await this.#closed;
    return this.#process.exitCode === 130;
  }
}

function findCommand(): string {
  const manifest = createRequire(import.meta.url).resolve("@miou-solo5/tender/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: Record<string, string> };
  return join(dirname(manifest), bin["solo5-node"] as string);
}
