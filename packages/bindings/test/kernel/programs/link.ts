// Two TAP interfaces on one bridge: what is written to one arrives at the other, whatever it is.
import { execFileSync } from "node:child_process";
import { type Host, type HostOptions, host, tapCreate } from "../../../src/index.ts";

export const BROADCAST = [255, 255, 255, 255, 255, 255];
const TYPE = [0x88, 0xb5]; // for local experiments, so that no protocol of the kernel's takes it

export function ip(...words: string[]): string {
  return execFileSync("ip", words, { encoding: "utf8" });
}

/** Makes interfaces `left` and `right`, bridged. */
export function bridged(mtu = 1500): void {
  ip("link", "add", "bridge", "type", "bridge", "mcast_snooping", "0");
  ip("link", "set", "bridge", "up");
  for (const name of ["left", "right"]) {
    tapCreate({ name, mtu });
    ip("link", "set", name, "master", "bridge");
  }
}

export interface Side {
  readonly handle: number;
  readonly mtu: number;
  readonly frameSizeMax: number;
}

export interface Pair {
  readonly solo5: Host;
  readonly left: Side;
  readonly right: Side;
}

export function pair(options: HostOptions = {}): Pair {
  const solo5 = host({
    ...options,
    net: { left: { tap: "left" }, right: { tap: "right" }, ...options.net },
  });
  const side = (name: string): Side => {
    const { handle, mtu } = solo5.netAcquire(name);
    return { handle, mtu, frameSizeMax: mtu + 14 };
  };
  return { solo5, left: side("left"), right: side("right") };
}

/** A broadcast frame of `size` bytes whose content follows from `seed`. */
export function frame(size: number, seed = 1): Uint8Array {
  const bytes = Uint8Array.from({ length: size }, (_, i) => (seed * 31 + i * 7) & 0xff);
  bytes.set([...BROADCAST, 2, 0, 0, 0, 0, seed & 0xff, ...TYPE].slice(0, size));
  return bytes;
}

/** The next frame of a device, waiting for it with the thread blocked; null after `ms` without one. */
export function next(solo5: Host, { handle, frameSizeMax }: Side, ms = 2000): Uint8Array | null {
  const buffer = new Uint8Array(frameSizeMax);
  const ready = new Uint32Array(2);
  const deadline = solo5.clockMonotonic() + ms * 1e6;
  for (;;) {
    const size = solo5.netRead(handle, buffer, 0, frameSizeMax);
    if (size >= 0) return buffer.slice(0, size);
    if (solo5.clockMonotonic() >= deadline) return null;
    solo5.yield(deadline, ready);
  }
}

export function has(ready: Uint32Array, handle: number): boolean {
  return (((ready[handle >> 5] as number) >>> (handle & 31)) & 1) === 1;
}

export const hex = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString("hex");

/** What an error says of itself, or null where nothing was thrown. */
export function failure(call: () => unknown): Record<string, unknown> | null {
  try {
    call();
    return null;
  } catch (error) {
    const { code, message, errno, syscall, device, errors } = error as Record<string, unknown>;
    return {
      code,
      message,
      errno,
      syscall,
      device,
      errors: (errors as { code: string; message: string }[] | undefined)?.map((each) => ({
        code: each.code,
        message: each.message,
      })),
    };
  }
}
