// The `debug` option: the program's own lines in errors and reports, and forgotten stars.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inspect as shown } from "node:util";
import { describe, expect, test, vi } from "vitest";
import {
  attach,
  awaitAll,
  Condition,
  inspect,
  Lazy,
  Mutex,
  type Operation,
  own,
  Queue,
  race,
  runSync,
  SchedulerError,
  Semaphore,
  shield,
  sleep,
  spawn,
  suspend,
  syscall,
  type Tracer,
  type UnusedOperation,
  withTimeout,
  yieldNow,
} from "../src/index.ts";
import { FakeJob, FakeNet } from "./fake-devices.ts";
import { virtualWorld } from "./virtual-world.ts";

const file = fileURLToPath(import.meta.url);
const source = readFileSync(file, "utf8").split("\n");

/** The source of this file's lines that frames point at, in their order; other files are named. */
function linesOf(frames: readonly string[] | string | undefined): string[] {
  const lines = typeof frames === "string" ? frames.split("\n") : (frames ?? []);
  return lines.flatMap((frame) => {
    const [, place = "", line] = /(\/[^():]+):(\d+):\d+\)?$/.exec(frame) ?? [];
    if (line === undefined) return [];
    return place === file ? [source[Number(line) - 1]?.trim() ?? ""] : [place];
  });
}

