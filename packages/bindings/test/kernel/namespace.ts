// A network (and mount) namespace for a test: whatever is made inside is gone with it, and no traffic leaves it.
//
// The namespace belongs to a process that ends when this one does, however that ends, so that nothing
// is ever left behind. Programs run inside as children, because a thread of the test runner can't change
// its namespace for good.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "vitest";
import { type Ended, kill, type Program, type ProgramOptions, Programs } from "./program.ts";

export type { Program } from "./program.ts";

const ROOT = process.getuid?.() === 0;
const UNSHARE = ROOT ? ["-n", "-m"] : ["-U", "-r", "-n", "-m"];

export interface Namespace {
  /** Runs a command inside and gives its standard output. */
  run(command: string, ...words: string[]): string;
  /** Runs a command inside and tells how it ended. */
  try(
    command: string,
    ...words: string[]
  ): { status: number | null; stdout: string; stderr: string };
  /** The functions of a TypeScript module; arguments and results travel as JSON. */
  program<M>(module: URL, options?: ProgramOptions): Program<M>;
  /** Calls one function of a module, and tells how its process ended. */
  end(module: URL, name: string, input?: unknown[], options?: ProgramOptions): Promise<Ended>;
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
  const enter = ["nsenter", "-t", String(keeper.pid), "-n", "-m"];
  if (!ROOT) enter.push("-U", "--preserve-credentials");
  return new Inside(keeper, enter);
}

class Inside implements Namespace {
  readonly #keeper: ChildProcess;
  readonly #enter: readonly string[];
  readonly #programs: Programs;

  constructor(keeper: ChildProcess, enter: readonly string[]) {
    this.#keeper = keeper;
    this.#enter = enter;
    this.#programs = new Programs(enter);
  }

  run(command: string, ...words: string[]): string {
    const [nsenter, ...rest] = this.#enter as [string, ...string[]];
    return execFileSync(nsenter, [...rest, command, ...words], { encoding: "utf8" });
  }

  try(
    command: string,
    ...words: string[]
  ): { status: number | null; stdout: string; stderr: string } {
    const [nsenter, ...rest] = this.#enter as [string, ...string[]];
    const { status, stdout, stderr } = spawnSync(nsenter, [...rest, command, ...words], {
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  }

  program<M>(module: URL, options: ProgramOptions = {}): Program<M> {
    return this.#programs.of<M>(module, options);
  }

  end(
    module: URL,
    name: string,
    input: unknown[] = [],
    options: ProgramOptions = {},
  ): Promise<Ended> {
    return this.#programs.end(module, name, input, options);
  }

  async close(): Promise<void> {
    await this.#programs.close();
    await kill(this.#keeper);
  }
}
