// `@miou-solo5/block/testing`: what any world must do with block devices, as cases for whatever runs tests.
import { accessCases } from "./testing/access.ts";
import { acquireCases } from "./testing/acquire.ts";
import type { BlockCase } from "./testing/case.ts";
import { flushCases } from "./testing/flush.ts";

export type { BlockCase, BlockMaker, BlockWorld, BlockWorldOptions } from "./testing/case.ts";

/**
 * The cases, in no order that matters: each makes a world of its own and closes it. A world that passes all is
 * one that `Block` works on.
 *
 *   for (const { name, run } of blockCases) test(name, () => run({ blockSize: 512, make: makeWorld }));
 */
export const blockCases: readonly BlockCase[] = [...acquireCases, ...accessCases, ...flushCases];
