// The story of file.test.ts: pages of one block device, whatever world has it.
import { type Block, block } from "@miou-solo5/block";
import { clockMonotonic, run, type Solo5, sleep, spawn } from "@miou-solo5/scheduler";
import { type BlockFaultCounters, type Medium, withBlockFaults } from "../../../src/index.ts";

export const PAGE_SIZE = 512;
export const PAGE_COUNT = 64;

export interface Told {
  readonly lines: readonly string[];
  readonly counters: BlockFaultCounters;
}

/**
 * Writes, reads and flushes pages of the device `disk` behind `medium`, tells what came of each, and lets the
 * medium crash when the program has ended. Nothing in it depends on time.
 */
export async function scribble(solo5: Solo5, medium: Medium): Promise<Told> {
  const lines: string[] = [];
  await run([block("disk")], (disk) => story(disk, lines), {
    solo5: withBlockFaults(solo5, { disk: medium }),
  });
  medium.crash();
  return { lines, counters: medium.counters };
}

function* story(disk: Block, lines: string[]) {
  const page = new Uint8Array(PAGE_SIZE);
  for (let i = 0; i < 590; i++) {
    const position = ((i * 37) % PAGE_COUNT) * PAGE_SIZE;
    try {
      if (i % 25 === 24) yield* disk.flush();
      else if (i % 3 === 0) yield* disk.read(position, page);
      else if (i % 3 === 1) yield* disk.write(position, page.fill(i & 255));
      else disk.atomicWrite(position, page.fill(i & 255, i % PAGE_SIZE));
      lines.push(`${i}: ${Buffer.from(page).toString("hex")}`);
    } catch (error) {
      const { code, errno } = error as { code: string; errno: number };
      lines.push(`${i}: ${code} ${errno}`);
    }
  }
}

/** How long some operations take, and how often another task had its turn before they were over. */
export function durations(solo5: Solo5, medium: Medium) {
  return run(
    [block("disk")],
    function* (disk) {
      const page = new Uint8Array(PAGE_SIZE);
      const times: number[] = [];
      const ticker = spawn(function* () {
        for (;;) yield* sleep(1);
      });
      for (const operation of [disk.read(0, page), disk.write(0, page), disk.flush()]) {
        const before = clockMonotonic();
        yield* operation;
        times.push(clockMonotonic() - before);
      }
      yield* ticker.cancel();
      return times;
    },
    { solo5: withBlockFaults(solo5, { disk: medium }) },
  );
}
