// Many seeds, the report of one that fails, and golden traces.
import { net } from "@miou-solo5/net";
import { sleep, spawn } from "@miou-solo5/scheduler";
import { afterEach, expect, test, vi } from "vitest";
import {
  checkGolden,
  createWorld,
  goldenTracer,
  SimulationFailure,
  simulate,
  traceDifference,
  type World,
} from "../src/index.ts";

afterEach(() => vi.unstubAllEnvs());

/** The environment of whoever runs these tests is not theirs. */
function environment(variables: Record<string, string>): void {
  for (const name of ["SEED", "SIM_SEEDS", "UPDATE_GOLDEN"])
    vi.stubEnv(name, variables[name] ?? "");
}

/** What a world draws first tells its seed. */
function mark(world: World): string {
  return world.machine("m").net("n").mac.join(":");
}

const marks = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => mark(createWorld({ seed: from + i })));

async function seen(seed: number, options = {}): Promise<string[]> {
  const all: string[] = [];
  await simulate(seed, (world) => void all.push(mark(world)), options);
  return all;
}

test("a story runs with its seed, or with as many as are asked for", async () => {
  environment({});
  expect(await seen(7)).toEqual(marks(7, 1));
  expect(await seen(7, { count: 20 })).toEqual(marks(7, 20));
});

test("the host's events happen between seeds, also where timers are replaced", async () => {
  environment({});
  const { setImmediate: soon, clearImmediate: forget } = globalThis;
  let turnCount = 0;
  const count = (): void => {
    turnCount++;
    next = soon(count);
  };
  let next = soon(count);
  vi.useFakeTimers();
  try {
    await simulate(1, () => {}, { count: 50 });
  } finally {
    vi.useRealTimers();
    forget(next);
  }
  expect(turnCount).toBeGreaterThanOrEqual(50);
});

test("SEED begins elsewhere, SIM_SEEDS runs many, with a bar; what is no number is refused", async () => {
  environment({ SEED: "42" });
  expect(await seen(7, { count: 20 })).toEqual(marks(42, 20));
  environment({ SIM_SEEDS: "200" });
  const written: string[] = [];
  const spy = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  const many = await seen(1);
  spy.mockRestore();
  expect(many).toEqual(marks(1, 200));
  expect(written.length).toBe(101);
  expect(written[50]).toBe("\r[############.............] 50% of 200 seeds");
  expect(written.at(-1)).toBe("\r[#########################] 100% of 200 seeds\n");
  environment({ SEED: "x" });
  await expect(seen(1)).rejects.toMatchObject({ code: "ERR_SOLO5_INVALID_ARGUMENT" });
  environment({ SIM_SEEDS: "0" });
  await expect(seen(1)).rejects.toMatchObject({ code: "ERR_SOLO5_INVALID_ARGUMENT" });
});

/** Fails for the seeds whose wire loses the first frame. */
async function lossy(world: World): Promise<void> {
  const [a, b] = [world.machine("a"), world.machine("b")];
  world.wire(a.net("n"), b.net("n"), { loss: 0.1, latency: 5 });
  a.start([net("n")], function* (device) {
    yield* sleep(10);
    device.write(new Uint8Array(60));
  });
  const reader = b.start([net("n")], (device) => device.readBytes());
  world.run();
  reader.cancel();
  world.run();
  await reader.result;
}

test("a seed that fails is told with its command and the end of its trace", async () => {
  environment({});
  const failure = await simulate(1, lossy, { count: 200, command: "npx vitest run x" }).then(
    () => null,
    (error: unknown) => error,
  );
  if (!(failure instanceof SimulationFailure)) throw new Error("none of 200 seeds lost the frame");
  expect(failure.cause).toMatchObject({ code: "ERR_SOLO5_CANCELLED" });
  expect(failure.message).toContain(`seed ${failure.seed}: the run was cancelled\n`);
  expect(failure.message).toContain(`  repeat it: SEED=${failure.seed} npx vitest run x\n`);
  expect(failure.trace).toContain("@10 a.n - b.n forth: lost, 60 bytes");
  expect(failure.trace).toContain("@10 b: end main: cancelled");
  expect(failure.message.endsWith(`    ${failure.trace.at(-1)}`)).toBe(true);
  environment({ SEED: String(failure.seed) });
  const again = simulate(1, lossy, { count: 200, command: "npx vitest run x" });
  await expect(again).rejects.toMatchObject({ seed: failure.seed, message: failure.message });
  const short = simulate(1, lossy, { traceCountMax: 3 });
  await expect(short).rejects.toMatchObject({ trace: failure.trace.slice(-3) });
});

