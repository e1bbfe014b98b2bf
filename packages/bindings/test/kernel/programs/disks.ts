// Programs of disks.test.ts.
import { type BlockAttachment, host } from "../../../src/index.ts";
import { failure } from "./link.ts";

export function attach(disk: BlockAttachment) {
  return failure(() => host({ block: { disk } }).close());
}

/** Writes every block; what came of each, the first block read back, and a flush. */
export async function fill(disk: BlockAttachment) {
  const solo5 = host({ block: { disk } });
  const { handle, capacity, blockSize } = solo5.blockAcquire("disk");
  const block = new Uint8Array(blockSize);
  const faults = new Map<string, number>();
  let written = 0;
  for (let position = 0; position < capacity; position += blockSize) {
    block.fill(1 + (written % 250));
    const fault = failure(() => solo5.blockWrite(handle, position, block, 0));
    if (fault === null) {
      written++;
      continue;
    }
    const key = `${fault["code"]} ${fault["errno"]} ${fault["syscall"]} ${fault["device"]}`;
    faults.set(key, (faults.get(key) ?? 0) + 1);
  }
  let good = 0;
  for (let index = 0; index < written; index++) {
    solo5.blockRead(handle, index * blockSize, block, 0);
    if (block.every((byte) => byte === 1 + (index % 250))) good++;
  }
  const flushed = await new Promise<Error | null>((resolve) => solo5.blockFlush?.(handle, resolve));
  solo5.close();
  return { capacity, written, good, faults: [...faults], flushed: flushed?.message ?? null };
}
