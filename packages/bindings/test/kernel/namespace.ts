// A network (and mount) namespace for a test: whatever is made inside is gone with it, and no traffic leaves it.
//
// The namespace belongs to a process that ends when this one does, however that ends, so that nothing
// is ever left behind. Programs run inside as children, because a thread of the test runner can't change
// its namespace for good.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, test } from "vitest";

const ROOT = process.getuid?.() === 0;
const UNSHARE = ROOT ? ["-n", "-m"] : ["-U", "-r", "-n", "-m"];
const NODE_FLAGS = ["--enable-source-maps", "--expose-gc"];
const ADDON = fileURLToPath(
  new URL(`../../prebuilds/linux-${process.arch}-glibc/miou-solo5.node`, import.meta.url),
);

export interface ProgramOptions {
  /** Runs the program as this user instead of the one who owns the namespace. */
  readonly user?: string;
  /** Milliseconds after which the program is ended and the call fails. Default: 15,000. */
  readonly timeout?: number;
}

/** A module whose exported functions run in the namespace, each call in a process of its own. */
export type Program<M> = {
  readonly [K in keyof M]: M[K] extends (...input: infer A) => infer R
    ? (...input: A) => Promise<Awaited<R>>
    : never;
};

export interface Namespace {
  /** Runs a command inside and gives its standard output. */
  run(command: string, ...words: string[]): string;
  /** The functions of a TypeScript module; arguments and results travel as JSON. */
  program<M>(module: URL, options?: ProgramOptions): Program<M>;
  /** Ends what still runs inside and removes the namespace. */
  close(): Promise<void>;
}

/** Why TAP interfaces can't be had here; undefined where they can. */
export function whyNot(): string | undefined {
  if (process.platform !== "linux") return `TAP interfaces need Linux, this is ${process.platform}`;
  const trial = spawnSync(
    "unshare",
    [...UNSHARE, "ip", "tuntap", "add", "dev", "t0", "mode", "tap"],
    {
      encoding: "utf8",
    },
  );
  if (trial.error !== undefined) return `unshare can't be run: ${trial.error.message}`;
  if (trial.status === 0) return undefined;
  return `no TAP interface in a namespace of one's own: ${trial.stderr.trim()}`;
}

/** `describe` for tests that need the kernel: skipped with the reason where that is impossible, but never in CI. */
export function describeKernel(title: string, body: () => void): void {
  const reason = whyNot();
  if (reason === undefined) {
    describe(title, body);
  } else if (process.env["CI"] === "true") {
    test(title, () => {
      throw new Error(`kernel tests may not be skipped in CI: ${reason}`);
    });
  } else {
    process.stderr.write(`skipped: ${title}: ${reason}\n`);
    describe.skip(`${title} (${reason})`, body);
  }
}

/** Makes a namespace with its loopback up and without IPv6, whose own chatter would disturb counts. */
export async function namespace(): Promise<Namespace> {
  const script = [
    "ip link set lo up",
    "for i in all default; do echo 1 > /proc/sys/net/ipv6/conf/$i/disable_ipv6; done 2>/dev/null",
    "echo ready",
    "exec cat",
  ].join("; ");
  // `cat` ends when its standard input does, and that pipe closes with this process.
  const keeper = spawn("unshare", [...UNSHARE, "sh", "-c", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(keeper.stdout, "data");
  const folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
  chmodSync(folder, 0o755);
  // Beside the programs, where another user can read it as well.
  const addon = join(folder, "miou-solo5.node");
  copyFileSync(process.env["MIOU_SOLO5_ADDON"] ?? ADDON, addon);
  const enter = ["-t", String(keeper.pid), "-n", "-m"];
  if (!ROOT) enter.push("-U", "--preserve-credentials");
  return new Inside(keeper, folder, addon, enter);
}

class Inside implements Namespace {
  readonly #keeper: ChildProcess;
  readonly #folder: string;
  readonly #addon: string;
  readonly #enter: readonly string[];
  readonly #bundles = new Map<string, Promise<string>>();
  readonly #children = new Set<ChildProcess>();

  constructor(keeper: ChildProcess, folder: string, addon: string, enter: readonly string[]) {
    this.#keeper = keeper;
    this.#folder = folder;
    this.#addon = addon;
    this.#enter = enter;
  }

  run(command: string, ...words: string[]): string {
    return execFileSync("nsenter", [...this.#enter, command, ...words], { encoding: "utf8" });
  }

  program<M>(module: URL, options: ProgramOptions = {}): Program<M> {
    const path = fileURLToPath(module);
    const call = async (name: string, input: unknown[]): Promise<unknown> => {
      const known = this.#bundles.get(path);
      const bundle = known ?? this.#bundle(path);
      if (known === undefined) this.#bundles.set(path, bundle);
      return this.#call(await bundle, name, input, options);
    };
    return new Proxy({} as Program<M>, {
      get:
        (_, name) =>
        (...input: unknown[]) =>
          call(String(name), input),
    });
  }

  async close(): Promise<void> {
    for (const child of [...this.#children, this.#keeper]) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #bundle(path: string): Promise<string> {
    const outfile = join(this.#folder, `program-${this.#bundles.size}.mjs`);
    await build({
      stdin: { contents: entry(path), resolveDir: join(path, ".."), loader: "ts" },
      bundle: true,
      platform: "node",
      format: "esm",
      sourcemap: "inline",
      outfile,
      logLevel: "error",
    });
    return outfile;
  }

  async #call(
    bundle: string,
    name: string,
    input: unknown[],
    { user, timeout = 15_000 }: ProgramOptions,
  ): Promise<unknown> {
    const as =
      user === undefined ? [] : ["setpriv", `--reuid=${user}`, "--regid=65534", "--clear-groups"];
    const child = spawn(
      "nsenter",
      [...this.#enter, ...as, process.execPath, ...NODE_FLAGS, bundle, name, JSON.stringify(input)],
      {
        env: { ...process.env, MIOU_SOLO5_ADDON: this.#addon },
        stdio: ["ignore", "inherit", "pipe", "pipe"],
      },
    );
    this.#children.add(child);
    const timer = setTimeout(() => child.kill("SIGKILL"), timeout);
    const texts = ["", "", ""];
    for (const index of [2, 3]) {
      const stream = child.stdio[index] as NodeJS.ReadableStream;
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        texts[index] = (texts[index] ?? "") + text;
      });
    }
    const [status, signal] = await once(child, "close");
    clearTimeout(timer);
    this.#children.delete(child);
    const [, , errors, result = ""] = texts;
    if (status === 0 && result !== "") return (JSON.parse(result) as { value: unknown }).value;
    throw new Error(`${name} ended with ${signal ?? status} and "${result}":\n${errors}`);
  }
}

// The result goes through a descriptor of its own, so that a program may print what it likes.
function entry(path: string): string {
  return `
    import { writeSync } from "node:fs";
    import * as program from ${JSON.stringify(path)};
    const [name, input] = process.argv.slice(2);
    const value = await program[name](...JSON.parse(input));
    writeSync(3, JSON.stringify({ value }));
  `;
}
