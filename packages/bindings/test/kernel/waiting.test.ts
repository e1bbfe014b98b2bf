// Waiting for frames: with the thread blocked, in the event loop, in workers; and interfaces that go away.
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeKernel, type Namespace, namespace, type Program } from "./namespace.ts";

const GONE = new Array(6).fill("ERR_SOLO5_DEVICE_GONE");

describeKernel("waiting for a TAP", () => {
  let inside: Namespace;
  let program: Program<typeof import("./programs/waiting.ts")>;

  beforeEach(async () => {
    inside = await namespace();
    program = inside.program(new URL("./programs/waiting.ts", import.meta.url));
  });
  afterEach(() => inside.close());

  test("wait wakes on input and leaves the process's timers alone", async () => {
    const { lasted, ...rest } = await program.wakesOnInput();
    expect(rest).toEqual({ before: ["timer"], left: false, right: true });
    expect(lasted).toBeGreaterThanOrEqual(20e6);
  });

  test("only input on devices of interest ends a wait or a yield", async () => {
    expect(await program.interests()).toEqual({
      yieldLasts: true,
      waitLasts: true,
      polledLeft: [0, 0],
      polledAll: true,
      wantedEnds: true,
      allEnds: true,
      spurious: false,
      woken: true,
      againEnds: true,
    });
  });

  test("endless input starves neither timers nor sockets", async () => {
    const { frames, ticks, echoed } = await program.besideSockets();
    expect(frames).toBeGreaterThan(100);
    expect(ticks).toBeGreaterThan(20);
    expect(echoed).toBeGreaterThan(20);
  });

  test("deleting the interface wakes a wait, and every call says that it is gone", async () => {
    expect(await program.deletedWhileWaiting()).toMatchObject({
      sets: [true, false],
      codes: GONE,
      again: { code: "ERR_SOLO5_DEVICE_GONE", device: "left" },
      afterRelease: [0, 0],
    });
  });

  test("deleting the interface ends a yield without a deadline", async () => {
    expect(await program.deletedWhileYielding()).toEqual({ sets: [true, false], codes: GONE });
  });

  test("yield wakes on input, before its deadline", async () => {
    expect(await program.yieldWakesOnInput()).toEqual({ ready: true, soon: true });
  });

  test.each(["yield", "wait", "loop"])(
    "a worker is terminated in the middle of: %s",
    async (state) => {
      const { statuses, free } = await program.terminatedWorkers(state, 4);
      expect(statuses).toEqual([1, 1, 1, 1]);
      expect(free).toBeNull();
    },
  );
});
