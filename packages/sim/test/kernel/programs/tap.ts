// Programs of tap.test.ts: faults between a program and real TAP interfaces, `left` behind a wire, `right` without one.
import { setTimeout as pause } from "node:timers/promises";
import { type Host, host } from "@miou-solo5/bindings";
import { type Net, net } from "@miou-solo5/net";
import { netCases } from "@miou-solo5/net/testing";
import {
  AGAIN,
  clockMonotonic,
  ms,
  type Operation,
  run,
  runSync,
  sleep,
  spawn,
  until,
  withTimeout,
} from "@miou-solo5/scheduler";
import { bridged, frame, ipLater } from "../../../../net/test/kernel/programs/link.ts";
import { type NetFaults, Wire, type WireOptions, withNetFaults } from "../../../src/index.ts";
import { numbered } from "./numbered.ts";

const LINK = { left: { tap: "left" }, right: { tap: "right" } };

interface Ends {
  readonly real: Host;
  readonly wire: Wire;
}

/** Runs `main` with both ends of a bridged link, the left one behind a wire with `options`. */
async function ends<T>(
  options: WireOptions,
  main: (left: Net, right: Net, ends: Ends) => Operation<T>,
): Promise<T> {
  bridged();
  const real = host({ net: LINK });
  const wire = new Wire(options);
  const solo5 = withNetFaults(real, { left: wire });
  const devices = [net("left"), net("right")] as const;
  try {
    return await run(devices, (left, right) => main(left, right, { real, wire }), { solo5 });
  } finally {
    real.close();
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error);

/**
 * What arrives, in order, of frames that are sent from the left (`forth`) or to there (`back`). `due` tells for each how
 * many have arrived when it and those before it have.
 */
export function carried(options: WireOptions, way: "forth" | "back", due: readonly number[]) {
  return ends(options, function* (left, right, { wire }) {
    const [from, to] = way === "forth" ? [left, right] : [right, left];
    const got: string[] = [];
    const reader = spawn(function* () {
      for (;;) got.push(hex(yield* to.readBytes()));
    });
    for (const [i, count] of due.entries()) {
      from.write(numbered(i));
      // Never more under way than the kernel's queue holds: what is lost is lost by the wire.
      if (i % 50 !== 49 && i + 1 < due.length) continue;
      while (got.length < count || wire[way].counters.sent <= i) yield* sleep(ms(1));
    }
    yield* reader.cancel();
    return { got, counters: wire[way].counters };
  });
}

/** A frame that comes late: who waits for it, for how long, and what else goes on meanwhile. */
export function late(latency: number) {
  return ends({ latency }, function* (left, right) {
    let ticks = 0;
    const interval = setInterval(() => ticks++, 1);
    const echo = spawn(function* () {
      for (;;) right.write(yield* right.readBytes());
    });
    const waits: { timedOut: boolean; duration: number }[] = [];
    const begin = clockMonotonic();
    left.write(frame(60, 1));
    let size = 0;
    while (size === 0) {
      const before = clockMonotonic();
      try {
        size = (yield* withTimeout(latency / 4, left.readBytes())).length;
      } catch (error) {
        if (codeOf(error) !== "ERR_SOLO5_TIMEOUT") throw error;
      }
      waits.push({ timedOut: size === 0, duration: clockMonotonic() - before });
    }
    const roundTrip = clockMonotonic() - begin;
    clearInterval(interval);
    yield* echo.cancel();
    return { size, roundTrip, waits, ticks };
  });
}

/** The same where nothing else would wake the run: once from a task, once from a callback while all tasks wait. */
export function lateAlone(latency: number) {
  return ends({ latency }, function* (left, right) {
    const echo = spawn(function* () {
      for (;;) right.write(yield* right.readBytes());
    });
    const sizes: number[] = [];
    left.write(frame(60, 1));
    sizes.push((yield* left.readBytes()).length);
    setTimeout(() => left.write(frame(70, 2)), 5);
    sizes.push((yield* left.readBytes()).length);
    yield* echo.cancel();
    return sizes;
  });
}

/** A callback's write takes in a frame that has just come, before the event loop could tell who waits for it. */
export function takenInByWrite(latency: number) {
  return ends({ latency }, function* (left, right, { wire }) {
    wire.forth.set({ latency: 0 });
    setTimeout(() => {
      right.write(frame(80, 1));
      left.write(frame(60, 2));
    }, 5);
    return (yield* left.readBytes()).length;
  });
}

/** The same where the run blocks the thread: the round trip, there and back. */
export function lateAndBlocking(latency: number): number {
  bridged();
  const real = host({ net: LINK });
  const solo5 = withNetFaults(real, { left: { latency } });
  try {
    return runSync(
      [net("left"), net("right")],
      function* (left, right) {
        const echo = spawn(function* () {
          right.write(yield* right.readBytes());
        });
        const begin = clockMonotonic();
        left.write(frame(60, 1));
        yield* left.readBytes();
        yield* echo;
        return clockMonotonic() - begin;
      },
      { solo5 },
    );
  } finally {
    real.close();
  }
}

/** Main ends while frames are under way, one to be read and one to be sent: what of them arrives. */
export async function endsWhileUnderWay() {
  bridged();
  const real = host({ net: LINK });
  const wire = new Wire({ latency: ms(3_600_000) });
  const right = real.netAcquire("right");
  await run(
    [net("left")],
    function* (left) {
      const reader = spawn(() => left.readBytes());
      real.netWrite(right.handle, frame(60, 1), 0, 60);
      while (wire.back.counters.sent === 0) yield* sleep(ms(1));
      left.write(frame(61, 2));
      yield* reader.cancel();
    },
    { solo5: withNetFaults(real, { left: wire }) },
  );
  const into = new Uint8Array(2000);
  let size = AGAIN;
  while (size === AGAIN) {
    await pause(1);
    size = real.netRead(right.handle, into, 0, into.length);
  }
  real.close();
  return { size, counters: [wire.forth.counters.carried, wire.back.counters.carried] };
}

/** The interface is deleted while frames are under way in both directions: who is told, and how it all closes. */
export function deleted() {
  return ends({ latency: ms(3_600_000) }, function* (left, right, { wire }) {
    const reader = spawn(() => left.readBytes());
    right.write(frame(60, 1));
    while (wire.back.counters.sent === 0) yield* sleep(ms(1));
    left.write(frame(60, 2));
    yield* until(ipLater("link", "del", "left"));
    const outcome = yield* reader.result();
    const codes = [outcome.status === "failed" ? codeOf(outcome.error) : outcome.status];
    try {
      left.write(frame(60, 3));
    } catch (error) {
      codes.push(codeOf(error));
    }
    try {
      yield* left.readBytes();
    } catch (error) {
      codes.push(codeOf(error));
    }
    // The other device goes on.
    right.write(frame(60, 4));
    return codes;
  });
}

/** What each conformance case says of a wrapped host, by its name: null where it passes. */
export async function conformance(faults: NetFaults): Promise<Record<string, string | null>> {
  bridged();
  const said: Record<string, string | null> = {};
  for (const { name, run: runCase } of netCases) {
    const make = () => {
      const real = host({ net: LINK });
      return {
        solo5: withNetFaults(real, { left: faults, right: faults }),
        names: ["left", "right"] as const,
        mtu: 1500,
        pass: (duration: number) => pause(Math.ceil(duration / 1e6)),
        close: () => real.close(),
      };
    };
    said[name] = await runCase(make).then(
      () => null,
      (error: unknown) => String(error),
    );
  }
  return said;
}
