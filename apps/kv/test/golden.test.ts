// One crash and what comes of it, line by line. UPDATE_GOLDEN=1 approves the trace as it is.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { checkGolden, createWorld } from "@miou-solo5/sim";
import { type Block, block, print, type Suspended, spawn, us } from "miou-solo5";
import { expect, test } from "vitest";
import { openKv } from "../src/index.ts";
import { bytesOf, textOf } from "./text.ts";

const files = {
  read: (name: string) => {
    const file = new URL(`golden/${name}.txt`, import.meta.url);
    return existsSync(file) ? readFileSync(file, "utf8") : null;
  },
  write: (name: string, text: string) =>
    writeFileSync(new URL(`golden/${name}.txt`, import.meta.url), text),
};

test("a crash in the middle of a commit takes all of it back, and nothing else", async () => {
  const lines: string[] = [];
  const world = createWorld({ seed: 4, trace: (line) => lines.push(line) });
  const machine = world.machine("store");
  machine.disk("disk", {
    capacity: 20 * 512,
    faults: { latency: us(10), flushLatency: us(200), tearing: 1 },
  });
  function* main(disk: Block): Generator<Suspended, void, void> {
    const store = yield* openKv(disk);
    for (const [key, value] of yield* store.entries()) print(`${key}=${textOf(value)?.length} `);
    print("opened\n");
    if (store.has("a")) return;
    yield* store.set("a", bytesOf("x".repeat(10)));
    print("a is acknowledged\n");
    // The second goes into one batch with the third, which needs two pages.
    const writers = [10, 20, 900].map((size, i) =>
      spawn(() => store.set(`b${i}`, bytesOf("y".repeat(size))), { name: `writer ${i}` }),
    );
    for (const writer of writers) yield* writer;
    print("b is acknowledged\n");
  }
  machine.start([block("disk")], main);
  world.at(us(1340), () => machine.crash());
  world.at(us(2000), () => machine.restart());
  world.run();
  expect(machine.console).toBe("opened\na is acknowledged\na=10 b0=10 opened\n");
  checkGolden("crash-and-recovery", lines, files);
});
