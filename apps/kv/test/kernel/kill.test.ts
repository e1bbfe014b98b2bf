// A program that writes is killed, again and again, at any moment. What it said that it had written is there.
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { describeLinux, StoreFile } from "./solo5-node.ts";

const WRITER = fileURLToPath(new URL("./writer.mjs", import.meta.url));
const KILL_COUNT = Number(process.env["RUNS"] || 15);
const seed = Number(process.env["SEED"] || 1);

/** What the writer's tasks were told, and what they have been told at most: the next write was under way. */
function acknowledgedIn(lines: readonly string[], before: readonly number[]): number[] {
  const last = [...before];
  for (const line of lines) {
    const [, task, count] = /^(\d) (\d+)$/.exec(line) ?? [];
    if (task !== undefined) last[Number(task)] = Number(count);
  }
  return last;
}

describeLinux(`a store whose program is killed ${KILL_COUNT} times (SEED=${seed})`, () => {
  test("has all that was acknowledged, and nothing by halves", { timeout: 300_000 }, async () => {
    using file = new StoreFile(128 * 1024);
    let acknowledged = [0, 0, 0];
    let state = seed;
    const below = (bound: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return (state >>> 8) % bound;
    };
    for (let i = 0; i < KILL_COUNT; i++) {
      const writer = file.start(WRITER);
      // Its first line comes before it opens the store, its second when it has recovered.
      await writer.printed(i % 5 === 4 ? 1 : 2 + below(150));
      await writer.kill();
      acknowledged = acknowledgedIn(writer.lines, acknowledged);
      const { status, output } = await file.kv("list");
      expect(status, output).toBe(0);
      const found = new Map(
        output
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => line.split("\t") as [string, string]),
      );
      for (const [task, count] of acknowledged.entries()) {
        const value = found.get(`${task}/left`);
        expect(found.get(`${task}/right`)).toBe(value);
        const held = value === undefined ? 0 : Number.parseInt(value, 10);
        expect(held).toBeGreaterThanOrEqual(count);
        expect(held).toBeLessThanOrEqual(count + 1);
        // What is there now stays, whoever was told of it or not.
        acknowledged[task] = held;
      }
    }
    const { status, output } = await file.kv("check");
    expect(status, output).toBe(0);
    console.log(`acknowledged ${acknowledged.join(", ")}; ${output.trim().split("\n").at(-1)}`);
    expect(Math.min(...acknowledged)).toBeGreaterThan(KILL_COUNT);
    expect(Number(/(\d+) compactions/.exec(output)?.[1])).toBeGreaterThan(3);
  });
});
