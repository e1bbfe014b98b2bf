// Programs of leaks.test.ts: the same again and again, with a look at what is left after each tenth.
import { ftruncateSync, mkdtempSync, openSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Host, host } from "../../src/index.ts";

const collect = (globalThis as { gc?: () => void }).gc as () => void;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What a process holds, after a collection. Bytes, but for the first. */
export interface Held {
  readonly descriptors: number;
  readonly heap: number;
  readonly external: number;
  readonly resident: number;
}

export async function held(): Promise<Held> {
  // What the first collection finalizes, the event loop closes, and the second frees.
  for (let i = 0; i < 3; i++) {
    collect();
    await turn();
  }
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    heap: heapUsed,
    external: external + arrayBuffers,
    resident: rss,
  };
}

/** `isIdle` says whether nothing is under way any more that holds something by right. */
export async function repeated(
  count: number,
  cycle: (index: number) => void,
  isIdle: () => boolean = () => true,
): Promise<Held[]> {
  const tenths: Held[] = [];
  for (let tenth = 0; tenth < 10; tenth++) {
    for (let i = 0; i < count / 10; i++) {
      cycle(tenth * (count / 10) + i);
      // What is closed is freed by the event loop.
      if (i % 100 === 99) await turn();
    }
    while (!isIdle()) await turn();
    tenths.push(await held());
  }
  return tenths;
}

function disk(): string {
  const path = join(
    mkdtempSync(join(dirname(process.env["MIOU_SOLO5_ADDON"] as string), "d-")),
    "disk",
  );
  ftruncateSync(openSync(path, "w"), 8192);
  return path;
}

/** A block device is acquired, used and released; a flush now and then is under way meanwhile. */
export async function blocks(count: number) {
  const solo5 = host({ block: { disk: { path: disk() } } });
  const block = new Uint8Array(512);
  let flushes = 0;
  let flushed = 0;
  const cycle = (index: number): void => {
    const { handle } = solo5.blockAcquire("disk");
    solo5.blockRead(handle, 512, block, 0);
    if (index % 500 === 0) {
      flushes++;
      solo5.blockFlush?.(handle, () => flushed++);
    }
    solo5.blockRelease(handle);
    if (index % 10 === 0) refused(() => solo5.blockRead(handle, 0, block, 0));
  };
  const tenths = await repeated(count, cycle, () => flushed === flushes);
  solo5.close();
  return { tenths, flushed };
}

function refused(call: () => unknown): void {
  try {
    call();
  } catch {
    return;
  }
  throw new Error("a released device was used");
}

/** Hosts are opened and closed in every state; some are only forgotten. */
export async function hosts(count: number) {
  const path = disk();
  let flushes = 0;
  const ways: ((solo5: Host) => void)[] = [
    (solo5) => solo5.close(),
    (solo5) => {
      solo5.blockAcquire("disk");
      solo5.close();
    },
    (solo5) => {
      solo5.wait(Number.POSITIVE_INFINITY, () => {});
      solo5.close();
    },
    (solo5) => {
      solo5.wait(solo5.clockMonotonic() + 1e12, () => {}).cancel();
      solo5.yield(0, new Uint32Array(2));
      solo5.close();
    },
    (solo5) => {
      flushes++;
      solo5.blockFlush?.(solo5.blockAcquire("disk").handle, () => flushes--);
      solo5.close();
    },
  ];
  const cycle = (index: number): void => {
    const solo5 = host({ block: { disk: { path } } });
    // The flush costs a file system's time, so it is rarer than the others.
    if (index % 200 === 1) (ways[4] as (solo5: Host) => void)(solo5);
    else (ways[index % 4] as (solo5: Host) => void)(solo5);
    if (index % 100 === 50) refused(() => host({ block: { disk: { path: `${path}-not` } } }));
  };
  return { tenths: await repeated(count, cycle, () => flushes === 0) };
}

/** Hosts without devices, as many as it takes to see a few bytes of each. */
export async function bareHosts(count: number) {
  return { tenths: await repeated(count, () => host().close()) };
}

/** Each of these for a while. */
export async function fewOfAll() {
  const { tenths } = await bareHosts(1000);
  await blocks(2000);
  await hosts(2000);
  return tenths.length * 100;
}
