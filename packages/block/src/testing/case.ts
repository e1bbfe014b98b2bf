// What the cases are made of: a world with one disk in it.
import type { BlockInfo, Solo5 } from "@miou-solo5/scheduler";
import { claimBytes } from "@miou-solo5/scheduler/testing";

export interface BlockWorldOptions {
  /** What the disk holds, from its first byte to its last; the size is the capacity. */
  readonly contents: Uint8Array;
  /** Whether the world must refuse writes. */
  readonly readOnly: boolean;
}

/** A world under test, with one block device. */
export interface BlockWorld {
  readonly solo5: Solo5;
  /** The program's name of the device. */
  readonly name: string;
  /** Lets `duration` nanoseconds of the world's time pass without blocking: what is under way may end. */
  pass(duration: number): void | Promise<void>;
  close(): void | Promise<void>;
}

/** Makes such worlds. */
export interface BlockMaker {
  /** Bytes of a block on the disks it makes. */
  readonly blockSize: number;
  /** What the random operations follow from; 1 if not given. */
  readonly seed?: number;
  make(options: BlockWorldOptions): BlockWorld | Promise<BlockWorld>;
}

export interface BlockCase {
  readonly name: string;
  /** Rejects with an error that says what the world did and should have done. */
  run(maker: BlockMaker): Promise<void>;
}

export const BLOCK_COUNT = 16;
const PASS_NS = 1_000_000;

export function blockCase(
  name: string,
  body: (disk: TestDisk) => void | Promise<void>,
  options: { readonly readOnly: boolean } = { readOnly: false },
): BlockCase {
  return {
    name,
    run: async (maker) => {
      const contents = pattern(BLOCK_COUNT * maker.blockSize, 1);
      const world = await maker.make({ contents: contents.slice(), ...options });
      try {
        await body(new TestDisk(world, maker, contents));
      } finally {
        await world.close();
      }
    },
  };
}

/** The disk under test, and what it must hold. */
export class TestDisk {
  readonly world: BlockWorld;
  readonly solo5: Solo5;
  readonly blockSize: number;
  readonly seed: number;
  readonly model: Uint8Array;

  constructor(world: BlockWorld, { blockSize, seed = 1 }: BlockMaker, contents: Uint8Array) {
    this.world = world;
    this.solo5 = world.solo5;
    this.blockSize = blockSize;
    this.seed = seed;
    this.model = contents;
  }

  get last(): number {
    return this.model.length - this.blockSize;
  }

  acquire(): BlockInfo {
    return this.solo5.blockAcquire(this.world.name);
  }

  /** Writes to the disk and to the model. */
  write(handle: number, position: number, bytes: Uint8Array): void {
    this.solo5.blockWrite(handle, position, bytes, 0);
    this.model.set(bytes, position);
  }

  claimBlock(handle: number, position: number): void {
    const into = new Uint8Array(this.blockSize);
    this.solo5.blockRead(handle, position, into, 0);
    const wanted = this.model.subarray(position, position + this.blockSize);
    claimBytes(`the block at ${position}`, into, wanted);
  }

  /** The whole disk holds what the model does. */
  claimAll(handle: number): void {
    for (let at = 0; at <= this.last; at += this.blockSize) this.claimBlock(handle, at);
  }

  /** Lets time pass until `isTrue`, or for ten seconds. */
  async passUntil(isTrue: () => boolean): Promise<void> {
    for (let count = 0; count < 10_000 && !isTrue(); count++) await this.world.pass(PASS_NS);
  }
}

/** Bytes that follow from `seed`, and differ from block to block. */
export function pattern(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = seed * 101 + i * 13 + (i >> 8) * 7;
  return bytes;
}
