// Programs of tasks.test.ts: tasks that read and write TAP interfaces.
import { spawn as spawnProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { type Host, host } from "@miou-solo5/bindings";
import {
  awaitAll,
  clockMonotonic,
  ms,
  type Operation,
  runSync,
  run as runTasks,
  sleep,
  spawn,
  until,
  withTimeout,
  yieldNow,
} from "@miou-solo5/scheduler";
import { type Net, net } from "../../../src/index.ts";
import { openNet } from "../../../src/web.ts";
import { bridged, frame, ip, ipLater } from "./link.ts";

const LINK = { left: { tap: "left" }, right: { tap: "right" } };

/** Both ends of the link in one program. */
function run<T>(main: (left: Net, right: Net) => Operation<T>, solo5: Host = host({ net: LINK })) {
  return runTasks([net("left"), net("right")], main, { solo5 }).finally(() => solo5.close());
}

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error);

/** How a task ended: its value, or its error's code. */
function* ending<T>(operation: Operation<T>) {
  const outcome = yield* spawn(() => operation).result();
  if (outcome.status === "succeeded") return outcome.value;
  return outcome.status === "failed" ? codeOf(outcome.error) : outcome.status;
}

/** Reads wait while the interface is down, writes are dropped and counted, and all goes on when it is up. */
export function downAndUp() {
  bridged();
  return run(function* (left, right) {
    const reader = spawn(() => right.readBytes());
    yield* until(ipLater("link", "set", "right", "down"));
    left.write(frame(60, 1));
    right.write(frame(60, 2));
    const waiting = yield* ending(withTimeout(ms(50), left.readBytes()));
    const dropped = right.statistics().sendDropped;
    yield* until(ipLater("link", "set", "right", "up"));
    // The bridge needs a moment to take its port back.
    const sender = spawn(function* () {
      for (;;) {
        left.write(frame(80, 3));
        yield* sleep(ms(20));
      }
    });
    const got = (yield* reader).length;
    yield* sender.cancel();
    return { waiting, dropped, got };
  });
}

/** Whoever waits when the interface is deleted, and whoever comes later, is told; the other device goes on. */
export function deleted() {
  bridged();
  return run(function* (left, right) {
    const readers = [1, 2, 3].map(() => spawn(() => left.readBytes()));
    const other = spawn(() => right.readBytes());
    yield* until(ipLater("link", "del", "left"));
    const outcomes = yield* awaitAll(readers);
    const codes = outcomes.map((outcome) =>
      outcome.status === "failed" ? codeOf(outcome.error) : outcome.status,
    );
    const batch = left.createBatch(1);
    batch.sizes[0] = 60;
    for (const act of [() => left.write(frame(60)), () => left.writeBatch(batch)]) {
      try {
        act();
      } catch (error) {
        codes.push(codeOf(error));
      }
    }
    codes.push(String(yield* ending(left.readBytes())));
    const { framesSent } = left.statistics();
    left.close();
    yield* other.cancel();
    right.write(frame(60));
    return { codes, framesSent };
  });
}

/** The same with the thread blocked; the run fails with the device's error, and closes what is gone. */
export function deletedWhileBlocked() {
  bridged();
  const solo5 = host({ net: LINK });
  const deleter = `setTimeout(() => require("node:child_process").execFileSync("ip", ["link", "del", "left"]), 100)`;
  spawnProcess(process.execPath, ["-e", deleter], { stdio: "ignore" });
  try {
    return runSync([net("left")], (left) => left.readBytes(), { solo5 }).length;
  } catch (error) {
    return codeOf(error);
  } finally {
    solo5.close();
  }
}

export function jumbo() {
  bridged(9000);
  return run(function* (left, right) {
    const sizes: number[] = [];
    for (const size of [14, 1515, 9013, 9014]) {
      left.write(frame(size, size));
      const got = yield* right.readBytes();
      sizes.push(Buffer.compare(got, frame(size, size)) === 0 ? got.length : -1);
    }
    const refused = codeOf(yield* ending(writing(left, 9015)));
    return { mtu: left.mtu, sizes, refused };
  });
}

