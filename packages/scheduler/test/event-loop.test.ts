// The driver inside Node's event loop: the rest of the process goes on.
import { createServer, connect as tcpConnect } from "node:net";
import { expect, test } from "vitest";
import { run, sleep, spawn, until, yieldNow } from "../src/index.ts";
import { runInChild } from "./child-process.ts";
import { eventLoopWorld } from "./event-loop-world.ts";

test("while a run computes without end, timers, immediates and promises go on between its turns", async () => {
  let timers = 0;
  let immediates = 0;
  let promises = 0;
  const timer = setInterval(() => timers++, 1);
  let running = true;
  const immediate = () => {
    immediates++;
    Promise.resolve().then(() => promises++);
    if (running) setImmediate(immediate);
  };
  setImmediate(immediate);
  // Never idle: if turns did not give way, this would compute for ever and the test time out.
  await run(
    [],
    function* () {
      while (timers < 20 || immediates < 50 || promises < 50) yield* yieldNow();
    },
    { solo5: eventLoopWorld() },
  );
  running = false;
  clearInterval(timer);
});

test("one turn keeps the event loop for about 200 us, or 64 steps, however many tasks there are", async () => {
  let running = true;
  let mark = 0;
  const between = () => {
    mark++;
    if (running) setImmediate(between);
  };
  setImmediate(between);
  const stepsPerTurn = await run(
    [],
    function* () {
      const turns = new Set<number>();
      let steps = 0;
      const tasks = Array.from({ length: 20 }, () =>
        spawn(function* () {
          for (;;) {
            steps++;
            turns.add(mark);
            // 20 us of work: the turn's time is over long before 64 steps.
            const end = performance.now() + 0.02;
            while (performance.now() < end);
            yield* yieldNow();
          }
        }),
      );
      yield* sleep(100e6);
      const ratio = steps / turns.size;
      for (const task of tasks) yield* task.cancel();
      return ratio;
    },
    { solo5: eventLoopWorld() },
  );
  running = false;
  // The clock is read every 64 steps; without that a turn has 1,000.
  expect(stepsPerTurn).toBeLessThan(130);
});

test("while a run computes, a loopback socket of the process answers", async () => {
  const server = createServer((socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const echoes = await run(
    [],
    function* () {
      const busy = spawn(function* () {
        for (;;) yield* yieldNow();
      });
      const echoes = yield* until(
        new Promise<number>((resolve, reject) => {
          let count = 0;
          const socket = tcpConnect(port, "127.0.0.1", () => socket.write("x"));
          socket.on("error", reject);
          socket.on("data", () => {
            if (++count < 100) socket.write("x");
            else socket.end();
          });
          socket.on("close", () => resolve(count));
        }),
      );
      yield* busy.cancel();
      return echoes;
    },
    { solo5: eventLoopWorld() },
  );
  server.close();
  expect(echoes).toBe(100);
});

test("the first turn comes later, from the event loop", async () => {
  const log: string[] = [];
  const running = run(
    [],
    function* () {
      log.push("main");
    },
    { solo5: eventLoopWorld() },
  );
  log.push("run returned");
  await Promise.resolve();
  log.push("promises first");
  await running;
  expect(log).toEqual(["run returned", "promises first", "main"]);
});

test("a process whose run has ended exits by itself", () => {
  const { output, status } = runInChild(`
    await run([], function* () { yield* sleep(5e6); }, { solo5 });
    console.log("ended");
  `);
  expect({ output, status }).toEqual({ output: "ended\n", status: 0 });
});

test("a sleeping run holds the process open", () => {
  const { output, status } = runInChild(`
    run([], function* () { yield* sleep(50e6); console.log("slept"); }, { solo5 });
  `);
  expect({ output, status }).toEqual({ output: "slept\n", status: 0 });
});

test("a run that waits for a promise only does not hold the process open", () => {
  const { output, status } = runInChild(`
    process.on("exit", () => console.log("exits"));
    run([], function* () { yield* until(new Promise(() => {})); }, { solo5 });
  `);
  expect({ output, status }).toEqual({ output: "exits\n", status: 0 });
});

test("an error of a run that nobody hears ends the process, as any rejection", () => {
  const { output, status } = runInChild(`
    run([], function* () { yield* suspend(syscall()); }, { solo5 });
  `);
  expect(status).toBe(1);
  expect(output).toContain("ERR_SOLO5_DEADLOCK");
});

test("an async body that rejects is one error, the refusal, and no unhandled rejection", () => {
  const { output, status } = runInChild(`
    process.on("unhandledRejection", () => console.log("unhandled!"));
    try {
      await run([], async () => { throw new Error("its own"); }, { solo5 });
    } catch (error) {
      console.log(error.code);
    }
  `);
  expect({ output, status }).toEqual({ output: "ERR_SOLO5_NOT_AN_OPERATION\n", status: 0 });
});

test("runSync waits in the world's yield, without spinning", () => {
  const { output, status } = runInChild(`
    let yields = 0;
    const counted = { ...solo5, yield: (deadline, ready) => { yields++; solo5.yield(deadline, ready); } };
    const value = runSync([], function* () { yield* sleep(50e6); return "slept"; }, { solo5: counted });
    console.log(value, yields);
  `);
  expect({ output, status }).toEqual({ output: "slept 1\n", status: 0 });
});
