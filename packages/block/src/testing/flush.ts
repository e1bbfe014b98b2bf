// Durability, in worlds that offer it.
import { claim } from "@miou-solo5/scheduler/testing";
import { type BlockCase, blockCase, pattern, type TestDisk } from "./case.ts";

/** Begins a flush, and collects what it says. */
function begin({ solo5 }: TestDisk, handle: number): unknown[] {
  const said: unknown[] = [];
  solo5.blockFlush?.(handle, (error) => said.push(error));
  claim("a flush ends later, not inside the call", said.length, 0);
  return said;
}

export const flushCases: readonly BlockCase[] = [
  blockCase("a flush ends once, without error, and what was written is there", async (disk) => {
    if (disk.solo5.blockFlush === undefined) return;
    const { handle } = disk.acquire();
    disk.write(handle, 0, pattern(disk.blockSize, 4));
    const said = begin(disk, handle);
    await disk.passUntil(() => said.length > 0);
    await disk.world.pass(2_000_000);
    claim("what it said", said, [null]);
    disk.claimAll(handle);
  }),
  blockCase(
    "flushes under way together all end, with blocks read and written meanwhile",
    async (disk) => {
      if (disk.solo5.blockFlush === undefined) return;
      const { handle } = disk.acquire();
      const all = Array.from({ length: 20 }, (_, i) => {
        disk.write(handle, (i % 16) * disk.blockSize, pattern(disk.blockSize, 20 + i));
        return begin(disk, handle);
      });
      disk.claimAll(handle);
      await disk.passUntil(() => all.every((said) => said.length > 0));
      claim("what they said", all.flat(), new Array(20).fill(null));
      disk.claimAll(handle);
    },
  ),
  blockCase("a flush goes on when its device is released, and says how it went", async (disk) => {
    if (disk.solo5.blockFlush === undefined) return;
    const { handle } = disk.acquire();
    disk.write(handle, 0, pattern(disk.blockSize, 8));
    const said = begin(disk, handle);
    disk.solo5.blockRelease(handle);
    await disk.passUntil(() => said.length > 0);
    claim("what it said", said, [null]);
    disk.claimAll(disk.acquire().handle);
  }),
  blockCase("a blocking flush returns when it is done", (disk) => {
    if (disk.solo5.blockFlushNow === undefined) return;
    const { handle } = disk.acquire();
    disk.write(handle, 0, pattern(disk.blockSize, 4));
    disk.solo5.blockFlushNow(handle);
    disk.claimAll(handle);
  }),
];
