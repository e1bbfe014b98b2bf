// Processes and workers end, devices are released, hosts closed and interfaces deleted, with frames, batches, waits
// and flushes in flight: nothing crashes or hangs, and whoever comes next finds the interfaces free.
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeKernel, type Namespace, namespace, type Program } from "./namespace.ts";

const MODULE = new URL("./programs/endings.ts", import.meta.url);
const STAGES = [
  "everything is acquired",
  "frames lie unread",
  "a batch lies in its slots",
  "it waits",
  "it waits, and a frame comes",
  "it flushes",
  "it waits with both interfaces released",
  "all at once",
];
const ENDS = [
  ["exits", { status: 7, signal: null, errors: "" }],
  ["exitsThroughHost", { status: 9, signal: null, errors: "" }],
  ["throws", { status: 1, signal: null, errors: expect.stringContaining("on purpose") }],
  ["isKilled", { status: null, signal: "SIGKILL", errors: "" }],
] as const;

describeKernel("with interfaces in use", () => {
  let inside: Namespace;
  let program: Program<typeof import("./programs/endings.ts")>;

  beforeAll(async () => {
    inside = await namespace();
    program = inside.program(MODULE);
    await program.setUp();
  });
  afterAll(() => inside.close());

  test.each(
    ENDS.flatMap(([name, wanted]) => STAGES.map((stage) => [name, stage, wanted] as const)),
  )("a process ends: %s, while %s", async (name, stage, wanted) => {
    expect(await inside.end(MODULE, name, [stage])).toMatchObject(wanted);
    expect(await program.isFree()).toBe(99);
  });

  test.each([0, 1, 7, 30])("a busy process is killed from outside, %i ms later", async (more) => {
    const ended = await inside.end(MODULE, "isBusy", [], { timeout: 700 + more });
    expect(ended).toMatchObject({ status: null, signal: "SIGKILL", output: "busy", errors: "" });
    expect(await program.isFree()).toBe(99);
  });

  test.each(STAGES)("a worker is terminated while %s", async (stage) => {
    expect(await program.terminates(stage)).toEqual({ status: 1, free: null });
  });

  const after = (code: string, blockCode = code) => [
    ...new Array(5).fill(code),
    ...new Array(2).fill(blockCode),
  ];

  test.each(STAGES)("devices are released while %s", async (stage) => {
    const { codes, isSame, flushed, again } = await program.closes(stage, "release");
    expect(codes).toEqual(after("ERR_SOLO5_BAD_HANDLE"));
    expect(isSame).toBe(true);
    expect(again).toBeNull();
    expect(flushed).toBe(stage === "it flushes" || stage === "all at once" ? 20 : 0);
  });

  test.each(STAGES)("the host is closed while %s", async (stage) => {
    const { codes, isSame, woken, flushed } = await program.closes(stage, "close");
    expect(codes).toEqual(after("ERR_SOLO5_CLOSED"));
    expect(isSame).toBe(true);
    // Whoever waited is woken once, and flushes under way come to their end.
    expect(woken).toBe(stage.startsWith("it waits") || stage === "all at once" ? 1 : 0);
    expect(flushed).toBe(stage === "it flushes" || stage === "all at once" ? 20 : 0);
  });

  test.each(STAGES)("an interface is deleted while %s", async (stage) => {
    const { codes, isSame, woken, flushed } = await program.closes(stage, "delete");
    const wasReleased = stage.endsWith("released");
    const gone = wasReleased ? "ERR_SOLO5_BAD_HANDLE" : "ERR_SOLO5_DEVICE_GONE";
    // Slots are memory: they can be had until the device is released. The disk knows nothing of it.
    expect(codes).toEqual([gone, gone, gone, gone, wasReleased ? gone : null, null, null]);
    expect(isSame).toBe(true);
    const waits = stage.startsWith("it waits") || stage === "all at once";
    expect(woken).toBe(waits && !wasReleased ? 1 : 0);
    expect(flushed).toBe(stage === "it flushes" || stage === "all at once" ? 20 : 0);
  });
});
