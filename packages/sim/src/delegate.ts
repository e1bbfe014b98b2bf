// A world that does what another does: the ground of wrappers, which replace some calls.
import type { Solo5 } from "@miou-solo5/scheduler";

const CALLS = [
  "clockMonotonic",
  "clockWall",
  "entropy",
  "netAcquire",
  "netRead",
  "netWrite",
  "netRelease",
  "blockAcquire",
  "blockRead",
  "blockWrite",
  "blockRelease",
  "yield",
  "wait",
  "consoleWrite",
  "exit",
  "declare",
  "netReadBatch",
  "netReadSlots",
  "netWriteBatch",
  "netCounters",
  "blockFlush",
  "blockFlushNow",
] as const satisfies readonly (keyof Solo5)[];

/**
 * Every call that `solo5` has, by name at the time of the call: a host is an object with private state, and a
 * simulated machine's calls change when it crashes, so that neither could be copied.
 */
export function delegate(solo5: Solo5): Solo5 {
  const calls: Record<string, unknown> = { arguments: solo5.arguments };
  if (solo5.virtualTime !== undefined) calls["virtualTime"] = solo5.virtualTime;
  const target = solo5 as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of CALLS) {
    if (typeof target[name] !== "function") continue;
    calls[name] = (...args: unknown[]) => target[name]?.(...args);
  }
  return calls as unknown as Solo5;
}
