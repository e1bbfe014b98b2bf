// Making written pages durable.
import {
  awaitAll,
  type Operation,
  runSync,
  type Solo5,
  type Suspended,
  shield,
  sleep,
  spawn,
  yieldNow,
} from "@miou-solo5/scheduler";
import { describe, expect, test } from "vitest";
import { block } from "../src/index.ts";
import { filled, PAGE_SIZE, type Station, station } from "./station.ts";

/** A world whose flushes take `duration` nanoseconds, and end as `error` says. */
function slow(here: Station, duration: number, error: Error | null = null): Solo5 {
  return {
    ...here.solo5,
    blockFlush: (_, done) => {
      here.log.push("flush");
      here.world.at(here.world.now + duration, () => {
        here.log.push("flushed");
        done(error);
      });
    },
  };
}

test("every write that was called before is done before, queued ones at once and in order", async () => {
  const here = station();
  await here.run(
    function* (disk) {
      const writers = [3, 1, 2].map((index) =>
        spawn(() => disk.write(index * PAGE_SIZE, filled(index))),
      );
      const reader = spawn(() => disk.read(PAGE_SIZE, filled(0)));
      yield* yieldNow();
      yield* disk.flush();
      here.log.push("returned");
      yield* awaitAll([...writers, reader]);
    },
    slow(here, 1000),
  );
  expect(here.log).toEqual(["w3", "w1", "w2", "r1", "flush", "flushed", "returned"]);
});

test("other tasks run meanwhile, also on the same disk", async () => {
  const here = station();
  await here.run(
    function* (disk) {
      const other = spawn(function* () {
        yield* sleep(10);
        yield* disk.write(0, filled(1));
        here.log.push("other");
      });
      yield* disk.flush();
      yield* other;
    },
    slow(here, 1000),
  );
  expect(here.log).toEqual(["flush", "w0", "other", "flushed"]);
});

test("a failure is thrown at whoever flushed, with the world's error", async () => {
  const here = station();
  const error = Object.assign(new Error("EIO"), { code: "ERR_SOLO5_IO", errno: 5 });
  const run = here.run((disk) => disk.flush(), slow(here, 10, error));
  await expect(run).rejects.toBe(error);
});

test("one operation, made once, serves a loop and many tasks", async () => {
  const here = station();
  await here.run(
    function* (disk) {
      const flush = disk.flush();
      yield* flush;
      yield* flush;
      yield* awaitAll([spawn(() => flush), spawn(() => flush)]);
    },
    slow(here, 10),
  );
  expect(here.log.filter((entry) => entry === "flushed")).toHaveLength(4);
});

describe("cancellation", () => {
  test("waits for a flush that the kernel already has, and comes after it", async () => {
    const here = station();
    await here.run(
      function* (disk) {
        const flusher = spawn(function* () {
          yield* disk.flush();
          here.log.push("went on");
          yield* yieldNow();
          here.log.push("never");
        });
        yield* sleep(10);
        yield* flusher.cancel();
        here.log.push("cancelled");
      },
      slow(here, 1000),
    );
    expect(here.log).toEqual(["flush", "flushed", "went on", "cancelled"]);
  });

  test("before it began keeps the kernel out of it; shielded cleanup may flush", async () => {
    const here = station();
    await here.run(
      function* (disk) {
        const flusher = spawn(function* () {
          try {
            yield* sleep(Infinity);
          } finally {
            try {
              yield* disk.flush();
            } catch (error) {
              here.log.push((error as Error).name);
            }
            yield* shield(disk.flush());
            here.log.push("shielded");
          }
        });
        yield* yieldNow();
        yield* flusher.cancel();
      },
      slow(here, 1000),
    );
    expect(here.log).toEqual(["Cancelled", "flush", "flushed", "shielded"]);
  });

  test("an aborted run does not wait for it, and its end later does no harm", async () => {
    const here = station();
    const run = here.run(
      function* (disk) {
        spawn(() => disk.flush());
        yield* yieldNow();
      },
      slow(here, 1000),
    );
    await expect(run).rejects.toMatchObject({ code: "ERR_SOLO5_STILL_HAS_CHILDREN" });
    expect(here.log).toEqual(["flush", "flushed"]);
  });
});

test("closing the device lets a flush under way end", async () => {
  const here = station();
  await here.run(
    function* (disk) {
      const flusher = spawn(() => disk.flush());
      yield* yieldNow();
      disk.close();
      yield* flusher;
    },
    slow(here, 1000),
  );
  expect(here.log).toEqual(["flush", "flushed"]);
});

describe("worlds that offer less", () => {
  const { blockFlush: _, blockFlushNow: __, ...plain } = station().solo5;
  function without(here: Station, name: "blockFlush" | "blockFlushNow"): Solo5 {
    const { [name]: ___, ...rest } = here.solo5;
    return rest;
  }

  test("without any flush it is an error that says so", async () => {
    const here = station();
    await expect(
      here.run((disk) => disk.flush(), { ...plain, ...machineCalls(here) }),
    ).rejects.toMatchObject({ code: "ERR_SOLO5_NOT_SUPPORTED", device: "disk" });
  });

  test("a blocking run needs one that blocks", () => {
    const here = station();
    const run = () =>
      runSync([block("disk")], (disk) => disk.flush(), { solo5: without(here, "blockFlushNow") });
    expect(run).toThrow(expect.objectContaining({ code: "ERR_SOLO5_NOT_SUPPORTED" }));
  });

  test("one that only blocks serves every run", async () => {
    const here = station();
    await here.run((disk) => disk.flush(), without(here, "blockFlush"));
  });

  test("a flush that ends inside the call is taken as it comes", async () => {
    const here = station();
    const hasty: Solo5 = { ...here.solo5, blockFlush: (_handle, done) => done(null) };
    await here.run((disk) => disk.flush(), hasty);
    const error = new Error("hasty");
    const failing: Solo5 = { ...here.solo5, blockFlush: (_handle, done) => done(error) };
    await expect(here.run((disk) => disk.flush(), failing)).rejects.toBe(error);
  });

  test("a world that refuses the flush fails it, and nothing waits", async () => {
    const here = station();
    const error = Object.assign(new Error("no"), { code: "ERR_SOLO5_BAD_HANDLE" });
    const refusing: Solo5 = {
      ...here.solo5,
      blockFlush: () => {
        throw error;
      },
    };
    await expect(here.run((disk) => disk.flush(), refusing)).rejects.toBe(error);
  });
});

function machineCalls(here: Station): Partial<Solo5> {
  const { blockFlush: _, blockFlushNow: __, ...rest } = here.solo5;
  return rest;
}

test("a blocking run flushes with the thread blocked, and an endless flusher lets the others run", () => {
  const here = station();
  let count = 0;
  function* flusher(flush: Operation<void>): Generator<Suspended, void, void> {
    for (let i = 0; i < 1000; i++) {
      yield* flush;
      count++;
    }
  }
  const seen: number[] = [];
  runSync(
    [block("disk")],
    function* (disk) {
      const task = spawn(() => flusher(disk.flush()));
      while (count < 1000) {
        yield* yieldNow();
        seen.push(count);
      }
      yield* task;
    },
    { solo5: here.solo5 },
  );
  expect(seen.slice(0, 3)).toEqual([64, 128, 192]);
});
