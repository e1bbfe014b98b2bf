import { describe, expect, test } from "vitest";
import { program, start } from "./solo5-node.ts";

function waiting(way: string) {
  return start([program("waits.mjs"), way]);
}

describe("a signal", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s cancels main, lets it clean up, and ends with %i", async (signal, status) => {
    const { child, ended, printed } = waiting("slow");
    await printed("ready");
    child.kill(signal);
    expect(await ended).toEqual({
      status,
      signal: null,
      stdout: "ready\ncleaned up\n",
      stderr: "",
    });
  });

  test("reaches a run that nobody awaits", async () => {
    const { child, ended, printed } = waiting("unawaited");
    await printed("ready");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ status: 130, stdout: "ready\ncleaned up\n", stderr: "" });
  });

  test("lets the program do what it does after its run", async () => {
    const { child, ended, printed } = waiting("goes-on");
    await printed("ready");
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({
      status: 143,
      stdout: "ready\ncleaned up\nsaved\n",
      stderr: "",
    });
  });

  test("tells of an error in the cleanup, and keeps its status", async () => {
    const { child, ended, printed } = waiting("fails");
    await printed("ready");
    child.kill("SIGINT");
    const { status, stderr } = await ended;
    expect(status).toBe(130);
    expect(stderr).toContain("ReferenceError: nothing is not defined");
  });

  test("ends at once a program that has not run yet, by itself", async () => {
    const { child, ended, printed } = waiting("no-run");
    await printed("ready");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ status: null, signal: "SIGINT", stderr: "" });
  });

  test("ends at once a program whose run is over", async () => {
    const { child, ended, printed } = waiting("after-run");
    await printed("ready");
    const before = performance.now();
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ status: 143, stdout: "ready\n", stderr: "" });
    expect(performance.now() - before).toBeLessThan(4_500);
  });

  test("is left to a program with a handler of its own", async () => {
    const { child, ended, printed } = waiting("own-handler");
    await printed("ready");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ status: 3, stdout: "ready\nmine\n", stderr: "" });
  });

  test.each(["sync", "run-then-sync"])(
    "ends at once, by itself, a thread that blocks under runSync (%s)",
    async (way) => {
      const { child, ended, printed } = waiting(way);
      await printed("blocking");
      child.kill("SIGINT");
      expect(await ended).toMatchObject({ status: null, signal: "SIGINT", stderr: "" });
    },
  );

  test("ends a cleanup that takes longer than five seconds", async () => {
    const { child, ended, printed } = waiting("endless");
    await printed("ready");
    const before = performance.now();
    child.kill("SIGINT");
    const { status, stderr } = await ended;
    expect(status).toBe(130);
    expect(stderr).toContain("the program was still cleaning up after 5 s; it was ended");
    expect(performance.now() - before).toBeGreaterThan(4_900);
  });
});

describe("a second signal", () => {
  test("ends the program at once, with the first one's status", async () => {
    const { child, ended, printed } = waiting("endless");
    await printed("ready");
    child.kill("SIGTERM");
    await printed("cleaning");
    const before = performance.now();
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ status: 143, stdout: "ready\ncleaning\n", stderr: "" });
    expect(performance.now() - before).toBeLessThan(4_500);
  });
});
