// Reading and writing blocks.
import { claim, claimBytes, claimRefused, codeOf } from "@miou-solo5/scheduler/testing";
import { type BlockCase, blockCase, pattern, type TestDisk } from "./case.ts";

/** A read and a write at `position`, both refused with `wanted`. */
function claimRefusedAt(disk: TestDisk, handle: number, position: number, wanted: string): void {
  const bytes = new Uint8Array(disk.blockSize);
  const read = codeOf(() => disk.solo5.blockRead(handle, position, bytes, 0));
  const write = codeOf(() => disk.solo5.blockWrite(handle, position, bytes, 0));
  claim(`reading and writing at ${position}`, [read, write], [wanted, wanted]);
}

/** xorshift32: the suite needs numbers that follow from a seed, not good ones. */
function numbers(seed: number): (below: number) => number {
  let state = (Math.imul(seed, 0x9e3779b1) | 1) >>> 0;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export const accessCases: readonly BlockCase[] = [
  blockCase("every block holds what the disk was made with", (disk) => {
    disk.claimAll(disk.acquire().handle);
  }),
  blockCase(
    "the first and the last block are written where they belong, and nowhere else",
    (disk) => {
      const { handle } = disk.acquire();
      for (const position of [0, disk.last]) {
        disk.write(handle, position, pattern(disk.blockSize, 3 + position));
        disk.claimAll(handle);
      }
    },
  ),
  blockCase("a block past the end, or before the start, is refused and changes nothing", (disk) => {
    const { handle, capacity } = disk.acquire();
    const beyond = [capacity, capacity + disk.blockSize, -disk.blockSize, 2 ** 50];
    for (const position of beyond) claimRefusedAt(disk, handle, position, "ERR_SOLO5_OUT_OF_RANGE");
    disk.claimAll(handle);
  }),
  blockCase("a position between two blocks is refused and changes nothing", (disk) => {
    const { handle } = disk.acquire();
    for (const position of [1, disk.blockSize - 1, disk.blockSize / 2, disk.last + 1]) {
      claimRefusedAt(disk, handle, position, "ERR_SOLO5_MISALIGNED");
    }
    disk.claimAll(handle);
  }),
  blockCase(
    "a buffer needs room for a block: none, one byte less, exactly, one byte more",
    (disk) => {
      const { handle } = disk.acquire();
      const { solo5, blockSize } = disk;
      for (const size of [0, blockSize - 1]) {
        const bytes = new Uint8Array(size).fill(0xaa);
        claimRefused(`reading into ${size} bytes`, () => solo5.blockRead(handle, 0, bytes, 0));
        claimRefused(`writing ${size} bytes`, () => solo5.blockWrite(handle, 0, bytes, 0));
        claim(
          "the buffer is as it was",
          bytes.every((byte) => byte === 0xaa),
          true,
        );
      }
      const room = new Uint8Array(blockSize);
      for (const offset of [1, blockSize, blockSize + 1, -1]) {
        claimRefused(`reading to ${offset}`, () => solo5.blockRead(handle, 0, room, offset));
        claimRefused(`writing from ${offset}`, () => solo5.blockWrite(handle, 0, room, offset));
      }
      disk.claimAll(handle);
      const exact = pattern(blockSize, 5);
      disk.write(handle, 0, exact);
      const more = new Uint8Array(blockSize + 1).fill(0xaa);
      solo5.blockRead(handle, 0, more, 0);
      claimBytes("the block", more.subarray(0, blockSize), exact);
      claim("the byte behind it", more[blockSize], 0xaa);
    },
  ),
  blockCase("a block is read to, and written from, an offset of the buffer", (disk) => {
    const { handle } = disk.acquire();
    const { solo5, blockSize } = disk;
    const from = pattern(3 * blockSize, 9);
    solo5.blockWrite(handle, 2 * blockSize, from, 7);
    disk.model.set(from.subarray(7, 7 + blockSize), 2 * blockSize);
    disk.claimAll(handle);
    const into = new Uint8Array(blockSize + 20).fill(0xaa);
    solo5.blockRead(handle, 2 * blockSize, into, 13);
    claimBytes("the block", into.subarray(13, 13 + blockSize), from.subarray(7, 7 + blockSize));
    const outside = [...into.subarray(0, 13), ...into.subarray(13 + blockSize)];
    claim(
      "all else is as it was",
      outside.every((byte) => byte === 0xaa),
      true,
    );
  }),
  blockCase("a written buffer is the caller's again at once", (disk) => {
    const { handle } = disk.acquire();
    const bytes = pattern(disk.blockSize, 6);
    disk.write(handle, disk.blockSize, bytes);
    bytes.fill(0);
    disk.claimBlock(handle, disk.blockSize);
  }),
  blockCase(
    "a read-only device refuses every write, and holds what it held",
    (disk) => {
      const { handle } = disk.acquire();
      const bytes = new Uint8Array(disk.blockSize);
      for (const position of [0, disk.last]) {
        const write = () => disk.solo5.blockWrite(handle, position, bytes, 0);
        claim(`writing at ${position}`, codeOf(write), "ERR_SOLO5_READ_ONLY");
      }
      disk.claimAll(handle);
    },
    { readOnly: true },
  ),
  blockCase("random operations leave what a model has, byte for byte", (disk) => {
    let { handle } = disk.acquire();
    const next = numbers(disk.seed);
    for (let count = 0; count < 500; count++) {
      const position = next(disk.model.length / disk.blockSize) * disk.blockSize;
      const what = next(20);
      try {
        if (what < 10) disk.write(handle, position, pattern(disk.blockSize, next(256)));
        else if (what < 19) disk.claimBlock(handle, position);
        else {
          disk.solo5.blockRelease(handle);
          handle = disk.acquire().handle;
        }
      } catch (error) {
        throw new Error(`operation ${count} of seed ${disk.seed} failed`, { cause: error });
      }
    }
    disk.claimAll(handle);
  }),
];