/** What a run that is debugged throws. */
function errorOf(main: () => Operation<unknown>): Error {
  try {
    runSync([], main, { solo5: virtualWorld(), debug: true });
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("the run did not throw an Error");
}

interface Told extends UnusedOperation {
  readonly task: string;
}

/** The unused operations that a debugged run tells of, and how it ends. */
function unusedIn(main: () => Operation<unknown>): Told[] {
  const told: Told[] = [];
  const tracer: Tracer = {
    unused: (task, operation) => told.push({ task: task.name, ...operation }),
  };
  try {
    runSync([], main, { solo5: virtualWorld(), debug: true, tracer });
  } catch (error) {
    told.push({ task: "", what: String(error), madeAt: [] });
  }
  return told;
}

describe("errors show the program's lines", () => {
  function* inner(): Generator<never, never, void> {
    yield* sleep(1) as Iterable<never>;
    throw new Error("early"); // throws
  }

  function* outer() {
    const task = spawn(() => shield(inner()), { name: "failing" }); // spawns failing
    yield* task;
  }

  test("of a failed task: where it threw, then where it and those above it were spawned", () => {
    const error = errorOf(function* main() {
      const task = spawn(outer); // spawns outer
      yield* task;
    });
    expect(linesOf(error.stack)).toEqual([
      'throw new Error("early"); // throws',
      'const task = spawn(() => shield(inner()), { name: "failing" }); // spawns failing',
      "const task = spawn(outer); // spawns outer",
    ]);
    expect(error.stack).toMatch(/^Error: early$/m);
    expect(error.stack).toMatch(/^ {4}--- task failing \(#3\), spawned by outer:$/m);
  });

  test("of a forgotten child: where it was spawned", () => {
    const error = errorOf(function* main() {
      spawn(() => sleep(1), { name: "first" }); // forgets the first
      spawn(() => sleep(1), { name: "second" }); // forgets the second
    });
    expect(error).toMatchObject({ code: "ERR_SOLO5_STILL_HAS_CHILDREN" });
    const second = 'spawn(() => sleep(1), { name: "second" }); // forgets the second';
    const first = 'spawn(() => sleep(1), { name: "first" }); // forgets the first';
    expect(error.message).toMatch(/\n {2}second \(#3\) was spawned at main .*\n {2}first \(#2\)/);
    expect(linesOf(error.message)).toEqual([second, first]);
    expect(linesOf(error.stack)).toEqual([second, first, second]);
  });

  test("of a leaked resource: where it came to be owned", () => {
    const error = errorOf(function* main() {
      own({}, () => {}); // owns
    });
    expect(error).toMatchObject({ code: "ERR_SOLO5_RESOURCE_LEAKED" });
    expect(linesOf(error.stack)).toEqual(["own({}, () => {}); // owns"]);
  });

  test("of a stranger that is awaited: who awaits, and where the stranger was spawned", () => {
    const error = errorOf(function* main() {
      const brother = spawn(() => sleep(9)); // spawns the brother
      yield* spawn(function* () {
        yield* brother; // awaits the brother
      }); // the sister's end
    });
    expect(error).toMatchObject({ code: "ERR_SOLO5_NOT_A_CHILD" });
    const lines = linesOf(error.stack).filter((line) => !line.endsWith("/src/task.ts"));
    expect(lines).toEqual([
      "const brother = spawn(() => sleep(9)); // spawns the brother",
      "yield* brother; // awaits the brother",
      "yield* spawn(function* () {",
    ]);
  });

  test("of a time limit: where the operation was interrupted, and the limit", () => {
    const error = errorOf(function* main() {
      yield* withTimeout(3, slow()); // sets the limit
    });
    function* slow() {
      yield* sleep(9); // sleeps too long
    }
    expect(error).toMatchObject({ code: "ERR_SOLO5_TIMEOUT" });
    expect(linesOf(error.stack)).toEqual([
      "yield* sleep(9); // sleeps too long",
      "yield* withTimeout(3, slow()); // sets the limit",
    ]);
  });

  test("of a deadlock: where each task waits, where it was spawned, and what it forgot to run", () => {
    const error = errorOf(function* main() {
      const queue = new Queue<number>(2);
      const consumer = spawn(() => queue.take(), { name: "consumer" }); // spawns the consumer
      queue.put(1); // forgets the star
      yield* consumer; // awaits the consumer
    });
    expect(error).toMatchObject({ code: "ERR_SOLO5_DEADLOCK" });
    const report = error.message.replaceAll(/(at|made at|spawned at) .*/g, "$1 …");
    expect(report).toBe(`deadlock: every task waits and nothing can wake one
  root (#0) waits for the outcome of main
    main (#1) waits for the end of consumer
        at …
        made, but has not run, an operation (room in a queue) at …
      consumer (#2) waits for an item of a queue
          spawned at …`);
    expect(linesOf(error.message)).toEqual([
      "yield* consumer; // awaits the consumer",
      "queue.put(1); // forgets the star",
      'const consumer = spawn(() => queue.take(), { name: "consumer" }); // spawns the consumer',
    ]);
  });

  test("and so does inspect", () => {
    errorOf(function* main() {
      const child = spawn(napping, { name: "child" }); // spawns the child
      function* napping() {
        yield* sleep(7); // naps
      }
      yield* sleep(1);
      const [, inspected] = [inspect().root, inspect().root.children[0]?.children[0]];
      expect(linesOf(inspected?.waitsAt)).toEqual(["yield* sleep(7); // naps"]);
      expect(linesOf(inspected?.spawnedAt)).toEqual([
        'const child = spawn(napping, { name: "child" }); // spawns the child',
      ]);
      const text = String(inspect()).split("\n").slice(-3);
      expect(text.map((line) => line.replace(/ \(\/.*| \(file:.*/, ""))).toEqual([
        "    child (#2) has waited 1 ns for sleep until 7",
        "        at napping",
        "        spawned at main",
      ]);
      yield* child;
      throw new Error("the end");
    });
  });

  test("without it an error's stack is the engine's own, and nothing is captured", () => {
    const limited = vi.spyOn(Error, "captureStackTrace");
    let error: unknown;
    try {
      runSync([], () => spawn2(), { solo5: virtualWorld() });
    } catch (caught) {
      error = caught;
    }
    function* spawn2() {
      sleep(1);
      spawn(() => sleep(1), { name: "first" });
      const { root } = inspect();
      expect(root.children[0]).toMatchObject({ spawnedAt: [], waitsAt: [], unused: [] });
    }
    limited.mockRestore();
    expect((error as Error).message).not.toContain("spawned at");
    expect((error as Error).stack).not.toContain("---");
  });
});

describe("an operation that was made and never run is told of", () => {
  test("at the end of the task that made it, with its place", () => {
    const told = unusedIn(function* main() {
      yield* spawn(function* child() {
        sleep(5); // a nap without its star
        yield* yieldNow();
      });
    });
    expect(told.map(({ task, what }) => `${task}: ${what}`)).toEqual(["child: sleep of 5"]);
    expect(linesOf(told[0]?.madeAt)[0]).toBe("sleep(5); // a nap without its star");
  });

  test("of every kind", () => {
    const told = unusedIn(function* main() {
      const world = virtualWorld();
      const mutex = new Mutex();
      yield* mutex.lock();
      const child = spawn(() => sleep(0));
      yield* child;
      yieldNow();
      child.cancel();
      child.result();
      race([child]);
      awaitAll([child]);
      shield(sleep(1));
      withTimeout(1, sleep(1));
      mutex.lock();
      mutex.hold(sleep(1));
      new Condition().wait(mutex);
      new Semaphore(1).acquire();
      new Queue(1).put(1);
      new Queue(1).take();
      new Lazy(() => sleep(1)).force();
      suspend(syscall(), { what: "a reply" });
      new FakeNet(world, 1).read();
      new FakeJob("a page", () => {});
      mutex.unlock();
    });
    // The innermost are run by those around them, and not told of.
    expect(told.map(({ what }) => what)).toEqual([
      "its next turn",
      "the end of cancelled #2",
      "the outcome of #2",
      "race",
      "awaitAll",
      "shield",
      "withTimeout",
      "a lock",
      "hold",
      "wait",
      "a semaphore",
      "room in a queue",
      "an item of a queue",
      "force",
      "a reply",
      "input of device 1",
      "block operation a page",
    ]);
  });

  test("once for each place, also in a loop without end, which never comes to the task's end", () => {
    const told: string[] = [];
    let rounds = 0;
    const tracer: Tracer = {
      unused: (_task, { madeAt }) => {
        told.push(...linesOf(madeAt).slice(0, 1));
      },
    };
    runSync(
      [],
      function* main() {
        while (told.length === 0 || rounds % 5000 !== 0) {
          rounds++;
          sleep(500); // ticks
        }
        yield* sleep(1);
      },
      { solo5: virtualWorld(), debug: true, tracer },
    );
    expect(told).toEqual(["sleep(500); // ticks"]);
    expect(rounds).toBe(5000);
  });

  test("not of one that is stored, shared, done later, done by a child, or given to the parent", () => {
    const told = unusedIn(function* main() {
      const nap = sleep(1);
      const turn = yieldNow();
      const children = [spawn(() => nap), spawn(() => nap), spawn(() => withTimeout(9, nap))];
      yield* nap;
      yield* nap;
      for (const child of children) yield* child;
      const given = yield* spawn(function* () {
        return sleep(4);
      });
      yield* turn;
      yield* given;
    });
    expect(told).toEqual([]);
  });

  test("not of a task that failed or was cancelled before it came to them", () => {
    const told = unusedIn(function* main() {
      const body = function* () {
        const next = sleep(1);
        yield* sleep(5);
        yield* next;
      };
      const cancelled = spawn(body);
      yield* sleep(2);
      yield* cancelled.cancel();
      yield* spawn(function* () {
        const next = sleep(1);
        throw next;
      }).result();
    });
    expect(told).toEqual([]);
  });

  test("on the console, where no tracer asks to hear of it", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const detach = attach(virtualWorld(), { debug: true });
    runSync([], function* main() {
      sleep(5);
    });
    runSync(
      [],
      function* main() {
        sleep(6);
      },
      { debug: false },
    );
    detach();
    const texts = warn.mock.calls.map(([text]) => String(text).replace(/\(\S*\/.*\)/, "(…)"));
    warn.mockRestore();
    expect(texts).toEqual([
      "task main made an operation that nobody ran (sleep of 5): is `yield*` missing in front of it?\n    at main (…)",
    ]);
  });
});

test("a debugged run does in the same order what it does otherwise", () => {
  const story = (debug: boolean): string[] => {
    const lines: string[] = [];
    const tracer: Tracer = {
      step: (task) => lines.push(`step ${task.name}`),
      suspend: (task, on) => lines.push(`${task.name}: ${on?.what}`),
      end: (task) => lines.push(`end ${task.name}: ${task.outcome().status}`),
    };
    const queue = new Queue<number>(1);
    const next = queue.take();
    runSync(
      [],
      function* main() {
        const takers = [1, 2, 3].map((n) => spawn(() => next, { name: `taker ${n}` }));
        yield* sleep(1);
        yield* queue.put(1);
        yield* race(takers);
        yield* withTimeout(50, shield(yieldNow()));
      },
      { solo5: virtualWorld(), random: 1, tracer, debug },
    );
    return lines;
  };
  expect(story(true)).toEqual(story(false));
});

test("an error printed by Node shows `errors` only where there are some", () => {
  const empty = new SchedulerError("ERR_SOLO5_BUSY", "busy");
  expect(shown(empty)).not.toContain("errors");
  const full = new SchedulerError("ERR_SOLO5_DEVICES", "no device", { errors: ["no such thing"] });
  expect(full.errors).toEqual(["no such thing"]);
  expect(shown(full)).toContain("errors: [ 'no such thing' ]");
});
