// Runs exported functions of TypeScript modules in processes of their own: bundled once, called by name,
// with arguments and results as JSON.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const NODE_FLAGS = ["--enable-source-maps", "--expose-gc"];
const ADDON = fileURLToPath(
  new URL(`../../prebuilds/linux-${process.arch}-glibc/miou-solo5.node`, import.meta.url),
);

export interface ProgramOptions {
  /** Runs the program as this user instead. Only root can. */
  readonly user?: string;
  /** Milliseconds after which the program is ended and the call fails. Default: 15,000. */
  readonly timeout?: number;
}

/** A module whose exported functions run elsewhere, each call in a process of its own. */
export type Program<M> = {
  readonly [K in keyof M]: M[K] extends (...input: infer A) => infer R
    ? (...input: A) => Promise<Awaited<R>>
    : never;
};

/** How a process ended. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
  /** What the function returned; undefined where the process ended before it did. */
  readonly value: unknown;
}

/** A place where programs run; `enter` is the command line in front of each. */
export class Programs {
  readonly #enter: readonly string[];
  readonly #folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
  readonly #addon = join(this.#folder, "miou-solo5.node");
  readonly #bundles = new Map<string, Promise<string>>();
  readonly #children = new Set<ChildProcess>();

  constructor(enter: readonly string[] = []) {
    this.#enter = enter;
    // Bundle and addon lie beside each other, where another user can read them as well.
    chmodSync(this.#folder, 0o755);
    copyFileSync(process.env["MIOU_SOLO5_ADDON"] ?? ADDON, this.#addon);
  }

  /** The functions of a module; a call fails where its process does. */
  of<M>(module: URL, options: ProgramOptions = {}): Program<M> {
    const call = async (name: string, input: unknown[]): Promise<unknown> => {
      const ended = await this.end(module, name, input, options);
      if (ended.status === 0 && ended.value !== undefined) return ended.value;
      throw new Error(`${name} ended with ${ended.signal ?? ended.status}:\n${ended.errors}`);
    };
    return new Proxy({} as Program<M>, {
      get:
        (_, name) =>
        (...input: unknown[]) =>
          call(String(name), input),
    });
  }

  /** Calls a function and tells how its process ended. */
  async end(
    module: URL,
    name: string,
    input: unknown[] = [],
    { user, timeout = 15_000 }: ProgramOptions = {},
  ): Promise<Ended> {
    const as =
      user === undefined ? [] : ["setpriv", `--reuid=${user}`, "--regid=65534", "--clear-groups"];
    const line = [...this.#enter, ...as, process.execPath, ...NODE_FLAGS];
    const [command, ...words] = line as [string, ...string[]];
    const bundle = await this.#bundle(fileURLToPath(module));
    const child = spawn(command, [...words, bundle, name, JSON.stringify(input)], {
      env: { ...process.env, MIOU_SOLO5_ADDON: this.#addon },
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    this.#children.add(child);
    const timer = setTimeout(() => child.kill("SIGKILL"), timeout);
    const texts: [string, string, string] = ["", "", ""];
    for (const index of [0, 1, 2] as const) {
      const stream = child.stdio[index + 1] as NodeJS.ReadableStream;
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        texts[index] += text;
      });
    }
    const [status, signal] = await once(child, "close");
    clearTimeout(timer);
    this.#children.delete(child);
    const [output, errors, result] = texts;
    const value = result === "" ? undefined : (JSON.parse(result) as { value: unknown }).value;
    return { status, signal, output, errors, value };
  }

  /** Ends what still runs and removes the bundles. */
  async close(): Promise<void> {
    for (const child of this.#children) await kill(child);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #bundle(path: string): Promise<string> {
    const known = this.#bundles.get(path);
    if (known !== undefined) return known;
    const outfile = join(this.#folder, `program-${this.#bundles.size}.mjs`);
    const bundle = build({
      stdin: { contents: entry(path), resolveDir: join(path, ".."), loader: "ts" },
      bundle: true,
      platform: "node",
      format: "esm",
      sourcemap: "inline",
      outfile,
      logLevel: "error",
    }).then(() => outfile);
    this.#bundles.set(path, bundle);
    return bundle;
  }
}

/** Ends a child and waits for it. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

// The result goes through a descriptor of its own, so that a program may print what it likes.
function entry(path: string): string {
  return `
    import { writeSync } from "node:fs";
    import { isMainThread } from "node:worker_threads";
    import * as program from ${JSON.stringify(path)};
    const [name, input] = process.argv.slice(2);
    const value = await program[name](...JSON.parse(input));
    if (isMainThread) writeSync(3, JSON.stringify({ value: value ?? null }));
  `;
}
