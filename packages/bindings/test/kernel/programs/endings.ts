// Programs of endings.test.ts: interfaces and a disk in use, and then the end.
import { ftruncateSync, mkdtempSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, Worker } from "node:worker_threads";
import { bridged, failure, frame, ip, next, type Pair, pair } from "./link.ts";

const collect = (globalThis as { gc?: () => void }).gc as () => void;
const FOLDER = dirname(process.env["MIOU_SOLO5_ADDON"] as string);
const batch = { bytes: frame(60), slotSize: 60, sizes: Int32Array.of(60) };

export function setUp(): boolean {
  bridged();
  return true;
}

interface Stage extends Pair {
  readonly disk: number;
  woken: number;
  flushed: number;
}

/** Everything attached and acquired; what happens then is named by `stage`. */
function reach(stage: string): Stage {
  const path = join(mkdtempSync(join(FOLDER, "disk-")), "disk.img");
  ftruncateSync(openSync(path, "w"), 1 << 20);
  const both = pair({ block: { disk: { path } } });
  const { solo5, left, right } = both;
  const disk = solo5.blockAcquire("disk").handle;
  const reached: Stage = { ...both, disk, woken: 0, flushed: 0 };
  const send = (count: number): void => {
    for (let i = 0; i < count; i++) solo5.netWrite(left.handle, frame(60, i), 0, 60);
  };
  const wait = (): void =>
    void solo5.wait(Number.POSITIVE_INFINITY, () => {
      reached.woken++;
    });
  const flush = (): void => {
    const block = new Uint8Array(512).fill(1);
    for (let i = 0; i < 2048; i++) solo5.blockWrite(disk, i * 512, block, 0);
    for (let i = 0; i < 20; i++) solo5.blockFlush?.(disk, () => reached.flushed++);
  };
  const readBatch = (): void => {
    solo5.netReadSlots?.(right.handle);
    send(10);
    solo5.netWriteBatch?.(left.handle, batch, 1);
    solo5.netReadBatch?.(right.handle);
  };
  if (stage === "frames lie unread") send(100);
  if (stage === "a batch lies in its slots") readBatch();
  if (stage === "it waits") wait();
  if (stage === "it waits, and a frame comes") {
    wait();
    send(1);
  }
  if (stage === "it flushes") flush();
  if (stage === "it waits with both interfaces released") {
    wait();
    solo5.netRelease(left.handle);
    solo5.netRelease(right.handle);
  }
  if (stage === "all at once") {
    readBatch();
    flush();
    wait();
    send(500);
  }
  return reached;
}

export async function exits(stage: string) {
  reach(stage);
  process.exit(7);
}

export async function exitsThroughHost(stage: string) {
  reach(stage).solo5.exit(9);
}

export async function throws(stage: string) {
  reach(stage);
  throw new Error("on purpose");
}

export async function isKilled(stage: string) {
  reach(stage);
  process.kill(process.pid, "SIGKILL");
  for (;;) collect(); // until it is heard
}

/** Never ends by itself: frames, batches, blocks and flushes without a pause. */
export async function isBusy() {
  const { solo5, left, right, disk } = reach("all at once");
  const buffer = new Uint8Array(1514);
  const block = new Uint8Array(512);
  process.stdout.write("busy");
  for (let i = 0; ; i++) {
    solo5.netWriteBatch?.(left.handle, batch, 1);
    solo5.netRead(right.handle, buffer, 0, 1514);
    solo5.netReadBatch?.(right.handle);
    solo5.blockWrite(disk, (i % 2048) * 512, block, 0);
    if (i % 1000 === 0) {
      solo5.blockFlush?.(disk, () => {});
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

/** A worker is terminated while the main thread goes on with a host of its own. */
export async function terminates(stage: string) {
  const worker = new Worker(new URL(import.meta.url), {
    argv: ["workerBody", JSON.stringify([stage])],
  });
  await new Promise((resolve) => worker.once("message", resolve));
  const status = await worker.terminate();
  // What it had attached is free again.
  const free = failure(() => pair().solo5.close());
  return { status, free };
}

export async function workerBody(stage: string) {
  reach(stage);
  parentPort?.postMessage("ready");
  await sleep(10_000);
}

/** Whether both interfaces can be attached and still carry frames. */
export function isFree() {
  const { solo5, left, right } = pair();
  solo5.netWrite(left.handle, frame(99, 7), 0, 99);
  const size = next(solo5, right)?.length ?? null;
  solo5.close();
  return size;
}

/** Every device is released, or the host closed, in the middle of all of it. */
export async function closes(stage: string, how: string) {
  const reached = reach(stage);
  const { solo5, left, right, disk } = reached;
  const slots = stage.includes("batch") ? solo5.netReadSlots?.(right.handle) : undefined;
  const wasReleased = stage.endsWith("released");
  if (how === "release") {
    if (!wasReleased) {
      solo5.netRelease(left.handle);
      solo5.netRelease(right.handle);
    }
    solo5.blockRelease(disk);
  } else if (how === "delete") {
    ip("link", "set", "left", "nomaster");
    ip("link", "del", "left");
  } else {
    solo5.close();
  }
  const bytes = new Uint8Array(1514);
  const codes = [
    () => solo5.netRead(left.handle, bytes, 0, 1514),
    () => solo5.netWrite(left.handle, bytes, 0, 60),
    () => solo5.netReadBatch?.(left.handle),
    () => solo5.netWriteBatch?.(left.handle, batch, 1),
    () => solo5.netReadSlots?.(left.handle),
    () => solo5.blockRead(disk, 0, bytes, 0),
    () => solo5.blockFlush?.(disk, () => {}),
  ].map((call) => failure(call)?.["code"] ?? null);
  collect();
  // Memory that was handed out stays memory.
  const first = slots?.bytes.slice(0, 12);
  const isSame = first === undefined || first.every((byte, i) => byte === frame(60, 0)[i]);
  await sleep(100);
  const again = failure(() => {
    if (how === "release") {
      for (const name of ["left", "right"]) solo5.netAcquire(name);
      solo5.blockAcquire("disk");
      solo5.close();
    }
  });
  await sleep(20);
  solo5.close();
  if (how === "delete") remake();
  return { codes, isSame, woken: reached.woken, flushed: reached.flushed, again };
}

function remake(): void {
  ip("tuntap", "add", "dev", "left", "mode", "tap");
  ip("link", "set", "left", "up", "master", "bridge");
}
