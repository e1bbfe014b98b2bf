// The same again and again on real interfaces leaves nothing behind: no descriptor, no byte.
import { afterEach, beforeEach, expect, test } from "vitest";
import { expectNothingLeft } from "../held.ts";
import { describeKernel, type Namespace, namespace, type Program } from "./namespace.ts";

describeKernel("a TAP", () => {
  let inside: Namespace;
  let program: Program<typeof import("./programs/leaks.ts")>;

  beforeEach(async () => {
    inside = await namespace();
    program = inside.program(new URL("./programs/leaks.ts", import.meta.url), { timeout: 120_000 });
  });
  afterEach(() => inside.close());

  test("is acquired and released 100,000 times", async () => {
    const { tenths, read } = await program.acquisitions(100_000);
    expectNothingLeft(tenths);
    expect(read).toBeGreaterThan(10_000);
  }, 120_000);

  test("is attached and detached 1,000 times, whatever its host was doing", async () => {
    const { tenths, codes } = await program.attachments(1000);
    expectNothingLeft(tenths);
    expect(codes).toEqual(["ERR_SOLO5_NO_INTERFACE"]);
  }, 120_000);

  test("is deleted under its host 50 times", async () => {
    const { tenths, gone } = await program.deletions(50);
    expectNothingLeft(tenths);
    expect(gone).toEqual(["ERR_SOLO5_DEVICE_GONE"]);
    expect(inside.run("ip", "-o", "link").trim().split("\n").length).toBe(1);
  }, 120_000);
});
