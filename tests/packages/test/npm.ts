// npm as a user has it: its own settings, an empty cache, nothing of this repository, no compiler.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What a program wrote. It ended with 0, or the promise is rejected with all it wrote. */
export async function output(
  command: string,
  args: readonly string[],
  { cwd, env = process.env, timeout = 120_000 }: RunOptions = {},
): Promise<string> {
  const { stdout } = await run(command, [...args], {
    cwd,
    env,
    timeout,
    maxBuffer: 1 << 26,
    killSignal: "SIGKILL",
  }).catch((error: Failure) => {
    const said = `${error.stdout ?? ""}${error.stderr ?? ""}`.trim();
    throw new Error(`${command} ${args.join(" ")}: ${error.code ?? error.signal}\n${said}`, {
      cause: error,
    });
  });
  return stdout;
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly timeout?: number;
}
interface Failure extends Error {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly code?: number | string;
  readonly signal?: string;
}

/** The script of npm that the path knows, so that it runs where the path is another one. */
export function npmScript(): string {
  const { npm_execpath: named, PATH = "" } = process.env;
  if (named?.endsWith("npm-cli.js")) return named;
  for (const folder of PATH.split(delimiter)) {
    const file = join(folder, "npm");
    if (existsSync(file) && realpathSync(file).endsWith("npm-cli.js")) return realpathSync(file);
  }
  throw new Error("there is no npm on the path");
}

/**
 * The surroundings of a user's npm and programs: `node` is all that the path has (no compiler, no make, no
 * git, no npm), and no setting of this machine or of the npm that runs this test reaches it.
 */
export function bareEnvironment(
  folder: string,
  registry: string,
  node = process.execPath,
): NodeJS.ProcessEnv {
  const bin = join(folder, "bin");
  const settings = join(folder, "npmrc");
  if (!existsSync(bin)) {
    mkdirSync(bin, { recursive: true });
    symlinkSync(node, join(bin, "node"));
    writeFileSync(settings, "");
  }
  return {
    PATH: bin,
    HOME: folder,
    npm_config_userconfig: settings,
    npm_config_globalconfig: join(folder, "global-npmrc"),
    npm_config_cache: join(folder, "npm-cache"),
    npm_config_registry: registry,
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
  };
}

/** Runs npm in the surroundings given. */
export function npm(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return output(process.execPath, [npmScript(), ...args], { cwd, env });
}
