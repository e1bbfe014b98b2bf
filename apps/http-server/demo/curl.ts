// The system's own `curl`.

import { spawn } from "node:child_process";

export interface Curled {
  readonly body: Buffer;
  /** Seconds that it took, as curl says. */
  readonly duration: number;
}

/**
 * Runs it with `input` as its standard input.
 *
 * @throws {Error} where there is none, or it fails: with what it said
 */
export function curl(
  words: readonly string[],
  signal: AbortSignal,
  input: Buffer = Buffer.alloc(0),
): Promise<Curled> {
  const options = ["--silent", "--show-error", "--fail", "--max-time", "60"];
  const child = spawn("curl", [...options, "--write-out", "%{stderr}%{time_total}", ...words], {
    stdio: ["pipe", "pipe", "pipe"],
    signal,
  });
  const body: Buffer[] = [];
  let errors = "";
  child.stdout.on("data", (part: Buffer) => void body.push(part));
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    errors += part;
  });
  // Where curl ends early, the rest of the input goes nowhere.
  child.stdin.on("error", () => {}).end(input);
  return new Promise((resolve, reject) => {
    child.on("error", (cause) => {
      reject(new Error(`curl can't be started here (apt-get install curl): ${cause.message}`));
    });
    child.on("close", (status) => {
      if (status === 0) resolve({ body: Buffer.concat(body), duration: Number(errors) });
      else reject(new Error(`curl ${words.join(" ")} ended with ${status}: ${errors}`));
    });
  });
}
