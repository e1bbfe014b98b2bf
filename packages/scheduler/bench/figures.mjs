// Figures of the scheduler alone, against the least that a ring of generators can be and against native
// `await`, in one process, interleaved, medians of 7: `npx tsup && node --expose-gc bench/figures.mjs`.
// The full table, with other libraries beside it, is the repository's `npm run bench`.
import { runSync, sleep, spawn, suspend, syscall, yieldNow } from "../dist/index.js";

const ROUNDS = 7;

const world = {
  arguments: [],
  virtualTime: true,
  clockMonotonic: () => 0,
  clockWall: () => 0n,
  entropy: () => {},
  yield: () => {},
  wait: () => ({ cancel: () => {} }),
  consoleWrite: () => {},
};
const inWorld = (main) => runSync([], main, { solo5: world, random: 1 });

const SUSPENDED = { done: false, value: undefined };
const DONE = { done: true, value: undefined };

/** A ring of tasks without any check: what every rule is paid on top of. */
class Ring {
  tasks = new Array(65536);
  head = 0;
  length = 0;
  current = null;
  yieldNow = {
    [Symbol.iterator]() {
      return this;
    },
    next: () => {
      const task = this.current;
      if (task.resumes) {
        task.resumes = false;
        return DONE;
      }
      task.resumes = true;
      this.push(task);
      return SUSPENDED;
    },
  };
  push(task) {
    this.tasks[(this.head + this.length++) & 65535] = task;
  }
  spawn(iterator) {
    const task = { iterator, resumes: false, value: undefined, awaiter: null };
    this.push(task);
    return task;
  }
  run() {
    while (this.length > 0) {
      const task = this.tasks[this.head];
      this.head = (this.head + 1) & 65535;
      this.length--;
      this.current = task;
      const result = task.iterator.next();
      if (!result.done) continue;
      task.value = result.value;
      if (task.awaiter !== null) this.push(task.awaiter);
    }
  }
}

function* goRound(turn, rounds) {
  for (let left = rounds; left > 0; left--) yield* turn;
}

async function goRoundAwaiting(rounds) {
  for (let left = rounds; left > 0; left--) await undefined;
}

function switches(count, tasks) {
  const rounds = Math.ceil(count / tasks);
  return {
    ours: () =>
      inWorld(function* () {
        const turn = yieldNow();
        const children = [];
        for (let i = 0; i < tasks; i++) children.push(spawn(() => goRound(turn, rounds)));
        for (const child of children) yield* child;
      }),
    ring: () => {
      const ring = new Ring();
      for (let i = 0; i < tasks; i++) ring.spawn(goRound(ring.yieldNow, rounds));
      ring.run();
    },
    await: async () => {
      const all = [];
      for (let i = 0; i < tasks; i++) all.push(goRoundAwaiting(rounds));
      await Promise.all(all);
    },
  };
}

function ready(count) {
  return {
    ours: () =>
      inWorld(function* () {
        const done = spawn(function* () {});
        yield* done;
        for (let left = count; left > 0; left--) yield* done;
      }),
    iterator: () => {
      const operation = {
        [Symbol.iterator]() {
          return this;
        },
        next: () => DONE,
      };
      const body = (function* () {
        for (let left = count; left > 0; left--) yield* operation;
      })();
      body.next();
    },
  };
}

function* child() {}

function spawns(count) {
  return {
    ours: () =>
      inWorld(function* () {
        for (let left = count; left > 0; left--) yield* spawn(child);
      }),
    ring: () => {
      const ring = new Ring();
      const wait = {
        child: null,
        began: false,
        [Symbol.iterator]() {
          return this;
        },
        next() {
          if (this.began) {
            this.began = false;
            return DONE;
          }
          this.began = true;
          this.child.awaiter = ring.current;
          return SUSPENDED;
        },
      };
      ring.spawn(
        (function* () {
          for (let left = count; left > 0; left--) {
            wait.child = ring.spawn(child());
            yield* wait;
          }
        })(),
      );
      ring.run();
    },
  };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function measure(name, count, sides) {
  const times = Object.fromEntries(Object.keys(sides).map((side) => [side, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [side, act] of Object.entries(sides)) {
      const before = process.cpuUsage();
      await act();
      const { user, system } = process.cpuUsage(before);
      if (round > 0) times[side].push(((user + system) * 1000) / count);
    }
  }
  const ours = median(times.ours);
  const others = Object.keys(sides).filter((side) => side !== "ours");
  const beside = others.map((side) => {
    const ratios = times.ours.map((time, i) => time / times[side][i]);
    return `${median(times[side]).toFixed(1)} ns ${side} (${median(ratios).toFixed(2)}x)`;
  });
  console.log(`${name.padEnd(28)} ${ours.toFixed(1)} ns; ${beside.join("; ")}`);
}

function* waits() {
  yield* suspend(syscall());
}

function memory(count) {
  if (globalThis.gc === undefined) return console.log("memory: needs --expose-gc");
  let bytes = 0;
  try {
    inWorld(function* () {
      globalThis.gc();
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < count; i++) spawn(waits);
      yield* sleep(0);
      globalThis.gc();
      bytes = (process.memoryUsage().heapUsed - before) / count;
      throw new Error("done");
    });
  } catch {
    // That was its end.
  }
  console.log(`${"memory of a suspended task".padEnd(28)} ${bytes.toFixed(0)} B`);
}

function* naps() {
  yield* sleep(1e9);
}

function memoryOfSleepers(count) {
  if (globalThis.gc === undefined) return;
  let bytes = 0;
  try {
    inWorld(function* () {
      globalThis.gc();
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < count; i++) spawn(naps);
      yield* sleep(0);
      globalThis.gc();
      bytes = (process.memoryUsage().heapUsed - before) / count;
      throw new Error("done");
    });
  } catch {
    // That was its end.
  }
  console.log(`${"memory of a sleeping task".padEnd(28)} ${bytes.toFixed(0)} B`);
}

const only = process.argv[2];
for (const tasks of [2, 1000, 20_000]) {
  if (!only || only === "switch")
    await measure(`switch, ${tasks} tasks`, 2_000_000, switches(2_000_000, tasks));
}
if (!only || only === "ready") await measure("ready operation", 5_000_000, ready(5_000_000));
if (!only || only === "spawn") await measure("spawn and await", 500_000, spawns(500_000));
if (!only || only === "memory") memory(100_000);
if (!only || only === "memory") memoryOfSleepers(100_000);
