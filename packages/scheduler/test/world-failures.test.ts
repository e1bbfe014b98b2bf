// What a run does when the world itself fails, and when callbacks of the program's own throw where
// nobody could catch it.
import { expect, test } from "vitest";
import {
  closeAtEnd,
  constant,
  map,
  type Operation,
  own,
  run,
  runSync,
  sleep,
  spawn,
  start,
  suspend,
  syscall,
  withTimeout,
} from "../src/index.ts";
import { FakeJob, FakeNet } from "./fake-devices.ts";
import { codeOf, record, trace, type VirtualWorld, virtualWorld } from "./virtual-world.ts";

const boom = new Error("boom");

type Main = () => Operation<void>;

const drivers = {
  runSync: async (main: Main, solo5: VirtualWorld) => runSync([], main, { solo5 }),
  run: (main: Main, solo5: VirtualWorld) => run([], main, { solo5 }),
};

for (const [verb, go] of Object.entries(drivers)) {
  for (const call of ["yield", "wait", "clockMonotonic"] as const) {
    if (verb === "runSync" && call === "wait") continue;
    test(`${verb}: when ${call} throws, all tasks are unwound, devices are closed, the world is free again`, async () => {
      const world = virtualWorld();
      const log: string[] = [];
      const net = new FakeNet(world, 1);
      const failing = go(function* () {
        closeAtEnd(() => log.push("closed"));
        spawn(function* () {
          try {
            yield* net.read();
          } finally {
            log.push("reader unwound");
          }
        });
        spawn(function* () {
          world.fail(call, boom);
        });
        try {
          yield* sleep(5);
        } finally {
          log.push("main unwound");
        }
      }, world);
      const error = await failing.catch((error: unknown) => error);
      expect(error).toMatchObject({ code: "ERR_SOLO5_INVARIANT", cause: boom });
      expect(log).toEqual(["main unwound", "reader unwound", "closed"]);
      world.fail(call, null);
      await go(function* () {}, world);
    });
  }
}

test("a world that fails before the first turn is free again", async () => {
  const world = virtualWorld();
  world.fail("entropy", boom);
  expect(() => start([], function* () {}, { solo5: world })).toThrow(boom);
  expect(() => runSync([], function* () {}, { solo5: world })).toThrow(boom);
  world.fail("entropy", null);
  world.fail("wait", boom);
  await expect(run([], function* () {}, { solo5: world })).rejects.toMatchObject({ cause: boom });
  world.fail("wait", null);
  await run([], function* () {}, { solo5: world });
});

test("a world's fault inside a task is the task's own", () => {
  const world = virtualWorld();
  const net = new FakeNet(world, 1);
  world.fail("netRead", boom);
  expect(
    record(
      function* (log) {
        try {
          yield* net.read();
        } catch (error) {
          log(codeOf(error));
        }
      },
      { solo5: world },
    ),
  ).toEqual(["boom", "end"]);
});

test("an undo function that throws is told to the tracer, and the task is cancelled all the same", () => {
  const { story } = trace(function* main() {
    const task = spawn(function* child() {
      const options = {
        register: () => () => {
          throw boom;
        },
      };
      yield* suspend(syscall(), options);
    });
    yield* sleep(1);
    yield* task.cancel();
  });
  expect(story).toEqual([
    "@0 step main",
    "@0 spawn child by main",
    "@0 wait main: sleep until 1",
    "@0 step child",
    expect.stringMatching(/^@0 wait child: syscall \d+$/),
    "@1 step main",
    "@1 cancel child",
    "@1 suppressed in child: boom",
    "@1 wait main: the end of cancelled child",
    "@1 step child",
    "@1 end child: cancelled",
    "@1 step main",
    "@1 end main: ok",
    "run: ok",
  ]);
});

test("an undo function that throws while a run is aborted keeps nobody from being unwound", () => {
  const { story, error } = trace(function* main(log) {
    for (const name of ["a", "b"]) {
      spawn(
        function* () {
          try {
            yield* suspend(syscall(), {
              register: () => () => {
                throw boom;
              },
            });
          } finally {
            log(`${name} unwound`);
          }
        },
        { name },
      );
    }
    yield* sleep(1);
  });
  expect(codeOf(error)).toBe("ERR_SOLO5_STILL_HAS_CHILDREN");
  expect(story.slice(-5)).toEqual([
    "@1 suppressed in b: boom",
    "@1 b unwound",
    "@1 suppressed in a: boom",
    "@1 a unwound",
    "run: ERR_SOLO5_STILL_HAS_CHILDREN",
  ]);
});

for (const event of ["spawn", "step", "suspend", "end", "cancel", "suppressed"] as const) {
  test(`a tracer whose ${event} throws ends the run, unwound`, async () => {
    const tracer = {
      [event]: () => {
        throw boom;
      },
    };
    let unwound = 0;
    const main = function* () {
      const child = spawn(function* () {
        try {
          yield* sleep(5);
        } finally {
          unwound++;
        }
      });
      const other = spawn(function* () {
        own({}, () => {
          throw new Error("a finaliser's");
        });
        yield* sleep(3);
        throw new Error("other");
      });
      try {
        yield* sleep(1);
        yield* child.cancel();
        yield* other.result();
        yield* sleep(2);
      } finally {
        unwound++;
      }
    };
    const world = virtualWorld();
    expect(() => runSync([], main, { solo5: world, tracer })).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_INVARIANT", cause: boom }),
    );
    const count = unwound;
    await expect(run([], main, { solo5: world, tracer })).rejects.toMatchObject({ cause: boom });
    expect(unwound).toBe(2 * count);
  });
}

test("a device that fails to close is reported where nothing else went wrong", () => {
  const device = map([constant(1)], function* () {
    closeAtEnd(() => {
      throw boom;
    });
  });
  const world = virtualWorld();
  expect(() => runSync([device], function* () {}, { solo5: world })).toThrow(boom);
  const other = new Error("main's");
  const failing = function* () {
    throw other;
  };
  expect(() => runSync([device], failing, { solo5: world })).toThrow(other);
});

test("a time limit that passes in the poll that did the block operation lets it have been done", () => {
  const world = virtualWorld();
  let done = 0;
  const { story } = trace(
    function* main(log) {
      const task = spawn(function* worker() {
        // Both the limit and the operation are due at the first poll.
        yield* withTimeout(0, new FakeJob("w", () => void done++));
        log("worker went on");
      });
      const outcome = yield* task.result();
      log(`${outcome.status}, done ${done}`);
    },
    { solo5: world },
  );
  expect(story).toEqual([
    "@0 step main",
    "@0 spawn worker by main",
    "@0 wait main: the outcome of worker",
    "@0 step worker",
    "@0 wait worker: block operation w",
    "@0 step worker",
    "@0 worker went on",
    "@0 end worker: ok",
    "@0 step main",
    "@0 succeeded, done 1",
    "@0 end main: ok",
    "run: ok",
  ]);
});
