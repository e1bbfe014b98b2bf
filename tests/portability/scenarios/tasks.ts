// A random tree of tasks that does a bit of everything that the scheduler can.
import {
  Mutex,
  ms,
  Queue,
  race,
  type Suspended,
  shield,
  sleep,
  spawn,
  type Task,
  us,
  withTimeout,
  world,
  yieldNow,
} from "@miou-solo5/scheduler";
import { createWorld } from "@miou-solo5/sim";
import { errorName, type Scenario } from "./scenario.ts";

const DEPTH_MAX = 4;

export const tasks: Scenario = {
  name: "a random tree of tasks",
  async run(note, seed) {
    const simulated = createWorld({ seed, trace: note });
    const shared = { mutex: new Mutex(), queue: new Queue<number>(3) };
    const run = simulated.machine("m").start([], () => grow(shared, 0), { random: seed });
    simulated.run(ms(100));
    simulated.stop();
    try {
      note(`sum ${await run.result}`);
    } catch (error) {
      note(`ended with ${errorName(error)}`);
    }
  },
};

interface Shared {
  readonly mutex: Mutex;
  readonly queue: Queue<number>;
}

/** A number from 0 to `bound - 1`, from the machine's own entropy. */
function below(bound: number): number {
  const byte = new Uint8Array(1);
  world().entropy(byte);
  return (byte[0] ?? 0) % bound;
}

function* grow(shared: Shared, depth: number): Generator<Suspended, number, void> {
  let sum = depth;
  const children: Task<number>[] = [];
  const spawnOne = (): Task<number> => {
    const name = `${depth}.${children.length}`;
    const child = spawn(() => grow(shared, depth + 1), { name });
    children.push(child);
    return child;
  };
  try {
    for (let i = 0; i < 6; i++) {
      const choice = below(9);
      if (choice === 0) yield* sleep(us(below(50) / 7));
      else if (choice === 1) yield* yieldNow();
      else if (choice === 2 && depth < DEPTH_MAX) spawnOne();
      else if (choice === 3 && depth < DEPTH_MAX) sum += yield* spawnOne();
      else if (choice === 4 && depth < DEPTH_MAX) sum += yield* race([spawnOne(), spawnOne()]);
      else if (choice === 5) sum += yield* locked(shared.mutex);
      else if (choice === 6) yield* withTimeout(us(below(40)), shared.queue.put(below(9)));
      else if (choice === 7) sum += yield* withTimeout(us(below(40)), shared.queue.take());
      else if (below(4) === 0) throw new Error(`gave up at depth ${depth}`);
      // What an engine throws by itself is in words of its own, which no trace may have.
      else if (below(3) === 0) sum += (undefined as unknown as Shared).queue.length;
    }
  } finally {
    yield* shield(sleep(us(below(3))));
    for (const child of children) if (below(2) === 0) yield* shield(child.cancel());
  }
  for (const child of children) {
    const outcome = yield* child.result();
    if (outcome.status === "succeeded") sum += outcome.value;
  }
  return sum;
}

function* locked(mutex: Mutex): Generator<Suspended, number, void> {
  yield* mutex.lock();
  try {
    yield* sleep(us(1));
    return 1;
  } finally {
    mutex.unlock();
  }
}
