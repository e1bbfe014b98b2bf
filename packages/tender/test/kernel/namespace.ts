// A network and mount namespace of the test's own: `solo5-node` runs inside as a child, no traffic leaves it, and
// everything made in it is gone with it.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { describe, test } from "vitest";

const ROOT = process.getuid?.() === 0;

export interface Namespace {
  /** Put before a command, this runs it inside; `enterAs` does so as that user. */
  readonly enter: readonly string[];
  enterAs(user: number): readonly string[];
  /** Runs a command inside and gives its standard output. */
  run(command: string, ...words: string[]): string;
  /** Ends the namespace with everything made in it. */
  close(): Promise<void>;
}

/**
 * `describe` for tests that need to be root outside of the namespace too: to become another user, to mount. Where
 * they can't be run they are skipped with the reason, but never in CI.
 */
export function describeRoot(title: string, body: () => void): void {
  if (ROOT) {
    describe(title, body);
    return;
  }
  const { CI } = process.env;
  const reason = "needs to be root outside of the namespace";
  if (CI === "true") {
    test(title, () => {
      throw new Error(`kernel tests may not be skipped in CI: ${reason}`);
    });
    return;
  }
  process.stderr.write(`skipped: ${title}: ${reason}\n`);
  describe.skip(`${title} (${reason})`, body);
}

export async function namespace(): Promise<Namespace> {
  const unshare = ROOT ? ["-n", "-m"] : ["-U", "-r", "-n", "-m"];
  // `cat` ends when its standard input does, and that pipe closes with this process.
  const keeper: ChildProcess = spawn("unshare", [...unshare, "sh", "-c", "echo ready; exec cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  if (keeper.stdout === null) throw new Error("unshare has no output");
  await once(keeper.stdout, "data");
  const rights = ROOT ? [] : ["-U", "--preserve-credentials"];
  const enter = ["nsenter", "-t", String(keeper.pid), "-n", "-m", ...rights];
  return {
    enter,
    enterAs: (user) => [
      ...enter,
      "setpriv",
      `--reuid=${user}`,
      `--regid=${user}`,
      "--clear-groups",
    ],
    run: (command, ...words) => {
      const [first = "", ...rest] = [...enter, command, ...words];
      return execFileSync(first, rest, { encoding: "utf8" });
    },
    async close() {
      const ended = once(keeper, "exit");
      keeper.kill("SIGKILL");
      await ended;
    },
  };
}
