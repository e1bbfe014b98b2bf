// How much of the engine's stack is ours: nothing of the scheduler may grow with the number of tasks that wait for one
// another, are cancelled by one another or end in one another's failure.
import {
  ms,
  type Operation,
  Queue,
  type Suspended,
  sleep,
  spawn,
  yieldNow,
} from "@miou-solo5/scheduler";
import { createWorld } from "@miou-solo5/sim";
import { errorName, type Scenario } from "./scenario.ts";

const TASK_COUNT = 3000;
/** Of `yield*` within `yield*`, which is the program's own; an engine that is small has room for some hundreds. */
const CALL_COUNT = 200;

export const deep: Scenario = {
  name: "deep calls and long chains of tasks",
  async run(note, seed) {
    for (const [what, main] of Object.entries(MAINS)) {
      const world = createWorld({ seed });
      const run = world.machine("m").start([], () => main(note));
      world.run(ms(50));
      world.stop();
      const ended = await run.result.then((value) => `gives ${value}`, errorName);
      note(`${what}: ${ended} at ${world.now}`);
    }
  },
};

type Main = (note: (line: string) => void) => Operation<unknown>;

const MAINS: Readonly<Record<string, Main>> = {
  "calls in calls": () => nested(CALL_COUNT),
  "a chain of tasks that succeed": () =>
    chain(function* () {
      yield* sleep(5);
      return 1;
    }),
  "a chain of tasks that fail": () =>
    chain(function* () {
      yield* sleep(5);
      throw new Error("from the bottom");
    }),
  "a chain of tasks that is cancelled": function* (note) {
    const top = spawn(() => chain(() => sleep(ms(10))));
    yield* sleep(5);
    yield* top.cancel();
    note("cancelled");
  },
  "a chain of tasks in a run that deadlocks": () => chain(() => new Queue(1).take()),
  "a chain of tasks in a run with a forgotten child": () =>
    chain(function* () {
      yield* sleep(5);
      spawn(() => yieldNow());
    }),
  "a chain of tasks that is stopped from outside": () => chain(() => sleep(ms(1000))),
};

function* nested(count: number): Generator<Suspended, number, void> {
  if (count > 0) return 1 + (yield* nested(count - 1));
  yield* sleep(1);
  return 0;
}

/** A task that awaits a task that awaits a task, and so on, with `bottom` at the end. */
function* chain(
  bottom: () => Operation<unknown>,
  count = TASK_COUNT,
): Generator<Suspended, unknown> {
  if (count === 0) return yield* bottom();
  return yield* spawn(() => chain(bottom, count - 1), { name: `${count}` });
}
