// What a task that waits keeps of the heap. Many of them, the collector run before and after.
import { awaitAll, s, sleep, spawn, yieldNow } from "miou-solo5";
import { collectGarbage } from "../lib/measure.mjs";
import { inWorld } from "../lib/world.mjs";

const parameters = { tasks: 50_000 };

export const row = {
  name: "memory",
  place: 34,
  title: "Memory of a suspended task",
  unit: "bytes",
  figure: ({ bytes }) => bytes,
  cases: [
    {
      name: "depth 1",
      parameters,
      sides: ["task", "generator", "async function", "effect", "effection"],
      goals: [{ side: "task", atMost: 400 }],
    },
    { name: "asleep", parameters, sides: ["task asleep", "effect asleep", "effection asleep"] },
  ],
  sides: {
    task: ({ tasks }) => ours(tasks, waitOnce),
    "task asleep": ({ tasks }) => ours(tasks, sleepLong),
    /** A started generator alone, without anything that would resume it. */
    generator: ({ tasks }) => {
      const before = heapUsed();
      const all = [];
      for (let i = 0; i < tasks; i++) {
        const iterator = waitBare();
        iterator.next();
        all.push(iterator);
      }
      return each(before, tasks, all);
    },
    "async function": async ({ tasks }) => {
      const before = heapUsed();
      const all = [];
      // Kept, because it is what keeps the functions that wait for it.
      const never = new Promise(() => {});
      all.push(never);
      for (let i = 0; i < tasks; i++) all.push(waitAsync(never));
      await undefined;
      return each(before, tasks, all);
    },
    effect: (load) => withEffect(load, ({ Effect }) => Effect.never),
    "effect asleep": (load) => withEffect(load, ({ Effect }) => Effect.sleep("1000 seconds")),
    effection: (load) => withEffection(load, ({ suspend: wait }) => wait()),
    "effection asleep": (load) => withEffection(load, ({ sleep: wait }) => wait(1_000_000)),
  },
};

function heapUsed() {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** `all` is what must stay alive until the heap has been measured. */
function each(before, tasks, all) {
  const bytes = (heapUsed() - before) / tasks;
  if (all.length < 0) throw new Error("never");
  return { cpu: 0, items: tasks, bytes };
}

let turn;

function* waitOnce() {
  yield* turn;
}

function* sleepLong() {
  yield* sleep(s(1000));
}

function* waitBare() {
  yield 1;
}

async function waitAsync(never) {
  await never;
}

function ours(tasks, body) {
  return inWorld(function* memory() {
    turn = yieldNow();
    // The ring and the arrays grow to their size before the first look.
    const all = new Array(tasks);
    for (let i = 0; i < tasks; i++) all[i] = spawn(nothing);
    yield* awaitAll(all);
    all.fill(null);
    const before = heapUsed();
    for (let i = 0; i < tasks; i++) all[i] = spawn(body);
    yield* yieldNow();
    const result = each(before, tasks, all);
    for (const task of all) yield* task.cancel();
    return result;
  });
}

function* nothing() {}

async function withEffect({ tasks }, makeWait) {
  const effect = await import("effect");
  const { Effect } = effect;
  const wait = makeWait(effect);
  const body = Effect.gen(function* body() {
    yield* wait;
  });
  const all = [];
  Effect.runFork(body);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = heapUsed();
  for (let i = 0; i < tasks; i++) all.push(Effect.runFork(body));
  await new Promise((resolve) => setTimeout(resolve, 200));
  return each(before, tasks, all);
}

async function withEffection(load, makeWait) {
  const effection = await import("effection");
  const tasks = Math.ceil(load.tasks / 10);
  const all = [];
  return await effection.run(function* memory() {
    const body = function* body() {
      yield* makeWait(effection);
    };
    yield* effection.spawn(body);
    yield* effection.sleep(20);
    const before = heapUsed();
    for (let i = 0; i < tasks; i++) all.push(yield* effection.spawn(body));
    yield* effection.sleep(200);
    return each(before, tasks, all);
  });
}
