// Where engines could count, sort, round or write numbers in different ways.
import { PriorityQueue } from "@miou-solo5/pqueue";
import { clockMonotonic, clockWall, ms, sleep, spawn, us } from "@miou-solo5/scheduler";
import { createWorld } from "@miou-solo5/sim";
import type { Scenario } from "./scenario.ts";

export const numbers: Scenario = {
  name: "numbers, times and order",
  async run(note, seed) {
    const world = createWorld({ seed, trace: note });
    const bytes = new Uint8Array(64);
    for (const name of ["a", "b", "höher", "\ud83d\ude00"]) {
      const machine = world.machine(name);
      machine.solo5.entropy(bytes);
      note(`${name}: ${bytes.join(" ")}; ${machine.net("n").mac.join(":")}`);
    }
    const clock = world.machine("clock");
    const durations = [0, -1, 0.1, 1 / 3, us(0.7), us(1.1), ms(2.3), 1e-9, 2 ** 53, 123456789.987];
    const run = clock.start([], function* () {
      const sleepers = durations.map((duration) =>
        spawn(function* () {
          yield* sleep(duration);
          note(`slept ${duration}: ${clockMonotonic()} ${clockWall()}`);
        }),
      );
      for (const sleeper of sleepers) yield* sleeper;
    });
    world.run();
    await run.result;
    note(equalKeys(bytes).join(" "));
  },
};

/** Many equal keys, put in and taken out in turns. */
function equalKeys(bytes: Uint8Array): string[] {
  const queue = new PriorityQueue<{ key: number; arrival: number }>((a, b) => a.key - b.key);
  const out: string[] = [];
  for (let i = 0; i < 1000; i++) {
    const entry = queue.push({ key: (bytes[i % 64] ?? 0) % 5, arrival: i });
    if (i % 7 === 0) queue.cancel(entry);
    if (i % 3 !== 0) continue;
    const first = queue.pop();
    if (first !== undefined) out.push(`${first.key}:${first.arrival}`);
  }
  return out;
}
