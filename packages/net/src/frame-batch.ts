// Batches of frames that a program sends.
import { ETHERNET_HEADER_SIZE, type FrameBatch } from "@miou-solo5/scheduler";
import { NetError } from "./errors.ts";

export const BATCH_COUNT_MAX = 64;

export function createBatch(device: string, frameSizeMax: number, count: number): FrameBatch {
  if (!Number.isInteger(count) || count < 1 || count > BATCH_COUNT_MAX) {
    throw new NetError(
      "ERR_SOLO5_OUT_OF_RANGE",
      device,
      `createBatch: a batch has 1 to ${BATCH_COUNT_MAX} slots, got ${count}`,
    );
  }
  // Slots start at multiples of 8, so that headers can be read as aligned words.
  const slotSize = Math.ceil(frameSizeMax / 8) * 8;
  return { bytes: new Uint8Array(count * slotSize), slotSize, sizes: new Int32Array(count) };
}

/** Checks slots 0 to `count` - 1 and gives the bytes of all their frames. */
export function checkBatch(
  device: string,
  frameSizeMax: number,
  batch: FrameBatch,
  count: number,
): number {
  const { bytes, slotSize, sizes } = batch;
  if (!Number.isInteger(count) || count < 0 || count > Math.min(sizes.length, BATCH_COUNT_MAX)) {
    throw new NetError(
      "ERR_SOLO5_OUT_OF_RANGE",
      device,
      `writeBatch: count is 0 to ${Math.min(sizes.length, BATCH_COUNT_MAX)} for this batch, got ${count}`,
    );
  }
  if (!Number.isInteger(slotSize) || slotSize < 1 || bytes.length < count * slotSize) {
    throw new NetError(
      "ERR_SOLO5_OUT_OF_RANGE",
      device,
      `writeBatch: ${count} slots of ${slotSize} bytes do not fit in the batch's ${bytes.length} bytes`,
    );
  }
  let total = 0;
  for (let i = 0; i < count; i++) {
    const size = sizes[i] ?? 0;
    if (size < ETHERNET_HEADER_SIZE || size > frameSizeMax || size > slotSize) {
      throw new NetError(
        "ERR_SOLO5_FRAME_SIZE",
        device,
        `writeBatch: a frame has ${ETHERNET_HEADER_SIZE} to ${Math.min(frameSizeMax, slotSize)} bytes, ` +
          `got ${size} in slot ${i}`,
      );
    }
    total += size;
  }
  return total;
}
