// Programs of waiting.test.ts.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import type { Host } from "../../../src/index.ts";
import { bridged, failure, frame, has, pair, type Side } from "./link.ts";

const inShell = (command: string) => promisify(execFile)("sh", ["-c", command]);
const wait = (solo5: Host, deadline = Number.POSITIVE_INFINITY): Promise<void> =>
  new Promise((resolve) => solo5.wait(deadline, resolve));

export async function wakesOnInput() {
  bridged();
  const { solo5, left, right } = pair();
  const events: string[] = [];
  const woken = wait(solo5).then(() => events.push("woken"));
  const timer = setInterval(() => events.push("timer"), 5);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const before = [...new Set(events)];
  solo5.netWrite(left.handle, frame(60), 0, 60);
  await woken;
  clearInterval(timer);
  const ready = new Uint32Array(2);
  solo5.yield(0, ready);
  const result = { before, left: has(ready, left.handle), right: has(ready, right.handle) };
  // Input that is there already wakes as well, and again until it has been read.
  await wait(solo5);
  await wait(solo5);
  solo5.netRead(right.handle, new Uint8Array(1514), 0, 1514);
  const start = solo5.clockMonotonic();
  await wait(solo5, start + 20e6);
  const lasted = solo5.clockMonotonic() - start;
  solo5.close();
  return { ...result, lasted };
}

const only = ({ handle }: Side): Uint32Array => {
  const set = new Uint32Array(2);
  set[handle >> 5] = 1 << (handle & 31);
  return set;
};

/** Input on a device that nobody is interested in ends neither a wait nor a yield. */
export async function interests() {
  bridged();
  const { solo5, left, right } = pair();
  solo5.netWrite(left.handle, frame(60), 0, 60); // input on the right
  const ready = new Uint32Array(2);
  const lasts = async (call: (deadline: number) => void | Promise<void>): Promise<boolean> => {
    const start = solo5.clockMonotonic();
    await call(start + 20e6);
    return solo5.clockMonotonic() - start >= 20e6;
  };
  const waiting = (deadline: number, interest: Uint32Array): Promise<void> =>
    new Promise((resolve) => solo5.wait(deadline, resolve, interest));
  const yieldLasts = await lasts((deadline) => solo5.yield(deadline, ready, only(left)));
  const waitLasts = await lasts((deadline) => waiting(deadline, only(left)));
  solo5.yield(0, ready, only(left));
  const polledLeft = [...ready];
  solo5.yield(0, ready);
  const polledAll = has(ready, right.handle);
  const wantedEnds = !(await lasts((deadline) => waiting(deadline, only(right))));
  const allEnds = !(await lasts((deadline) => wait(solo5, deadline)));
  // What a yield or a poll looks at does not change what a wait under way waits for.
  let woken = false;
  const pending = waiting(Number.POSITIVE_INFINITY, only(left)).then(() => {
    woken = true;
  });
  solo5.yield(0, ready);
  solo5.yield(solo5.clockMonotonic() + 1e6, ready, only(right));
  await new Promise((resolve) => setTimeout(resolve, 30));
  const spurious = woken;
  solo5.yield(solo5.clockMonotonic() + 1e6, ready, new Uint32Array(2));
  solo5.netWrite(right.handle, frame(60), 0, 60); // input on the left
  await pending;
  // A device released and acquired again is watched like any other.
  solo5.netRead(right.handle, new Uint8Array(1514), 0, 1514);
  solo5.netRelease(right.handle);
  const again = solo5.netAcquire("right");
  solo5.netWrite(left.handle, frame(60), 0, 60);
  const againEnds = !(await lasts((deadline) => waiting(deadline, only({ ...right, ...again }))));
  solo5.close();
  return {
    yieldLasts,
    waitLasts,
    polledLeft,
    polledAll,
    wantedEnds,
    allEnds,
    spurious,
    woken,
    againEnds,
  };
}

