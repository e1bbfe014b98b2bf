// `@miou-solo5/net/testing`: what any world must do with network devices, as cases for whatever runs tests.
import { acquireCases } from "./testing/acquire.ts";
import { batchCases } from "./testing/batches.ts";
import type { NetCase } from "./testing/case.ts";
import { frameCases } from "./testing/frames.ts";
import { waitCases } from "./testing/wait.ts";
import { yieldCases } from "./testing/yield.ts";

export type { NetCase, NetWorld } from "./testing/case.ts";

/**
 * The cases, in no order that matters: each makes a world of its own and closes it. A world that passes all is
 * one that `Net` works on.
 *
 *   for (const { name, run } of netCases) test(name, () => run(makeWorld));
 */
export const netCases: readonly NetCase[] = [
  ...acquireCases,
  ...frameCases,
  ...batchCases,
  ...yieldCases,
  ...waitCases,
];
