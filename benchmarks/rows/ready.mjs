// An operation that need not suspend, because what it waits for is there: no task switch, but for the one after 64 in
// a row that lets others in.
import { signal, suspend, syscall } from "miou-solo5";
import { beginning, cpuTime, sample, timed, timedAsync } from "../lib/measure.mjs";
import { inWorld } from "../lib/world.mjs";

const LOAD = { count: 20_000_000, warmUp: 5_000_000 };

export const row = {
  name: "ready",
  place: 31,
  title: "Ready operation",
  unit: "ns each",
  cases: [
    {
      name: "an item",
      parameters: LOAD,
      sides: ["task", "bare iterator", "await", "effect", "effection"],
      goals: [{ side: "task", to: "bare iterator", atMost: 1.7 }],
    },
  ],
  sides: {
    task: ({ count, warmUp }) =>
      inWorld(function* ready() {
        const ticket = syscall();
        signal(ticket, 1);
        const item = suspend(ticket);
        yield* sum(item, warmUp);
        const start = beginning();
        const total = yield* sum(item, count);
        const cpu = cpuTime() - start;
        if (total !== count) throw new Error(`wanted ${count}, got ${total}`);
        return sample(cpu, count);
      }),
    /** Never ready: each `await` suspends. */
    await: (load) =>
      timedAsync(
        async (times) => {
          let total = 0;
          for (let left = times; left > 0; left--) total += await 1;
          if (total !== times) throw new Error(`wanted ${times}, got ${total}`);
        },
        fewer(load, 4),
      ),
    effect: async (load) => {
      const { Effect } = await import("effect");
      const item = Effect.succeed(1);
      return await timedAsync(
        (times) => Effect.runPromise(Effect.gen(() => sum(item, times))),
        fewer(load, 20),
      );
    },
    effection: async (load) => {
      const { call, run } = await import("effection");
      const item = call(() => 1);
      return await timedAsync((times) => run(() => sum(item, times)), fewer(load, 20));
    },
    /** An object that gives the same item again and again, made before. */
    "bare iterator": (load) => {
      const item = new BareItem(1);
      return timed((times) => {
        for (const _ of sum(item, times)) throw new Error("it never suspends");
      }, load);
    },
  },
};

function fewer({ count, warmUp }, times) {
  return { count: count / times, warmUp: warmUp / times };
}

function* sum(item, times) {
  let total = 0;
  for (let left = times; left > 0; left--) total += yield* item;
  return total;
}

class BareItem {
  constructor(value) {
    this.value = value;
  }

  [Symbol.iterator]() {
    return this;
  }

  next() {
    return { done: true, value: this.value };
  }
}