/** Frames and a socket pair are served in the same event loop, neither starving the other. */
export async function besideSockets() {
  bridged();
  const { solo5, left, right } = pair();
  let frames = 0;
  let ticks = 0;
  let echoed = 0;
  let serving = true;
  const server = createServer((socket) => socket.pipe(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as { port: number }).port, "127.0.0.1");
  socket.on("data", (bytes) => {
    echoed += bytes.length;
    if (serving) socket.write("x");
  });
  socket.write("x");
  const timer = setInterval(() => ticks++, 1);
  const buffer = new Uint8Array(1514);
  solo5.netWrite(left.handle, frame(60), 0, 60);
  // Each frame that arrives sends the next: there is always input. Were one starved by it, its count
  // would not be reached, and the test would time out.
  while (frames <= 100 || ticks <= 20 || echoed <= 20) {
    await wait(solo5);
    while (solo5.netRead(right.handle, buffer, 0, 1514) >= 0) {
      frames++;
      solo5.netWrite(left.handle, frame(60), 0, 60);
      break;
    }
  }
  clearInterval(timer);
  // Not destroyed: the reset of a connection in use would be the server's uncaught error.
  serving = false;
  socket.end();
  server.close();
  await once(server, "close");
  solo5.close();
  return { frames, ticks, echoed };
}

function gone(solo5: Host, { handle }: Side) {
  const bytes = new Uint8Array(1514);
  const batch = { bytes, slotSize: 1514, sizes: Int32Array.of(60) };
  return [
    () => solo5.netRead(handle, bytes, 0, 1514),
    () => solo5.netWrite(handle, bytes, 0, 60),
    () => solo5.netReadBatch?.(handle),
    () => solo5.netWriteBatch?.(handle, batch, 1),
    () => solo5.netCounters?.(handle),
    () => solo5.interfaceState("left"),
  ].map((call) => failure(call)?.["code"] ?? null);
}

export async function deletedWhileWaiting() {
  bridged();
  const { solo5, left, right } = pair();
  const woken = wait(solo5);
  await inShell("ip link del left");
  await woken;
  const ready = new Uint32Array(2);
  solo5.yield(Number.POSITIVE_INFINITY, ready);
  const sets = [has(ready, left.handle), has(ready, right.handle)];
  const codes = gone(solo5, left);
  solo5.netRelease(left.handle);
  const again = failure(() => solo5.netAcquire("left"));
  solo5.yield(0, ready);
  const afterRelease = [...ready];
  solo5.close();
  return { sets, codes, again, afterRelease };
}

export function deletedWhileYielding() {
  bridged();
  const { solo5, left, right } = pair();
  const shell = spawn("sh", ["-c", "sleep 0.2; ip link del left"], { stdio: "ignore" });
  const ready = new Uint32Array(2);
  solo5.yield(Number.POSITIVE_INFINITY, ready);
  shell.unref();
  const sets = [has(ready, left.handle), has(ready, right.handle)];
  const codes = gone(solo5, left);
  solo5.close();
  return { sets, codes };
}

export function yieldWakesOnInput() {
  bridged();
  const { solo5, right } = pair();
  // A frame from elsewhere: the kernel's own, through the bridge.
  const shell = spawn(
    "sh",
    [
      "-c",
      "sleep 0.1; ip addr add 10.9.0.1/24 dev bridge; ip neigh add 10.9.0.2 lladdr ff:ff:ff:ff:ff:ff dev bridge; " +
        `"${process.execPath}" -e 'require("dgram").createSocket("udp4").send("x", 7, "10.9.0.2", function () { this.close(); })'`,
    ],
    { stdio: "ignore" },
  );
  const ready = new Uint32Array(2);
  const start = solo5.clockMonotonic();
  solo5.yield(start + 10e9, ready);
  const lasted = solo5.clockMonotonic() - start;
  shell.unref();
  const result = { ready: has(ready, right.handle), soon: lasted < 9e9 };
  solo5.close();
  return result;
}

/** A worker thread with its own host, terminated in the middle of whatever it does. */
export async function terminatedWorkers(state: string, rounds: number) {
  bridged();
  const statuses: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const worker = new Worker(new URL(import.meta.url), {
      argv: ["workerBody", JSON.stringify([state])],
    });
    await once(worker, "message");
    if (i % 2 === 1) await new Promise((resolve) => setTimeout(resolve, 20));
    statuses.push(await worker.terminate());
  }
  // Everything they had attached is free again.
  const free = failure(() => pair().solo5.close());
  return { statuses, free };
}

export async function workerBody(state: string) {
  const { parentPort } = await import("node:worker_threads");
  const { solo5, left } = pair();
  parentPort?.postMessage("ready");
  const ready = new Uint32Array(2);
  if (state === "yield") solo5.yield(Number.POSITIVE_INFINITY, ready);
  if (state === "wait") await wait(solo5);
  if (state === "loop") {
    for (;;) {
      solo5.netWrite(left.handle, frame(60), 0, 60);
      solo5.netReadBatch?.(left.handle);
      await wait(solo5, 0);
    }
  }
}
