// A simulated machine's devices in a world of real time: what the host is, without the kernel.
import type { Solo5 } from "@miou-solo5/scheduler";
import type { Station } from "./station.ts";

const now = () => Math.round(performance.now() * 1e6);

/** The world; `isWaiting` tells whether a wait is under way, which on a host keeps the process alive. */
export function realTime(here: Station): Solo5 & { readonly isWaiting: boolean } {
  const { virtualTime: _, ...solo5 } = here.machine.solo5;
  const ready = new Uint32Array(2);
  let pending: { check(): void } | null = null;
  const { onInput } = here.port;
  here.port.onInput = () => {
    onInput();
    pending?.check();
  };
  return {
    ...solo5,
    get isWaiting() {
      return pending !== null;
    },
    clockMonotonic: now,
    wait(deadline, wake, interest) {
      const wanted = interest?.slice();
      const milliseconds = Math.min((deadline - now()) / 1e6, 2 ** 31 - 1);
      const end = () => {
        clearTimeout(timer);
        if (pending !== mine) return;
        pending = null;
        wake();
      };
      const timer = setTimeout(end, Math.max(milliseconds, 0));
      const mine = {
        check() {
          solo5.yield(0, ready, wanted);
          if (ready.some((word) => word !== 0)) setImmediate(end);
        },
      };
      pending = mine;
      mine.check();
      return {
        cancel() {
          clearTimeout(timer);
          if (pending === mine) pending = null;
        },
      };
    },
  };
}
