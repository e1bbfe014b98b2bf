// Programs of full-disk.test.ts.
import { host } from "@miou-solo5/bindings";
import { awaitAll, run, spawn } from "@miou-solo5/scheduler";
import { block } from "../../../src/index.ts";

/** Writes every page of a sparse file from a task of its own; which could be, and what they hold. */
export function fill(path: string, pageSize: number) {
  const solo5 = host({ block: { disk: { path, blockSize: pageSize } } });
  return run(
    [block("disk")],
    function* (disk) {
      const writers: ReturnType<typeof spawn<void>>[] = [];
      for (let offset = 0; offset < disk.capacity; offset += pageSize) {
        const page = new Uint8Array(pageSize).fill(1 + ((offset / pageSize) % 250));
        writers.push(spawn(() => disk.write(offset, page)));
      }
      const outcomes = yield* awaitAll(writers);
      const faults = new Map<string, number>();
      let written = 0;
      let right = 0;
      const page = new Uint8Array(pageSize);
      for (const [index, outcome] of outcomes.entries()) {
        if (outcome.status === "failed") {
          const { code, errno, syscall } = outcome.error as Record<string, unknown>;
          const fault = `${code} ${errno} ${syscall}`;
          faults.set(fault, (faults.get(fault) ?? 0) + 1);
          continue;
        }
        written++;
        yield* disk.read(index * pageSize, page);
        if (page.every((byte) => byte === 1 + (index % 250))) right++;
      }
      // The full disk is no reason to stop: what is there can be rewritten and made durable.
      yield* disk.write(0, page.fill(99));
      yield* disk.flush();
      yield* disk.read(0, page.fill(0));
      return { pages: outcomes.length, written, right, faults: [...faults], rewritten: page[0] };
    },
    { solo5 },
  ).finally(() => solo5.close());
}
