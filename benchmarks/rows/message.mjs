// Two tasks that answer each other: each message wakes the one that waits for it.
import { Queue, spawn } from "miou-solo5";
import { beginning, cpuTime, sample } from "../lib/measure.mjs";
import { inWorld } from "../lib/world.mjs";

const LOAD = { count: 10_000_000, warmUp: 2_000_000 };
const FEWER = 50;

export const row = {
  name: "message",
  place: 32,
  title: "Message between tasks",
  unit: "ns a message",
  about: "the scheduler's Queue, against a mailbox over promises, as a program writes one",
  cases: [
    {
      name: "to and fro",
      parameters: LOAD,
      sides: ["task", "promises", "effect", "effection"],
      goals: [{ side: "task", to: "promises", atMost: 1 }],
    },
  ],
  sides: {
    task: ({ count, warmUp }) =>
      inWorld(function* messages() {
        const [there, back] = [new Queue(Infinity), new Queue(Infinity)];
        const answering = spawn(function* answer() {
          const question = there.take();
          for (let left = warmUp + count; left > 0; left -= 2) back.tryPut(yield* question);
        });
        const exchange = function* exchange(times) {
          const answer = back.take();
          for (let left = times; left > 0; left -= 2) {
            there.tryPut(left);
            yield* answer;
          }
        };
        yield* spawn(() => exchange(warmUp));
        const start = beginning();
        yield* spawn(() => exchange(count));
        const cpu = cpuTime() - start;
        yield* answering;
        return sample(cpu, count);
      }),
    promises: async ({ count, warmUp }) => {
      const [there, back] = [new PromiseMailbox(), new PromiseMailbox()];
      const answer = async () => {
        for (let left = warmUp + count; left > 0; left -= 2) back.put(await there.take());
      };
      const exchange = async (times) => {
        for (let left = times; left > 0; left -= 2) {
          there.put(left);
          await back.take();
        }
      };
      const answering = answer();
      await exchange(warmUp);
      const start = beginning();
      await exchange(count);
      const cpu = cpuTime() - start;
      await answering;
      return sample(cpu, count);
    },
    effect: async (load) => {
      const { Effect, Fiber, Queue } = await import("effect");
      const [count, warmUp] = [load.count / FEWER, load.warmUp / FEWER];
      const program = Effect.gen(function* messages() {
        const [there, back] = [yield* Queue.unbounded(), yield* Queue.unbounded()];
        const answer = Effect.gen(function* answer() {
          for (let left = warmUp + count; left > 0; left -= 2) {
            yield* Queue.offer(back, yield* Queue.take(there));
          }
        });
        const exchange = (times) =>
          Effect.gen(function* exchange() {
            for (let left = times; left > 0; left -= 2) {
              yield* Queue.offer(there, left);
              yield* Queue.take(back);
            }
          });
        const answering = yield* Effect.forkChild(answer);
        yield* exchange(warmUp);
        const start = beginning();
        yield* exchange(count);
        const cpu = cpuTime() - start;
        yield* Fiber.join(answering);
        return sample(cpu, count);
      });
      return await Effect.runPromise(program);
    },
    effection: async (load) => {
      const effection = await import("effection");
      const [count, warmUp] = [load.count / FEWER, load.warmUp / FEWER];
      return await effection.run(function* messages() {
        const [there, back] = [effection.createQueue(), effection.createQueue()];
        const answering = yield* effection.spawn(function* answer() {
          for (let left = warmUp + count; left > 0; left -= 2) {
            back.add((yield* there.next()).value);
          }
        });
        const exchange = function* exchange(times) {
          for (let left = times; left > 0; left -= 2) {
            there.add(left);
            yield* back.next();
          }
        };
        yield* exchange(warmUp);
        const start = beginning();
        yield* exchange(count);
        const cpu = cpuTime() - start;
        yield* answering;
        return sample(cpu, count);
      });
    },
  },
};

class PromiseMailbox {
  #items = [];
  #resolve = null;

  put(item) {
    if (this.#resolve === null) {
      this.#items.push(item);
      return;
    }
    const resolve = this.#resolve;
    this.#resolve = null;
    resolve(item);
  }

  take() {
    if (this.#items.length > 0) return Promise.resolve(this.#items.shift());
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
