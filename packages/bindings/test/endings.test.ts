// Processes and workers end at every stage of a host's life, and nothing crashes, hangs or is lost.
import { afterAll, describe, expect, test } from "vitest";
import { Programs } from "./kernel/program.ts";

const MODULE = new URL("./programs/endings.ts", import.meta.url);
const STAGES = [
  "open",
  "acquired",
  "wait",
  "wait-deadline",
  "wait-past",
  "cancelled",
  "flush",
  "closed",
  "closed-waiting",
  "closed-flushing",
];

const programs = new Programs();
const program = programs.of<typeof import("./programs/endings.ts")>(MODULE);
afterAll(() => programs.close());

describe("a process", () => {
  test.each(STAGES)("exits by process.exit: %s", async (stage) => {
    expect(await programs.end(MODULE, "exits", [stage])).toMatchObject({
      status: 7,
      signal: null,
      errors: "",
    });
  });

  test.each(STAGES)("exits through the host: %s", async (stage) => {
    expect(await programs.end(MODULE, "exitsThroughHost", [stage])).toMatchObject({
      status: 9,
      signal: null,
      errors: "",
    });
  });

  test.each(STAGES)("dies of an uncaught error: %s", async (stage) => {
    const { status, signal, errors } = await programs.end(MODULE, "throws", [stage]);
    expect({ status, signal }).toEqual({ status: 1, signal: null });
    expect(errors).toContain("on purpose");
  });

  test.each([
    ["open", ""],
    ["acquired", ""],
    ["cancelled", ""],
    ["closed", ""],
    ["flush", ""],
    ["wait-deadline", "woken"],
    ["wait-past", "woken"],
    ["closed-waiting", "woken"],
    ["closed-flushing", "flushed undefined"],
  ])("ends by itself once nothing is waited for: %s", async (stage, output) => {
    expect(await programs.end(MODULE, "falls", [stage])).toMatchObject({
      status: 0,
      signal: null,
      errors: "",
      output,
    });
  });

  test("is kept alive by a wait without a deadline", async () => {
    expect(await programs.end(MODULE, "falls", ["wait"], { timeout: 700 })).toMatchObject({
      signal: "SIGKILL",
      output: "",
    });
  });
});

describe("a worker", () => {
  test.each(STAGES)("is terminated: %s", async (stage) => {
    expect(await program.inWorker(stage, "terminate")).toBe(1);
  });

  test.each(STAGES)("exits through its host, by itself: %s", async (stage) => {
    expect(await program.inWorker(stage, "exit")).toBe(5);
  });

  test.each(STAGES)("exits by process.exit: %s", async (stage) => {
    expect(await program.inWorker(stage, "process.exit")).toBe(6);
  });

  test.each(["open", "acquired", "flush", "wait-deadline", "closed-flushing"])(
    "ends by itself: %s",
    async (stage) => {
      expect(await program.inWorker(stage, "falls")).toBe(0);
    },
  );

  test("may be one of many, each with a host of its own", async () => {
    expect(await program.manyWorkers(9)).toEqual(new Array(9).fill(1));
  });
});

test("what a callback throws is an uncaught exception, and the host goes on", async () => {
  expect(await program.throwsInCallbacks()).toEqual({
    caught: ["flush 1", "flush 2", "past", "wake"],
    works: true,
  });
});

test("a forgotten host gives its descriptors back, but not while a wait is under way", async () => {
  const { opened, left, woken } = await program.forgotten();
  expect(opened).toBeGreaterThanOrEqual(150);
  expect(left).toBeLessThan(10);
  expect(woken).toBe(true);
});

test("forced collections leave waits and flushes in flight alone", async () => {
  expect(await program.collected()).toEqual({ flushed: 20, woken: 20 });
});

test("consoleWrite writes all bytes to a full, non-blocking pipe", async () => {
  const { output, status } = await programs.end(MODULE, "printsMuch", [1_000_000]);
  expect(status).toBe(0);
  expect(output.length).toBe(1_000_001);
  expect(output.endsWith("!")).toBe(true);
  expect(output.startsWith("abcdefghijklmnopqrstuvwxyza")).toBe(true);
});
