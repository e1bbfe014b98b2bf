// The same again and again leaves nothing behind: no descriptor, no byte.
import { afterAll, expect, test } from "vitest";
import { expectNothingLeft } from "./held.ts";
import { Programs } from "./kernel/program.ts";

const programs = new Programs();
afterAll(() => programs.close());
const program = programs.of<typeof import("./programs/leaks.ts")>(
  new URL("./programs/leaks.ts", import.meta.url),
  { timeout: 120_000 },
);

test("a block device is acquired and released 100,000 times", async () => {
  const { tenths, flushed } = await program.blocks(100_000);
  expectNothingLeft(tenths);
  expect(flushed).toBe(200);
}, 120_000);

test("a host with a disk is opened and closed 20,000 times, whatever it was doing", async () => {
  const { tenths } = await program.hosts(20_000);
  expectNothingLeft(tenths);
}, 120_000);

test("a host is opened and closed 200,000 times", async () => {
  const { tenths } = await program.bareHosts(200_000);
  expectNothingLeft(tenths);
}, 120_000);
