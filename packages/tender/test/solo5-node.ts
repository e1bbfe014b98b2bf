// Runs the built `solo5-node` as a child process, as a user would.
import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const MAIN = fileURLToPath(new URL("../bin/solo5-node.mjs", import.meta.url));

/** How a child ended. A child that a signal killed has no status. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Settles once `text` has been printed; fails if the child ends without. */
  printed(text: string): Promise<void>;
}

/** The path of a program in `test/programs`. */
export function program(name: string): string {
  return fileURLToPath(new URL(`programs/${name}`, import.meta.url));
}

/** Starts `solo5-node`; `before` is put before the command, as `["setpriv", ...]`. */
export function start(
  argv: readonly string[],
  options: {
    readonly before?: readonly string[];
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    /** What the child inherits from descriptor 3 on. */
    readonly descriptors?: readonly number[];
  } = {},
): Started {
  if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: build the package first`);
  const [command = "", ...rest] = [...(options.before ?? []), process.execPath, MAIN, ...argv];
  const stdio: StdioOptions = ["ignore", "pipe", "pipe", ...(options.descriptors ?? [])];
  const child = spawn(command, rest, { cwd: options.cwd, env: options.env ?? process.env, stdio });
  let stdout = "";
  let stderr = "";
  const ended = new Promise<Ended>((resolve, reject) => {
    child.stdout?.on("data", (bytes) => {
      stdout += bytes;
    });
    child.stderr?.on("data", (bytes) => {
      stderr += bytes;
    });
    child.on("error", reject);
    child.on("close", (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  const printed = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stdout.includes(text)) resolve();
      };
      child.stdout?.on("data", look);
      look();
      ended.then(
        (end) => reject(new Error(`ended without printing ${text}: ${JSON.stringify(end)}`)),
        reject,
      );
    });
  return { child, ended, printed };
}

/** Runs `solo5-node` to its end. */
export function solo5Node(
  argv: readonly string[],
  options?: Parameters<typeof start>[1],
): Promise<Ended> {
  return start(argv, options).ended;
}
