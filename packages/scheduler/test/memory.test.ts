// What is over is garbage: measured in processes of their own, with the collector at hand.
import { expect, test } from "vitest";
import { runInChild } from "./child-process.ts";

const GC = ["--expose-gc"];

test("a finished, awaited child is garbage, with its value, body and resources", () => {
  const { output } = runInChild(
    `
    const kept = [];
    const watch = (object) => (kept.push(new WeakRef(object)), object);
    await run([], function* () {
      for (let i = 0; i < 3; i++) {
        yield* (function* () {
          const value = watch({ value: i });
          const task = watch(spawn(watch(function* () { yield* sleep(0); return value; })));
          yield* task;
          const cancelled = watch(spawn(watch(function* () { yield* sleep(1e12); })));
          yield* yieldNow();
          yield* cancelled.cancel();
          const limited = watch(spawn(watch(function* () { yield* withTimeout(1e12, sleep(0)); })));
          yield* limited.result();
        })();
      }
      // WeakRefs are held until the event loop has turned.
      for (let i = 0; i < 5; i++) {
        yield* until(new Promise((resolve) => setTimeout(resolve, 5)));
        gc();
      }
      console.log(kept.length, kept.filter((ref) => ref.deref() !== undefined).length);
    }, { solo5 });
    `,
    GC,
  );
  // The last child awaited may still be in a register of the generator that awaited it.
  const [watched, alive] = output.trim().split(" ").map(Number);
  expect(watched).toBe(21);
  expect(alive).toBeLessThanOrEqual(2);
});

test("200,000 tasks, spawned and finished in every way, leave the heap as it was", () => {
  const { output } = runInChild(
    `
    const heap = () => { gc(); return process.memoryUsage().heapUsed; };
    function* naps() { yield* sleep(1); }
    runSync([], function* () {
      const round = function* () {
        const background = orphans();
        const served = syscall();
        for (let i = 0; i < 5000; i++) {
          yield* spawn(naps).cancel();
          const task = spawn(naps);
          yield* yieldNow();
          yield* task.cancel();
          try { yield* spawn(function* () { throw new Error("x"); }); } catch {}
          spawn(function* () {}, { orphans: background });
          const orphan = yield* background.get();
          yield* orphan;
          yield* withTimeout(1e12, spawn(function* () {}));
        }
      };
      yield* round();
      const before = heap();
      for (let i = 0; i < 7; i++) yield* round();
      console.log(Math.round((heap() - before) / 1024));
    }, { solo5 });
    `,
    GC,
  );
  expect(Number(output)).toBeLessThan(300);
});

test("timers of waits that are over leave the queue: 100,000 limits that were not reached", () => {
  const { output } = runInChild(
    `
    const heap = () => { gc(); return process.memoryUsage().heapUsed; };
    runSync([], function* () {
      for (let i = 0; i < 1000; i++) yield* withTimeout(1e15, yieldNow());
      const before = heap();
      for (let i = 0; i < 100_000; i++) yield* withTimeout(1e15, yieldNow());
      console.log(Math.round((heap() - before) / 1024));
    }, { solo5 });
    `,
    GC,
  );
  expect(Number(output)).toBeLessThan(300);
});

test("a suspended task takes at most 450 bytes, one asleep too", () => {
  const { output } = runInChild(
    `
    function* naps() { yield* sleep(1e15); }
    function* waits() { yield* suspend(syscall()); }
    for (const body of [naps, waits]) {
      try {
        runSync([], function* () {
          gc();
          const before = process.memoryUsage().heapUsed;
          for (let i = 0; i < 50_000; i++) spawn(body);
          yield* sleep(0);
          gc();
          console.log(Math.round((process.memoryUsage().heapUsed - before) / 50_000));
          throw new Error("enough");
        }, { solo5 });
      } catch {}
    }
    `,
    GC,
  );
  for (const bytes of output.trim().split("\n").map(Number)) {
    expect(bytes).toBeGreaterThan(100);
    expect(bytes).toBeLessThan(450);
  }
});
