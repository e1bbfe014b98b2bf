// Long runs after which memory must be where it was. `npm run soak` does all of it; an argument below 1, such as
// 0.05, does that part of each. In a process of its own, with `--expose-gc`.
import {
  Mutex,
  orphans,
  Queue,
  race,
  runSync,
  Semaphore,
  type Suspended,
  sleep,
  spawn,
  type Task,
  withTimeout,
  yieldNow,
} from "../../src/index.ts";
import { virtualWorld } from "../virtual-world.ts";

type Steps<T = void> = Generator<Suspended, T, void>;

const scale = Number(process.argv[2] ?? 1);
if (!(scale > 0 && scale <= 1)) throw new Error(`wanted is a part from 0 to 1, got ${scale}`);
if (globalThis.gc === undefined) throw new Error("start node with --expose-gc");
const gc = globalThis.gc;

/** Growth that is no leak: what V8 itself keeps of compiled code and of its tables. */
const GROWTH_MAX = 512 * 1024;
const SECOND = 1e9;
const HOUR = 3600 * SECOND;

function heap(): number {
  gc();
  return process.memoryUsage().heapUsed;
}

const ROUNDS = 5;

/**
 * By how much all rounds let the heap grow, at the rate of the middle one: V8 keeps and lets go things of its own, in one round
 * or another; a leak comes every time.
 */
function* growthOf(round: () => Steps): Steps<number> {
  const growths: number[] = [];
  for (let rounds = 0; rounds < ROUNDS; rounds++) {
    const before = heap();
    yield* round();
    growths.push(heap() - before);
  }
  const [, , middle = 0] = growths.sort((a, b) => a - b);
  return ROUNDS * middle;
}

const kib = (bytes: number): string => `${Math.round(bytes / 1024)} KiB`;
const grouped = (count: number): string => count.toLocaleString("en-US");

/** Does `act` in a run of its own, and prints by how many bytes the heap has grown, which it returns. */
function soak(what: string, act: () => Steps<number>): void {
  const began = process.hrtime.bigint();
  const growth = runSync([], act, { solo5: virtualWorld(), random: 1 });
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  console.log(`${what}: heap grown by ${kib(growth)}, ${seconds.toFixed(1)} s`);
  if (growth <= GROWTH_MAX) return;
  console.log(`  more than ${kib(GROWTH_MAX)}`);
  process.exitCode = 1;
}

function* nap(duration: number): Steps<number> {
  yield* sleep(duration);
  return duration;
}

function* fails(): Steps {
  throw new Error("planned");
}

// Here, so that they are there as long as the process: what is left in their tables counts.
const mutex = new Mutex();
const semaphore = new Semaphore(0);
const queue = new Queue<number>(4);

/** Eight tasks that end in eight ways. */
function* eight(): Steps {
  yield* spawn(() => nap(1));
  yield* spawn(() => nap(1)).cancel();
  const asleep = spawn(() => nap(1e12));
  yield* yieldNow();
  yield* asleep.cancel();
  yield* spawn(fails).result();
  yield* race([spawn(() => nap(2)), spawn(() => nap(1e12))]);
  const background = orphans<number>();
  spawn(() => nap(0), { orphans: background });
  const orphan = yield* background.get();
  if (orphan !== null) yield* orphan;
  const late = spawn(() => withTimeout(3, mutex.hold(semaphore.acquire())));
  yield* queue.put(1);
  yield* queue.take();
  yield* late.result();
}

const tasks = 1_000_000 * scale;
soak(`${grouped(tasks)} tasks spawned and finished`, function* () {
  for (let i = 0; i < 2000; i++) yield* eight();
  return yield* growthOf(function* () {
    for (let left = tasks / ROUNDS; left > 0; left -= 8) yield* eight();
  });
});

const sleepers = 100_000 * scale;
soak(`${grouped(sleepers)} tasks asleep at once, half of them cancelled`, function* () {
  function* night(): Steps {
    const children: Task<number>[] = [];
    // Multiples of a prime modulo a power of two: every deadline once, in no order.
    for (let i = 0; i < sleepers; i++) {
      children.push(spawn(() => nap(((i * 7919) % 131_072) * SECOND)));
    }
    yield* sleep(0);
    let slept = 0;
    for (const [i, child] of children.entries()) {
      if (i % 2 === 0) yield* child.cancel();
      else if ((yield* child) >= 0) slept++;
    }
    if (slept !== Math.floor(sleepers / 2)) throw new Error(`${slept} tasks slept to the end`);
  }
  yield* night();
  return yield* growthOf(night);
});

const hours = 10 * scale;
soak(`${hours} h of virtual time, a hundred tasks at work`, function* () {
  let heard = 0;
  function* talker(period: number): Steps {
    for (;;) {
      yield* sleep(period);
      yield* queue.put(period);
    }
  }
  function* listener(): Steps {
    for (;;) {
      try {
        const period = yield* withTimeout(SECOND, queue.take());
        yield* mutex.hold(nap(period / 1000));
        heard++;
      } catch {
        // Nobody spoke for a second, or this task was cancelled.
        yield* yieldNow();
      }
    }
  }
  const all = [];
  for (let i = 1; i <= 50; i++)
    all.push(
      spawn(() => talker((i * SECOND) / 4)),
      spawn(listener),
    );
  yield* sleep(HOUR * hours * 0.1);
  const heardBefore = heard;
  const growth = yield* growthOf(function* () {
    yield* sleep((HOUR * hours) / ROUNDS);
  });
  console.log(`  ${grouped(heard - heardBefore)} messages`);
  for (const task of all) yield* task.cancel();
  return growth;
});
