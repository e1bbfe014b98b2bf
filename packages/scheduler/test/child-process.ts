// Programs of the sources in a process of their own: for exits, garbage collection and rejections.
import { spawnSync } from "node:child_process";

export interface ChildEnd {
  /** Standard output, then standard error. */
  readonly output: string;
  readonly status: number | null;
}

/** Runs `body` as a module that finds the package's exports and `solo5`, a world on the event loop. */
export function runInChild(body: string, flags: readonly string[] = []): ChildEnd {
  const url = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `
    import * as scheduler from ${url("../src/index.ts")};
    import { eventLoopWorld } from ${url("./event-loop-world.ts")};
    const { awaitAll, orphans, run, runSync, sleep, spawn, suspend, syscall, until, withTimeout, yieldNow } = scheduler;
    const solo5 = eventLoopWorld();
    ${body}
  `;
  const loader = new URL("./load-typescript.mjs", import.meta.url).href;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...flags, "--import", loader, "--input-type=module", "-e", script],
    { encoding: "utf8", timeout: 60_000 },
  );
  return { output: stdout + stderr, status };
}
