// Programs under `solo5-node` with a file as their block device "store".
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe } from "vitest";

const KV = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const SOLO5_NODE = findSolo5Node();

/** `describe` for tests that need Linux: skipped elsewhere, with the reason, but never in CI. */
export function describeLinux(title: string, body: () => void): void {
  if (process.platform === "linux" || process.env["CI"] === "true") {
    describe(title, body);
    return;
  }
  process.stderr.write(`skipped: ${title}: files as block devices need Linux\n`);
  describe.skip(title, body);
}

export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** A file for a store, in a folder of its own. */
export class StoreFile implements Disposable {
  readonly path: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "miou-solo5-kv-"));

  constructor(size: number) {
    this.path = join(this.#folder, "store.img");
    writeFileSync(this.path, "");
    truncateSync(this.path, size);
  }

  /** Runs `kv` to its end. */
  async kv(...words: string[]): Promise<Ended> {
    const program = this.start(KV, words);
    const status = await program.ended();
    return { status, output: program.lines.map((line) => `${line}\n`).join("") };
  }

  start(program: string, words: readonly string[] = [], options: readonly string[] = []): Program {
    const args = [SOLO5_NODE, `--block:store=${this.path}`, ...options, "--", program, ...words];
    return new Program(spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] }));
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

export class Program {
  /** What it has printed so far, line by line. */
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #closed: Promise<unknown>;
  #onLine: () => void = () => {};

  constructor(process: ChildProcess) {
    this.#process = process;
    this.#closed = once(process, "close").then(() => this.#onLine());
    for (const stream of [process.stdout, process.stderr]) {
      if (stream === null) continue;
      createInterface(stream).on("line", (line) => {
        this.lines.push(line);
        this.#onLine();
      });
    }
  }

  /** Waits until it has printed so many lines. @throws {Error} where it ends before */
  async printed(count: number): Promise<void> {
    while (this.lines.length < count) {
      if (this.#process.exitCode !== null) throw new Error(`ended:\n${this.lines.join("\n")}`);
      await new Promise<void>((resolve) => {
        this.#onLine = resolve;
      });
    }
  }

  /** Ends it at once, wherever it is, and waits until all that it printed is here. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#closed;
  }

  async ended(): Promise<number | null> {
    await this.#closed;
    return this.#process.exitCode;
  }
}

function findSolo5Node(): string {
  const manifest = createRequire(import.meta.url).resolve("@miou-solo5/tender/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: Record<string, string> };
  return join(dirname(manifest), bin["solo5-node"] as string);
}
