// Programs of endings.test.ts: processes and workers that end in the middle of something.
import { closeSync, ftruncateSync, mkdtempSync, openSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { type Host, host } from "../../src/index.ts";

const collect = (globalThis as { gc?: () => void }).gc as () => void;

// In the folder of the test's own, which removes it: what ends in the middle cleans up nothing.
const FOLDER = dirname(process.env["MIOU_SOLO5_ADDON"] as string);

function open(folder = mkdtempSync(join(FOLDER, "disk-"))): Host {
  const path = join(folder, "disk.img");
  const file = openSync(path, "w");
  ftruncateSync(file, 1 << 20);
  closeSync(file);
  return host({ block: { disk: { path } } });
}

function dirty(solo5: Host): number {
  const { handle } = solo5.blockAcquire("disk");
  const block = new Uint8Array(512).fill(1);
  for (let i = 0; i < 2048; i++) solo5.blockWrite(handle, i * 512, block, 0);
  return handle;
}

const print = (solo5: Host, text: string) => solo5.consoleWrite(new TextEncoder().encode(text));

/** One stage of a host's life; what comes after it is the caller's. */
function reach(stage: string): Host {
  const solo5 = open();
  if (stage === "open") return solo5;
  if (stage === "acquired") dirty(solo5);
  if (stage === "wait") solo5.wait(Number.POSITIVE_INFINITY, () => print(solo5, "woken"));
  if (stage === "wait-deadline") {
    solo5.wait(solo5.clockMonotonic() + 50e6, () => print(solo5, "woken"));
  }
  if (stage === "wait-past") solo5.wait(0, () => print(solo5, "woken"));
  if (stage === "cancelled") solo5.wait(Number.POSITIVE_INFINITY, () => {}).cancel();
  if (stage === "flush") {
    const handle = dirty(solo5);
    for (let i = 0; i < 20; i++) solo5.blockFlush?.(handle, () => {});
  }
  if (stage === "closed") solo5.close();
  if (stage === "closed-waiting") {
    solo5.wait(Number.POSITIVE_INFINITY, () => print(solo5, "woken"));
    solo5.close();
  }
  if (stage === "closed-flushing") {
    const handle = dirty(solo5);
    solo5.blockFlush?.(handle, (error) => print(solo5, `flushed ${error?.message}`));
    solo5.close();
  }
  return solo5;
}

export async function falls(stage: string) {
  reach(stage);
}

export async function exits(stage: string) {
  reach(stage);
  process.exit(7);
}

export async function exitsThroughHost(stage: string) {
  reach(stage).exit(9);
}

export async function throws(stage: string) {
  reach(stage);
  throw new Error("on purpose");
}

/** Two hosts, the one in a worker that is terminated, or that exits by itself. */
export async function inWorker(stage: string, how: string) {
  const worker = new Worker(new URL(import.meta.url), {
    argv: ["workerBody", JSON.stringify([stage, how])],
    stdout: false,
  });
  let status: number | undefined;
  worker.on("exit", (value) => {
    status = value;
  });
  await new Promise((resolve) => worker.once("message", resolve));
  if (how === "terminate") return worker.terminate();
  while (status === undefined) await sleep(5);
  return status;
}

export async function workerBody(stage: string, how: string) {
  const solo5 = reach(stage);
  parentPort?.postMessage("ready");
  if (how === "exit") solo5.exit(5);
  if (how === "process.exit") process.exit(6);
  if (how === "terminate") await sleep(10_000);
  // "falls": a wait without an end would keep the worker alive.
}

/** What a callback throws is an uncaught exception, not lost and not fatal to the addon. */
export async function throwsInCallbacks() {
  const solo5 = open();
  const handle = dirty(solo5);
  const caught: string[] = [];
  process.on("uncaughtException", (error) => caught.push(error.message));
  const fail = (text: string) => () => {
    throw new Error(text);
  };
  solo5.wait(solo5.clockMonotonic() + 1e6, fail("wake"));
  await sleep(30);
  solo5.wait(0, fail("past"));
  await sleep(30);
  solo5.blockFlush?.(handle, fail("flush 1"));
  solo5.blockFlush?.(handle, fail("flush 2"));
  await sleep(100);
  const works = await new Promise((resolve) =>
    solo5.wait(solo5.clockMonotonic() + 1e6, () => resolve(true)),
  );
  solo5.close();
  return { caught: caught.sort(), works };
}

const descriptors = async (): Promise<number> =>
  (await import("node:fs")).readdirSync("/proc/self/fd").length;

/** Hosts that nobody holds any more give their descriptors back; one that somebody waits for does not. */
export async function forgotten() {
  const start = await descriptors();
  for (let i = 0; i < 50; i++) open();
  const most = await descriptors();
  let woken = false;
  (() => {
    const solo5 = open();
    solo5.wait(solo5.clockMonotonic() + 200e6, () => {
      woken = true;
    });
  })();
  for (let i = 0; i < 10; i++) {
    collect();
    await sleep(5);
  }
  const least = await descriptors();
  await sleep(250);
  return { opened: most - start, left: least - start, woken };
}

/** The garbage collector runs while everything is in use. */
export async function collected() {
  const solo5 = open();
  const handle = dirty(solo5);
  let flushed = 0;
  let woken = 0;
  for (let i = 0; i < 20; i++) {
    solo5.blockFlush?.(handle, () => flushed++);
    const waited = new Promise<void>((resolve) =>
      solo5.wait(solo5.clockMonotonic() + 1e6, () => {
        woken++;
        resolve();
      }),
    );
    collect();
    solo5.blockWrite(handle, 0, new Uint8Array(512), 0);
    await waited;
  }
  while (flushed < 20) await sleep(1);
  solo5.close();
  return { flushed, woken };
}

/** Many hosts in many threads, at once. */
export async function manyWorkers(count: number) {
  if (!isMainThread) return;
  const workers = Array.from(
    { length: count },
    (_, i) =>
      new Worker(new URL(import.meta.url), {
        argv: ["workerBody", JSON.stringify([["flush", "wait", "acquired"][i % 3], "terminate"])],
      }),
  );
  await Promise.all(
    workers.map((worker) => new Promise((resolve) => worker.once("message", resolve))),
  );
  const solo5 = reach("acquired");
  const statuses = await Promise.all(workers.map((worker) => worker.terminate()));
  solo5.close();
  return statuses;
}

/** Prints more than a pipe holds, which Node has made non-blocking. */
export async function printsMuch(size: number) {
  const solo5 = open();
  // Touching process.stdout is what makes the pipe non-blocking.
  process.stdout.write("");
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = 97 + (i % 26);
  solo5.consoleWrite(bytes);
  writeSync(1, "!");
}
