// Runs a plan, and looks whether anything that must never be has been.
import { closeAtEnd, runSync, type Solo5, spawn } from "../../src/index.ts";
import { FakeNet } from "../fake-devices.ts";
import { codeOf, virtualWorld } from "../virtual-world.ts";
import { fresh, Performer } from "./perform.ts";
import type { Plan } from "./plan.ts";
import { Shared } from "./shared.ts";
import { Watch } from "./watch.ts";

/** What one run of a plan showed. */
export interface Observed {
  readonly lines: readonly string[];
  readonly end: string;
  /** Rules that the scheduler broke. */
  readonly faults: readonly string[];
}

export function observe(root: Plan, random: number): Observed {
  const world = virtualWorld();
  const nets = [1, 33].map((handle) => new FakeNet(world, handle));
  for (let at = 0; at < 400; at += 3) world.deliver(1, at, at & 255);
  for (let at = 1; at < 400; at += 7) world.deliver(33, at, at & 255);
  const watch = new Watch(() => world.clockMonotonic());
  const shared = new Shared(watch);
  const performer = new Performer(watch, shared, nets);
  const solo5: Solo5 = {
    ...world,
    yield(deadline, ready, interest) {
      // Who blocks has nothing to run.
      if (deadline > 0) {
        watch.checkWaits(deadline);
        shared.checkWaits();
      }
      world.yield(deadline, ready, interest);
    },
  };
  function* main() {
    closeAtEnd(() => {
      if (nets.some((net) => !net.input.isFree)) watch.faults.push("a reader is left waiting");
    });
    const feeder = spawn(() => shared.feed(), { name: "feeder" });
    const value = yield* performer.perform(root, true, fresh());
    yield* feeder.cancel();
    return value;
  }
  let end = "ok";
  try {
    runSync([], main, { solo5, random, tracer: watch.tracer });
  } catch (error) {
    end = codeOf(error);
  }
  const isAborted = /CHILDREN|LEAKED|DEADLOCK/.test(end);
  watch.checkEnd(isAborted);
  shared.checkEnd(isAborted);
  return { lines: watch.lines, end, faults: watch.faults };
}