function* writing(device: Net, size: number): Generator<never, string, void> {
  try {
    device.write(frame(size));
    return "written";
  } catch (error) {
    return codeOf(error);
  }
}

/** A second program sends what the first, which runs since before the MTU was raised, can't receive. */
export function mtuRaised() {
  bridged();
  const solo5 = host({ net: LINK });
  return runTasks(
    [net("right")],
    function* (right) {
      const next = right.readBytes();
      for (const name of ["left", "right", "leftbridge"]) ip("link", "set", name, "mtu", "3000");
      const { handle, mtu } = solo5.netAcquire("left");
      const sizes = [1515, 1514, 3014, 60, 1518];
      for (const size of sizes) solo5.netWrite(handle, frame(size, size), 0, size);
      const got = [(yield* next).length, (yield* next).length];
      const more = yield* ending(withTimeout(ms(100), next));
      const { receiveOversized, framesReceived } = right.statistics();
      return { mtu, mine: right.mtu, got, more, receiveOversized, framesReceived };
    },
    { solo5 },
  ).finally(() => solo5.close());
}

/** Frames pass from one link to another through one program, both ways at once, in order. */
export function twoDevices(count: number) {
  bridged(1500, ["above", "below"]);
  const solo5 = host({
    net: { ...LINK, above: { tap: "above" }, below: { tap: "below" } },
  });
  function* forward(from: Net, to: Net) {
    const buffer = new Uint8Array(from.frameSizeMax);
    const next = from.read(buffer);
    for (;;) to.write(buffer, 0, yield* next);
  }
  function* exchange(device: Net, seed: number) {
    const seen: number[] = [];
    // Fewer than the 1,000 that the kernel keeps for a TAP: a link without flow control drops the rest.
    for (let i = 0; i < count; i++) device.write(frame(60 + i, seed));
    for (let i = 0; i < count; i++) seen.push((yield* device.readBytes()).length - 60);
    return seen;
  }
  return runTasks(
    ["left", "right", "above", "below"].map((name) => net(name)),
    function* (left, right, above, below) {
      // left = right -> above = below, and back.
      const forwarders = [spawn(() => forward(right, above)), spawn(() => forward(above, right))];
      const ends = [spawn(() => exchange(left, 1)), spawn(() => exchange(below, 2))];
      const [there, back] = yield* awaitAll(ends);
      for (const forwarder of forwarders) yield* forwarder.cancel();
      return [there, back].map((outcome) =>
        outcome?.status === "succeeded" ? outcome.value : outcome,
      );
    } as (...devices: Net[]) => Operation<unknown>,
    { solo5 },
  ).finally(() => solo5.close());
}

/** As many devices as there are handles, a reader on each; every one is woken by its own frame. */
export function manyDevices() {
  const count = 63;
  const taps = Array.from({ length: count }, (_, i) => `t${i}`);
  for (const tap of taps) ip("tuntap", "add", "dev", tap, "mode", "tap");
  ip("link", "add", "hub", "type", "bridge", "stp_state", "0", "mcast_snooping", "0");
  ip("link", "set", "hub", "up");
  for (const tap of taps) {
    ip("link", "set", tap, "up");
    ip("link", "set", tap, "master", "hub");
  }
  const solo5 = host({ net: Object.fromEntries(taps.map((tap) => [tap, { tap }])) });
  return runTasks(
    taps.map((tap) => net(tap)),
    function* (...devices: Net[]) {
      const readers = devices.slice(1).map((device) =>
        spawn(function* () {
          const next = device.readBytes();
          return [(yield* next).length, (yield* next).length];
        }),
      );
      // What the first one sends, the bridge gives to all the others.
      devices[0]?.write(frame(60));
      devices[0]?.write(frame(61));
      const outcomes = yield* awaitAll(readers);
      return outcomes.filter(
        (outcome) => outcome.status === "succeeded" && outcome.value.join() === "60,61",
      ).length;
    } as (...devices: Net[]) => Operation<number>,
    { solo5 },
  ).finally(() => solo5.close());
}