test("a story that fails only once is told to depend on something else", async () => {
  environment({});
  let count = 0;
  const story = () => {
    if (count++ === 0) throw new Error("once");
  };
  await expect(simulate(5, story)).rejects.toThrow("something in it does not come from the seed");
});

/** All lines of a world in which a bit of everything happens. */
function traceOf(seed: number): string[] {
  const lines: string[] = [];
  const world = createWorld({ seed, trace: (line) => lines.push(line) });
  const [a, b] = [world.machine("a"), world.machine("b")];
  const noisy = { loss: 0.3, duplication: 0.3, corruption: 0.3, reordering: 0.3, jitter: 50 };
  world.wire(a.net("n"), b.net("n"), noisy);
  a.start([net("n")], function* (device) {
    for (let i = 0; i < 20; i++) {
      device.write(new Uint8Array(60));
      yield* sleep(100);
    }
  });
  b.start([net("n")], function* (device) {
    const reader = spawn(
      function* () {
        for (;;) yield* device.readBytes();
      },
      { name: "reader" },
    );
    yield* sleep(5000);
    yield* reader.cancel();
  });
  world.at(700, () => b.pause(100));
  world.at(900, () => b.restart());
  world.run();
  return lines;
}

test("a trace names errors by code, or by their own words, never by an engine's", () => {
  const ends: string[] = [];
  for (const error of [
    Object.assign(new Error("x"), { code: "ERR_X" }),
    new Error("the program's own"),
    new TypeError("an engine's wording"),
    "thrown text",
  ]) {
    const world = createWorld({ trace: (line) => ends.push(line) });
    const run = world.machine("m").start([], function* () {
      yield* sleep(0);
      throw error;
    });
    run.result.catch(() => {});
    world.run();
  }
  expect(ends.filter((line) => line.includes("end main"))).toEqual([
    "@0 m: end main: failed ERR_X",
    "@0 m: end main: failed the program's own",
    "@0 m: end main: failed TypeError",
    "@0 m: end main: failed thrown text",
  ]);
});

test("the same seed gives the same trace, others give others", () => {
  expect(traceOf(3)).toEqual(traceOf(3));
  expect(new Set([1, 2, 3, 4, 5].map((seed) => traceOf(seed).join("\n"))).size).toBe(5);
  const lines = traceOf(3);
  for (const line of ["@700 b: pause for 100", "@900 b: crash", "@900 b: start"]) {
    expect(lines).toContain(line);
  }
});

test("a trace is compared whole, and approved on demand", () => {
  environment({});
  const files = new Map<string, string>();
  const store = {
    read: (name: string) => files.get(name) ?? null,
    write: (name: string, text: string) => void files.set(name, text),
  };
  const lines: string[] = [];
  const world = createWorld();
  const machine = world.machine("m");
  const tracer = goldenTracer(
    () => world.now,
    (line) => lines.push(line),
  );
  machine.start([], () => sleep(5), { tracer });
  world.run();
  expect(lines).toEqual([
    "@0 step root",
    "@0 spawn main by root",
    "@0 wait root: the outcome of main",
    "@0 step main",
    "@0 wait main: sleep until 5",
    "@5 step main",
    "@5 end main: ok",
    "@5 step root",
    "@5 end root: ok",
  ]);
  expect(() => checkGolden("t", lines, store)).toThrow("none was approved yet");
  environment({ UPDATE_GOLDEN: "1" });
  checkGolden("t", lines, store);
  environment({});
  checkGolden("t", lines, store);
  const changed = lines.with(5, "@6 step main");
  expect(() => checkGolden("t", changed, store)).toThrow(
    /line 6:\n {2}@0 wait root.*\n {2}@0 step main\n {2}@0 wait main.*\n- @5 step main\n/,
  );
  expect(() => checkGolden("t", lines.slice(0, -1), store)).toThrow("- @5 end root: ok");
  expect(() => checkGolden("t", [...lines, "more"], store)).toThrow("+ more");
});

test("two traces differ in their first line that is not the same, or where one has ended", () => {
  expect(traceDifference(["a", "b"], ["a", "b"])).toBeNull();
  expect(traceDifference([], [])).toBeNull();
  expect(traceDifference(["a", "b", "c"], ["a", "x", "c"])).toBe(
    "line 2:\n  a\n- b\n- c\n+ x\n+ c",
  );
  expect(traceDifference(["a"], ["a", "b"])).toBe("line 2:\n  a\n+ b");
  expect(traceDifference(["a", "b"], ["a"])).toBe("line 2:\n  a\n- b");
});
