// Making a task and awaiting it, one after the other. The body is a declared function*.
import { spawn } from "miou-solo5";
import { BareRing, SUSPENDED } from "../lib/bare-ring.mjs";
import { beginning, cpuTime, sample } from "../lib/measure.mjs";
import { inWorld } from "../lib/world.mjs";

const LOAD = { count: 1_000_000, warmUp: 500_000 };

export const row = {
  name: "spawn",
  place: 33,
  title: "Spawn and await",
  unit: "ns a task",
  cases: [
    {
      name: "declared body",
      parameters: LOAD,
      sides: ["task", "bare ring", "async function", "effect", "effection"],
      goals: [{ side: "task", to: "bare ring", atMost: 2 }],
    },
  ],
  sides: {
    task: ({ count, warmUp }) =>
      inWorld(function* spawning() {
        const all = function* all(times) {
          for (let left = times; left > 0; left--) yield* spawn(child);
        };
        yield* all(warmUp);
        const start = beginning();
        yield* all(count);
        return sample(cpuTime() - start, count);
      }),
    /** A generator and a task object, the parent suspended until the child's end. */
    "bare ring": ({ count, warmUp }) => {
      const ring = new BareRing();
      const awaited = new BareAwait(ring);
      const parent = function* parent(times) {
        let total = 0;
        for (let left = times; left > 0; left--) {
          const task = ring.spawn(child());
          awaited.task = task;
          total += yield* awaited;
        }
        if (total !== times) throw new Error(`wanted ${times}, got ${total}`);
      };
      ring.spawn(parent(warmUp));
      ring.run();
      ring.spawn(parent(count));
      const start = beginning();
      ring.run();
      return sample(cpuTime() - start, count);
    },
    "async function": async ({ count, warmUp }) => {
      const all = async (times) => {
        for (let left = times; left > 0; left--) await childAsync();
      };
      await all(warmUp);
      const start = beginning();
      await all(count);
      return sample(cpuTime() - start, count);
    },
    effect: async (load) => {
      const { Effect, Fiber } = await import("effect");
      const [count, warmUp] = [load.count / 10, load.warmUp / 10];
      const all = (times) =>
        Effect.gen(function* all() {
          for (let left = times; left > 0; left--) {
            yield* Fiber.join(yield* Effect.forkChild(Effect.gen(child)));
          }
        });
      await Effect.runPromise(all(warmUp));
      const start = beginning();
      await Effect.runPromise(all(count));
      return sample(cpuTime() - start, count);
    },
    effection: async (load) => {
      const effection = await import("effection");
      const [count, warmUp] = [load.count / 60, load.warmUp / 60].map(Math.ceil);
      const all = function* all(times) {
        for (let left = times; left > 0; left--) yield* yield* effection.spawn(child);
      };
      await effection.run(() => all(warmUp));
      const start = beginning();
      await effection.run(() => all(count));
      return sample(cpuTime() - start, count);
    },
  },
};

function* child() {
  return 1;
}

async function childAsync() {
  return 1;
}

class BareAwait {
  task = null;

  constructor(ring) {
    this.ring = ring;
  }

  [Symbol.iterator]() {
    return this;
  }

  next() {
    const { task } = this;
    if (task.awaiter !== null) return { done: true, value: task.value };
    task.awaiter = this.ring.current;
    return SUSPENDED;
  }
}