/** What an ordinary user's program gets from a TAP that is theirs: an echo through two of them. */
export function echo() {
  return run(function* (left, right) {
    const echoing = spawn(function* () {
      for (;;) right.write(yield* right.readBytes());
    });
    const sizes: number[] = [];
    for (const size of [14, 60, 1514]) {
      left.write(frame(size, size));
      sizes.push((yield* left.readBytes()).length);
    }
    yield* echoing.cancel();
    return { sizes, user: process.getuid?.() };
  });
}

/** A burst longer than the kernel's queue: what is read comes in order, and the rest is counted. */
export function overflow() {
  bridged();
  return run(function* (left, right) {
    const count = 3000;
    const buffer = new Uint8Array(right.frameSizeMax);
    const batch = left.createBatch();
    for (let sent = 0; sent < count; ) {
      const part = Math.min(64, count - sent);
      for (let i = 0; i < part; i++) {
        const bytes = frame(64);
        new DataView(bytes.buffer).setUint32(14, sent + i);
        batch.bytes.set(bytes, i * batch.slotSize);
        batch.sizes[i] = 64;
      }
      left.writeBatch(batch, part);
      sent += part;
    }
    let last = -1;
    let inOrder = true;
    try {
      for (;;) {
        yield* withTimeout(ms(200), right.read(buffer));
        const number = new DataView(buffer.buffer).getUint32(14);
        inOrder &&= number > last;
        last = number;
      }
    } catch (error) {
      const { framesReceived, receiveDropped } = right.statistics();
      return { code: codeOf(error), inOrder, sum: framesReceived + receiveDropped, framesReceived };
    }
  });
}

/** Timers and promises of the process go on while tasks wait, and while they are busy with frames. */
export function besideTheEventLoop() {
  bridged();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 2);
  return run(function* (left, right) {
    const waiting = spawn(() => right.readBytes());
    while (ticks < 10) yield* until(setTimeout(5));
    left.write(frame(60));
    yield* waiting;
    ticks = 0;
    // A ring in which there is always a frame under way, until the timer has fired often enough.
    const echoing = spawn(function* () {
      for (;;) right.write(yield* right.readBytes());
    });
    let frames = 0;
    left.write(frame(60));
    for (; ticks < 10 || frames < 100; frames++) left.write(yield* left.readBytes());
    yield* echoing.cancel();
    clearInterval(timer);
    return { ticks, frames };
  });
}

/** An endlessly yielding task starves no reader, and a reader that always finds data no sleeper. */
export function fairness() {
  bridged();
  return run(function* (left, right) {
    const spinner = spawn(function* () {
      for (;;) yield* yieldNow();
    });
    left.write(frame(60));
    const got = (yield* right.readBytes()).length;
    yield* spinner.cancel();
    const flood = spawn(function* () {
      for (;;) {
        for (let i = 0; i < 32; i++) left.write(frame(60));
        yield* yieldNow();
      }
    });
    const drain = spawn(function* () {
      const next = right.readBytes();
      for (;;) yield* next;
    });
    const start = clockMonotonic();
    yield* sleep(ms(20));
    const slept = clockMonotonic() - start;
    yield* drain.cancel();
    yield* flood.cancel();
    return { got, slept: slept / ms(1) };
  });
}

/** Frames without tasks; and when nobody asks for another, the process ends by itself. */
export async function webThenNothing() {
  bridged();
  const solo5 = host({ net: LINK });
  const device = await openNet(solo5, "right");
  const { handle } = solo5.netAcquire("left");
  const got: number[] = [];
  for (let i = 0; i < 3; i++) solo5.netWrite(handle, frame(60 + i), 0, 60 + i);
  for await (const bytes of device.frames()) {
    got.push(bytes.length);
    if (got.length === 3) break;
  }
  // Left open on purpose: the event loop must run dry all the same.
  await once(process, "beforeExit");
  await device.close();
  solo5.close();
  return got;
}
