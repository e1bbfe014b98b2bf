// The system's own `ping`.

import { spawn } from "node:child_process";
import type { Row } from "./samples.ts";

/** Why there is no row: `ping` is missing, or could not do its work. */
export interface NoPing {
  readonly reason: string;
}

/** Sends `count` echo requests of 56 bytes, 100 a second. */
export async function ping(
  address: string,
  count: number,
  signal: AbortSignal,
): Promise<Row | NoPing> {
  const args = ["-n", "-c", `${count}`, "-i", "0.01", "-W", "5", address];
  const result = await output("ping", args, signal);
  if ("fault" in result) return { reason: result.fault };
  const { text, errors } = result;
  const roundTrips = [...text.matchAll(/ time[=<]([0-9.]+) ms/g)].map((match) => Number(match[1]));
  const sent = Number(/([0-9]+) packets transmitted/.exec(text)?.[1] ?? 0);
  if (sent === 0) return { reason: `\`ping\` failed: ${errors.trim() || text.trim()}` };
  return { what: "ping, 56 bytes", sent, answered: roundTrips.length, roundTrips };
}

function output(
  command: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ text: string; errors: string } | { fault: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C" },
      signal,
    });
    let text = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    child.stderr.setEncoding("utf8").on("data", (part: string) => {
      errors += part;
    });
    child.on("error", (error) => {
      if (signal.aborted) reject(error);
      else resolve({ fault: `\`ping\` can't be started here: ${error.message}` });
    });
    child.on("close", () => resolve({ text, errors }));
  });
}
