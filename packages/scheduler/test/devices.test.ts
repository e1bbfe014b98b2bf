// Lists of devices, the run around main, and the three ways to start one.
import { expect, test } from "vitest";
import {
  attach,
  type Body,
  clockMonotonic,
  clockWall,
  closeAtEnd,
  constant,
  type Device,
  map,
  print,
  programArguments,
  run,
  runSync,
  SchedulerError,
  shield,
  sleep,
  spawn,
  start,
  until,
  world,
  yieldNow,
} from "../src/index.ts";
import { eventLoopWorld } from "./event-loop-world.ts";
import { codeOf, virtualWorld } from "./virtual-world.ts";

function device(name: string, log: string[], fault?: Error): Device<string> {
  return {
    names: [{ name, type: "NET_BASIC" }],
    *acquire() {
      yield* sleep(1);
      if (fault !== undefined) throw fault;
      log.push(`${name} acquired`);
      closeAtEnd(() => log.push(`${name} closed`));
      return `<${name}>`;
    },
  };
}

test("devices are acquired in order and closed in reverse, after all tasks have ended", () => {
  const log: string[] = [];
  const value = runSync(
    [device("a", log), constant(5), device("b", log)],
    function* (a, five, b) {
      log.push(`main has ${a} ${five} ${b}`);
      yield* sleep(1);
      return "value";
    },
    { solo5: virtualWorld() },
  );
  expect(value).toBe("value");
  expect(log).toEqual(["a acquired", "b acquired", "main has <a> 5 <b>", "b closed", "a closed"]);
});

test("map makes a device of others; what it spawns lives until main has ended, then is cancelled", () => {
  const log: string[] = [];
  const stack = map([device("a", log), constant(2)], function* (a, factor) {
    spawn(function* daemon() {
      try {
        for (;;) {
          yield* sleep(10);
          log.push("daemon works");
        }
      } finally {
        yield* shield(sleep(1));
        log.push("daemon stopped");
      }
    });
    yield* yieldNow();
    return a.repeat(factor);
  });
  runSync(
    [stack],
    function* (value) {
      log.push(`main has ${value}`);
      yield* sleep(25);
      log.push("main ends");
    },
    { solo5: virtualWorld() },
  );
  expect(log).toEqual([
    "a acquired",
    "main has <a><a>",
    "daemon works",
    "daemon works",
    "main ends",
    "daemon stopped",
    "a closed",
  ]);
});

test("a device's task that fails cancels main and fails the run", () => {
  const log: string[] = [];
  const cause = new Error("daemon failed");
  const faulty = map([constant(1)], function* () {
    spawn(function* daemon() {
      yield* sleep(5);
      throw cause;
    });
  });
  const main = function* () {
    try {
      yield* sleep(100);
    } finally {
      log.push(`main stops at ${clockMonotonic()}`);
    }
  };
  expect(() => runSync([faulty], main, { solo5: virtualWorld() })).toThrow(
    expect.objectContaining({ code: "ERR_SOLO5_DEVICE_TASK_FAILED", cause }),
  );
  expect(log).toEqual(["main stops at 5"]);
});

test("a device's task that fails while others are acquired: main is cancelled at its start", () => {
  const log: string[] = [];
  const faulty = map([constant(1)], function* () {
    spawn(function* daemon() {
      throw new Error("daemon failed");
    });
    yield* sleep(5);
  });
  const main = function* () {
    log.push("unreachable");
  };
  expect(() => runSync([faulty, device("b", log)], main, { solo5: virtualWorld() })).toThrow(
    expect.objectContaining({ code: "ERR_SOLO5_DEVICE_TASK_FAILED" }),
  );
  expect(log).toEqual(["b acquired", "b closed"]);
});

test("all failures of acquisition come in one error; what had been acquired is closed", () => {
  const log: string[] = [];
  const first = new Error("no a");
  const second = new Error("no c");
  const nested = map([device("c", log, second)], function* (c) {
    return c;
  });
  let thrown: unknown;
  try {
    runSync([device("a", log, first), device("b", log), nested], function* () {}, {
      solo5: virtualWorld(),
    });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(SchedulerError);
  expect(thrown).toMatchObject({ code: "ERR_SOLO5_DEVICES", errors: [first, second] });
  expect((thrown as Error).message).toContain("no c");
  expect(log).toEqual(["b acquired", "b closed"]);
});

test("the same name twice is refused before anything is acquired, also inside map", () => {
  const log: string[] = [];
  const twice = [device("a", log), map([device("a", log)], () => sleep(1))];
  for (const start of [run, runSync]) {
    expect(() => start(twice, function* () {}, { solo5: virtualWorld() })).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_DUPLICATE_DEVICE" }),
    );
  }
  expect(log).toEqual([]);
});

test("wrong arguments are refused at once", () => {
  const solo5 = virtualWorld();
  const wrong: (() => unknown)[] = [
    () => run(5 as never, function* () {}, { solo5 }),
    () => run([5 as never], function* () {}, { solo5 }),
    () => run([], 5 as never, { solo5 }),
    () => runSync([], undefined as never, { solo5 }),
    () => map([], 5 as never),
    () => map(5 as never, function* () {}),
  ];
  for (const attempt of wrong) {
    expect(attempt).toThrow(expect.objectContaining({ code: "ERR_SOLO5_INVALID_ARGUMENT" }));
  }
});

