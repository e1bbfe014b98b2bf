// A world on Node's own clock and event loop, without devices: what `host()` is, as far as the
// scheduler's driver is concerned.
import type { Solo5 } from "../src/index.ts";
import { virtualWorld } from "./virtual-world.ts";

export function eventLoopWorld(): Solo5 {
  const now = () => Math.round(performance.now() * 1e6);
  return {
    ...virtualWorld(),
    virtualTime: false,
    clockMonotonic: now,
    clockWall: () => BigInt(Date.now()) * 1_000_000n,
    yield(deadline, ready) {
      const duration = deadline - now();
      const cell = new Int32Array(new SharedArrayBuffer(4));
      if (duration > 0) Atomics.wait(cell, 0, 0, duration / 1e6);
      ready.fill(0);
    },
    wait(deadline, wake) {
      const duration = deadline - now();
      if (duration <= 0) {
        const immediate = setImmediate(wake);
        return { cancel: () => clearImmediate(immediate) };
      }
      const timer = setTimeout(wake, Math.min(Math.ceil(duration / 1e6), 2 ** 31 - 1));
      return { cancel: () => clearTimeout(timer) };
    },
  };
}
