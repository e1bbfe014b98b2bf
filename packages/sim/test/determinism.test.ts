// The same seed repeats everything.
import { block } from "@miou-solo5/block";
import { net } from "@miou-solo5/net";
import {
  clockMonotonic,
  world as here,
  type Suspended,
  sleep,
  spawn,
  us,
} from "@miou-solo5/scheduler";
import { expect, test } from "vitest";
import { createWorld, type Machine } from "../src/index.ts";

/** Several machines on a ring, each passing frames on after a random time; all that happened, in order. */
async function story(seed: number, machineCount = 5): Promise<string[]> {
  const log: string[] = [];
  const world = createWorld({ seed });
  const machines = Array.from({ length: machineCount }, (_, i) => world.machine(`m${i}`));
  machines.forEach((machine, i) => {
    const next = machines[(i + 1) % machineCount] as Machine;
    world.wire(machine.net("right"), next.net("left"), { latency: us(1 + i) });
    machine.disk("disk", { capacity: 4096 });
  });
  const byte = (): number => {
    const bytes = new Uint8Array(1);
    here().entropy(bytes);
    return bytes[0] ?? 0;
  };
  const runs = machines.map((machine) =>
    machine.start([net("left"), net("right"), block("disk")], function* (left, right, disk) {
      const page = new Uint8Array(disk.pageSize);
      const note = (what: string) => log.push(`${clockMonotonic()} ${machine.name} ${what}`);
      note([...left.mac].join(":"));
      const writer = spawn(function* (): Generator<Suspended, void, void> {
        for (let i = 0; i < 5; i++) {
          yield* sleep(us(byte()));
          yield* disk.write(512 * (byte() % 8), page.fill(byte()));
          right.write(new Uint8Array(60).fill(byte()));
        }
      });
      for (let i = 0; i < 5; i++) {
        const frame = yield* left.readBytes();
        note(`got ${frame[0]}`);
        yield* sleep(us(byte()));
      }
      yield* writer;
      return note("done");
    }),
  );
  world.run();
  await Promise.all(runs.map((run) => run.result));
  return log;
}

test("one seed gives the same addresses, bytes, times and order, whatever happens beside it", async () => {
  const [first, second] = [await story(42), await story(42)];
  expect(first.length).toBe(5 * 7);
  expect(second).toEqual(first);
  const interleaved = createWorld({ seed: 1 });
  interleaved.at(5, () => {});
  const third = story(42);
  interleaved.run();
  expect(await third).toEqual(first);
});

test("another seed gives another story", async () => {
  const stories = await Promise.all([1, 2, 3, -1, 2 ** 32 + 1].map((seed) => story(seed)));
  expect(new Set(stories.map((lines) => lines.join("\n"))).size).toBe(5);
});

test("what a machine draws depends on its name, not on which others there are", () => {
  const macs = (names: readonly string[]) => {
    const world = createWorld({ seed: 9 });
    return new Map(names.map((name) => [name, [...world.machine(name).net("n").mac].join(":")]));
  };
  const alone = macs(["b"]);
  const together = macs(["a", "b", "c"]);
  expect(together.get("b")).toBe(alone.get("b"));
  expect(new Set(together.values()).size).toBe(3);
});

test("machines have their turns in the order in which these became due", () => {
  const world = createWorld();
  const order: string[] = [];
  for (const name of ["c", "a", "b"]) {
    world.machine(name).start([], function* () {
      for (let i = 0; i < 3; i++) {
        order.push(`${clockMonotonic()} ${name}`);
        yield* sleep(10);
      }
    });
  }
  world.run();
  expect(order).toEqual(
    [0, 10, 20].flatMap((time) => ["c", "a", "b"].map((name) => `${time} ${name}`)),
  );
});

test("a hundred machines share one clock", async () => {
  const world = createWorld();
  const runs = Array.from({ length: 100 }, (_, i) =>
    world.machine(`m${i}`).start([], function* () {
      yield* sleep(1000 - i);
      return clockMonotonic();
    }),
  );
  world.run();
  const times = await Promise.all(runs.map((run) => run.result));
  expect(times).toEqual(Array.from({ length: 100 }, (_, i) => 1000 - i));
  expect(world.now).toBe(1000);
});