test("one run a world at a time; the world is free again after any end", async () => {
  const solo5 = virtualWorld();
  const first = run([], () => sleep(5), { solo5 });
  for (const verb of [run, runSync]) {
    expect(() => verb([], function* () {}, { solo5 })).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_BUSY" }),
    );
  }
  await first;
  const ends: Body<unknown>[] = [
    function* () {},
    function* () {
      throw new Error("failed");
    },
    function* () {
      spawn(() => sleep(1));
    },
  ];
  for (const end of ends) await run([], end, { solo5 }).catch(() => {});
  await run([], function* () {}, { solo5 });
});

test("a world that refuses the devices is told of them before anything happens", () => {
  const log: string[] = [];
  const refusal = new Error("not in the manifest");
  const heard: unknown[] = [];
  const solo5 = {
    ...virtualWorld(),
    declare: (names: unknown) => {
      heard.push(names);
      throw refusal;
    },
  };
  expect(() => runSync([device("a", log)], function* () {}, { solo5 })).toThrow(refusal);
  expect(heard).toEqual([[{ name: "a", type: "NET_BASIC" }]]);
  expect(log).toEqual([]);
});

test("the attached world is used where none is given; attachments nest", async () => {
  expect(() => world()).toThrow(expect.objectContaining({ code: "ERR_SOLO5_NO_WORLD" }));
  expect(() => run([], function* () {})).toThrow(
    expect.objectContaining({ code: "ERR_SOLO5_NO_WORLD" }),
  );
  const outer = virtualWorld();
  const inner = virtualWorld();
  const detachOuter = attach(outer);
  const detachInner = attach(inner);
  expect(world()).toBe(inner);
  await run([], function* () {
    print("höher\n");
    expect(programArguments()).toEqual(["--verbose", "x"]);
    yield* sleep(5);
    expect([clockMonotonic(), clockWall()]).toEqual([5, 5n]);
  });
  expect(inner.console).toBe("höher\n");
  detachInner();
  expect(world()).toBe(outer);
  detachOuter();
  expect(() => world()).toThrow();
});

test("inside a run the world is the run's, also while its devices close", () => {
  const solo5 = virtualWorld();
  runSync(
    [],
    function* () {
      closeAtEnd(() => print("closing"));
      print("running, ");
    },
    { solo5 },
  );
  expect(solo5.console).toBe("running, closing");
});

test("run inside a task starts a second scheduler, beside the first", async () => {
  const log: string[] = [];
  const value = await run(
    [],
    function* () {
      const inner = start(
        [],
        function* () {
          log.push("inner starts");
          yield* sleep(5);
          log.push("inner ends");
          return "inner's value";
        },
        { solo5: virtualWorld() },
      );
      log.push("outer goes on");
      return yield* until(inner.result);
    },
    { solo5: eventLoopWorld() },
  );
  expect(log).toEqual(["outer goes on", "inner starts", "inner ends"]);
  expect(value).toBe("inner's value");
});

test("runSync inside a task is refused", () => {
  const refused = runSync(
    [],
    function* () {
      try {
        runSync([], function* () {}, { solo5: virtualWorld() });
      } catch (error) {
        return codeOf(error);
      }
      return "went on";
    },
    { solo5: virtualWorld() },
  );
  expect(refused).toBe("ERR_SOLO5_IN_A_TASK");
});

test("a signal ends main between steps: cleanup runs, the run rejects", async () => {
  for (const when of ["before", "at once", "in a step", "later"] as const) {
    const log: string[] = [];
    const controller = new AbortController();
    if (when === "before") controller.abort();
    const running = run(
      [device("a", log)],
      function* () {
        try {
          log.push("main");
          yield* yieldNow();
          if (when === "in a step") controller.abort();
          if (when === "later") setTimeout(() => controller.abort(), 1);
          yield* sleep(1e9);
        } finally {
          yield* shield(sleep(1));
          log.push("cleaned up");
        }
      },
      { solo5: eventLoopWorld(), signal: controller.signal },
    );
    if (when === "at once") controller.abort();
    await expect(running).rejects.toMatchObject({ code: "ERR_SOLO5_CANCELLED" });
    expect(log).toEqual(
      when === "before" || when === "at once"
        ? []
        : ["a acquired", "main", "cleaned up", "a closed"],
    );
  }
});

test("cancel settles when the run has ended, however it ended; what main threw meanwhile is the cause", async () => {
  const cause = new Error("cleanup failed");
  const running = start(
    [],
    function* () {
      try {
        yield* sleep(1e9);
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: that is what is tested
        throw cause;
      }
    },
    { solo5: eventLoopWorld() },
  );
  await new Promise((resolve) => setTimeout(resolve, 5));
  await running.cancel();
  await running.cancel();
  await expect(running.result).rejects.toMatchObject({ code: "ERR_SOLO5_CANCELLED", cause });
});

test("cancelling after the end changes nothing", async () => {
  const running = start([], () => sleep(1), { solo5: virtualWorld() });
  expect(await running.result).toBeUndefined();
  await running.cancel();
  expect(await running.result).toBeUndefined();
});
