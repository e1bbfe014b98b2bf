// Going round: every task gives the others their turn, again and again.
import { awaitAll, spawn, yieldNow } from "miou-solo5";
import { BareRing } from "../lib/bare-ring.mjs";
import { beginning, cpuTime, sample } from "../lib/measure.mjs";
import { inWorld } from "../lib/world.mjs";

const COUNT = 10_000_000;
const SIDES = ["task", "bare ring", "await"];
const PEERS = ["effect", "effection"];
/** A peer makes so many times fewer switches. */
const FEWER = 50;
const GOALS = [
  { side: "task", to: "bare ring", atMost: 1.3 },
  { side: "task", to: "await", atMost: 1 },
];

export const row = {
  name: "task-switch",
  place: 30,
  title: "Task switch",
  unit: "ns a switch",
  about:
    "yield* yieldNow(), against a ring of generators without any check, and `await` of nothing",
  cases: [
    { name: "2 tasks", parameters: { count: COUNT, tasks: 2 }, sides: SIDES, goals: GOALS },
    {
      name: "1,000 tasks",
      parameters: { count: COUNT, tasks: 1000 },
      sides: [...SIDES, ...PEERS],
      goals: GOALS,
    },
    {
      name: "20,000 tasks",
      parameters: { count: COUNT, tasks: 20_000 },
      sides: SIDES,
      goals: GOALS,
    },
    {
      name: "20,000, depth 3",
      parameters: { count: COUNT / 3, tasks: 20_000 },
      sides: ["deep task", "deep bare ring", "deep await"],
      goals: [{ side: "deep task", to: "deep await", atMost: 0.3 }],
    },
  ],
  sides: {
    task: (load) => ours(load, goRound),
    "deep task": (load) => ours(load, goRoundDeep),
    "bare ring": (load) => bare(load, (ring) => ring.yieldNow),
    "deep bare ring": (load) => bare(load, (ring) => ({ [Symbol.iterator]: () => three(ring) })),
    await: (load) => native(load, () => undefined),
    effect: async (load) => {
      const { Effect } = await import("effect");
      const [rounds, tasks] = [Math.ceil(load.count / FEWER / load.tasks), load.tasks];
      const goRoundEffect = Effect.gen(function* goRoundEffect() {
        for (let left = rounds; left > 0; left--) yield* Effect.yieldNow;
      });
      const all = Effect.all(new Array(tasks).fill(goRoundEffect), { concurrency: "unbounded" });
      await Effect.runPromise(all);
      const start = beginning();
      await Effect.runPromise(all);
      return sample(cpuTime() - start, rounds * tasks);
    },
    /** It has no such operation: a promise that is resolved already comes nearest. */
    effection: async (load) => {
      const effection = await import("effection");
      const [rounds, tasks] = [Math.ceil(load.count / FEWER / load.tasks), load.tasks];
      const goRoundEffection = function* goRoundEffection() {
        for (let left = rounds; left > 0; left--) yield* effection.until(Promise.resolve());
      };
      const all = function* all() {
        yield* effection.all(Array.from({ length: tasks }, goRoundEffection));
      };
      await effection.run(all);
      const start = beginning();
      await effection.run(all);
      return sample(cpuTime() - start, rounds * tasks);
    },
    "deep await": (load) => native(load, threeAwaited),
  },
};

function* goRound(rounds) {
  const turn = yieldNow();
  for (let left = rounds; left > 0; left--) yield* turn;
}

function* goRoundDeep(rounds) {
  for (let left = rounds; left > 0; left--) yield* first();
}

function* first() {
  yield* second();
}

function* second() {
  yield* third();
}

function* third() {
  yield* yieldNow();
}

function ours({ count, tasks }, body) {
  const rounds = Math.ceil(count / tasks);
  return inWorld(function* taskSwitch() {
    const all = function* all(each) {
      const children = [];
      for (let i = 0; i < tasks; i++) children.push(spawn(() => body(each)));
      yield* awaitAll(children);
    };
    yield* all(rounds);
    const children = [];
    for (let i = 0; i < tasks; i++) children.push(spawn(() => body(rounds + 1)));
    // Each makes its first switch now, so that making the tasks is not in the figure.
    yield* yieldNow();
    const start = beginning();
    yield* awaitAll(children);
    return sample(cpuTime() - start, rounds * tasks);
  });
}

function bare({ count, tasks }, makeTurn) {
  const rounds = Math.ceil(count / tasks);
  const ring = new BareRing();
  const goRoundBare = function* goRoundBare(each) {
    const turn = makeTurn(ring);
    for (let left = each; left > 0; left--) yield* turn;
  };
  for (let i = 0; i < tasks; i++) ring.spawn(goRoundBare(rounds));
  ring.run();
  for (let i = 0; i < tasks; i++) ring.spawn(goRoundBare(rounds));
  const start = beginning();
  ring.run();
  return sample(cpuTime() - start, rounds * tasks);
}

function* three(ring) {
  yield* two(ring);
}

function* two(ring) {
  yield* one(ring);
}

function* one(ring) {
  yield* ring.yieldNow;
}

async function native({ count, tasks }, wait) {
  const rounds = Math.ceil(count / tasks);
  const goRoundNative = async (each) => {
    for (let left = each; left > 0; left--) await wait();
  };
  const all = (each) => Promise.all(Array.from({ length: tasks }, () => goRoundNative(each)));
  await all(rounds);
  const start = beginning();
  await all(rounds);
  return sample(cpuTime() - start, rounds * tasks);
}

async function threeAwaited() {
  await twoAwaited();
}

async function twoAwaited() {
  await oneAwaited();
}

async function oneAwaited() {
  await undefined;
}
