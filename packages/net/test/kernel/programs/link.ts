// Two TAP interfaces on one bridge: what is written to one arrives at the other, whatever it is.
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { tapCreate } from "@miou-solo5/bindings";

/** `ip` with the thread blocked: before a run. */
export function ip(...words: string[]): void {
  execFileSync("ip", words);
}

const execute = promisify(execFile);

/** `ip` while the event loop goes on. */
export async function ipLater(...words: string[]): Promise<void> {
  await execute("ip", words);
}

/** Makes interfaces `left` and `right`, bridged: without spanning tree, so that they forward at once. */
export function bridged(mtu = 1500, ...pairs: readonly [string, string][]): void {
  for (const [left, right] of [["left", "right"], ...pairs] as const) {
    const bridge = `${left}bridge`;
    ip("link", "add", bridge, "type", "bridge", "stp_state", "0", "mcast_snooping", "0");
    ip("link", "set", "dev", bridge, "up");
    for (const name of [left, right]) {
      tapCreate({ name, mtu });
      ip("link", "set", "dev", name, "master", bridge);
    }
  }
}

/** A broadcast frame of `size` bytes whose content follows from `seed`. */
export function frame(size: number, seed = 1): Uint8Array {
  const bytes = Uint8Array.from({ length: size }, (_, i) => (seed * 31 + i * 7) & 0xff);
  bytes.set([255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, seed & 0xff, 0x88, 0xb5].slice(0, size));
  return bytes;
}
