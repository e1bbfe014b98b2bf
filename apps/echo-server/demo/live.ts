// One line that says what goes through an interface, refreshed once a second.

import { readFileSync } from "node:fs";

const PERIOD = 1000;

interface Frames {
  readonly sent: number;
  readonly received: number;
}

/** Goes on until `signal` fires, or `ended` says so. The counts are the kernel's. */
export async function statisticsLine(
  tap: string,
  signal: AbortSignal,
  ended: () => boolean,
): Promise<void> {
  let before = framesOf(tap);
  while (!signal.aborted && !ended()) {
    await pause(PERIOD, signal);
    const now = framesOf(tap);
    const text =
      `  to the server ${now.sent} frames (${now.sent - before.sent}/s), ` +
      `from it ${now.received} (${now.received - before.received}/s) - Ctrl-C ends it`;
    process.stdout.write(`\r${text}\u001b[K`);
    before = now;
  }
  process.stdout.write("\n");
}

/** /sys would show the network that it was mounted in, /proc shows that of who reads. */
function framesOf(tap: string): Frames {
  const line = readFileSync("/proc/net/dev", "utf8")
    .split("\n")
    .find((candidate) => candidate.trim().startsWith(`${tap}:`));
  const fields = (line ?? "").split(":")[1]?.trim().split(/\s+/).map(Number) ?? [];
  // Receive: bytes, packets and six more; then the same for transmit.
  return { received: fields[1] ?? 0, sent: fields[9] ?? 0 };
}

function pause(duration: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, duration);
    signal.addEventListener("abort", done);
  });
}
