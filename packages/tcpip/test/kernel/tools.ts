// Programs of the machine's that tests run.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, test } from "vitest";
import { describeKernel } from "../../../bindings/test/kernel/namespace.ts";

/** `describeKernel` for tests that also need these programs: skipped, with the reason, where one is missing; but never in CI. */
export function describeWith(tools: readonly string[], title: string, body: () => void): void {
  const missing = tools.filter((tool) => !isInstalled(tool));
  if (missing.length === 0) {
    describeKernel(title, body);
    return;
  }
  const reason = `not installed: ${missing.join(", ")}`;
  if (process.env["CI"] === "true") {
    test(title, () => {
      throw new Error(`these tests may not be skipped in CI: ${reason}`);
    });
  } else {
    process.stderr.write(`skipped: ${title}: ${reason}\n`);
    describe.skip(`${title} (${reason})`, body);
  }
}

function isInstalled(tool: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const COMPLAINTS = /\b(bad|incorrect|wrong|invalid|malformed|truncated)\b|\[\|/;

/** The lines in which tcpdump, reading a capture again, is not content with a frame; and how many frames it read. */
export function reread(capture: Uint8Array): { frameCount: number; complaints: string[] } {
  const words = ["-n", "-vvv", "-r", "-"];
  const { status, stdout, stderr, error } = spawnSync("tcpdump", words, {
    input: capture,
    encoding: "latin1",
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`tcpdump ended with ${status}: ${error?.message ?? stderr}`);
  const lines = stdout.split("\n");
  return {
    // A frame begins with its time, further lines about it are indented.
    frameCount: lines.filter((line) => /^\d/.test(line)).length,
    complaints: lines.filter((line) => COMPLAINTS.test(line)),
  };
}
