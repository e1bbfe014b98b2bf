// Stands in for `@miou-solo5/sim` where tests import it: every world tells its whole trace.
import {
  createWorld as createSilentWorld,
  type SimulateOptions,
  type World,
  type WorldOptions,
} from "@miou-solo5/sim";
import { noteLine } from "./vitest.ts";

// biome-ignore lint/performance/noReExportAll: it stands in for all of it, whatever there will be.
export * from "@miou-solo5/sim";

/** Seeds of one story: what few show many would, at the other engine's speed. */
const SEED_COUNT_MAX = 5;

export function createWorld(options: WorldOptions = {}): World {
  return createSilentWorld({ trace: noteLine, ...options });
}

export async function simulate(
  seed: number,
  story: (world: World) => void | Promise<void>,
  { count = 1, command, traceCountMax, ...options }: SimulateOptions = {},
): Promise<void> {
  for (let i = 0; i < Math.min(count, SEED_COUNT_MAX); i++) {
    await story(createWorld({ ...options, seed: seed + i }));
  }
}
