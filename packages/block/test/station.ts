// One simulated machine with a block device `disk`.

import { type Operation, type Run, type Solo5, start } from "@miou-solo5/scheduler";
import {
  createWorld,
  type Disk,
  type DiskOptions,
  type Machine,
  type World,
} from "@miou-solo5/sim";
import { type Block, block } from "../src/index.ts";

export interface Station {
  readonly world: World;
  readonly machine: Machine;
  readonly disk: Disk;
  /** Every page that was read (`r3`) or written (`w3`), by index, in order. */
  readonly log: string[];
  /** The machine's world, with the log kept. */
  readonly solo5: Solo5;
  /** The bytes of a page, by index, as they are on the disk. */
  page(index: number): Uint8Array;
  /** Runs a program until nothing is left to happen, and gives how it ended. */
  run<T>(main: (disk: Block) => Operation<T>, solo5?: Solo5): Promise<T>;
}

export const PAGE_SIZE = 512;
const PAGE_COUNT = 8;

export function station(options: Partial<DiskOptions> = {}): Station {
  const world = createWorld({ seed: 3 });
  const machine = world.machine("station");
  const disk = machine.disk("disk", { capacity: PAGE_COUNT * PAGE_SIZE, ...options });
  const log: string[] = [];
  const solo5: Solo5 = {
    ...machine.solo5,
    blockRead: (handle, position, into, offset) => {
      machine.solo5.blockRead(handle, position, into, offset);
      log.push(`r${position / disk.blockSize}`);
    },
    blockWrite: (handle, position, from, offset) => {
      machine.solo5.blockWrite(handle, position, from, offset);
      log.push(`w${position / disk.blockSize}`);
    },
  };
  return {
    world,
    machine,
    disk,
    log,
    solo5,
    page: (index) => {
      const bytes = new Uint8Array(disk.blockSize);
      disk.read(index * disk.blockSize, bytes);
      return bytes;
    },
    run: (main, given = solo5) => {
      const run: Run<never> = start([block("disk")], main as never, { solo5: given });
      run.result.catch(() => {});
      world.run();
      return run.result;
    },
  };
}

export function filled(byte: number, size = PAGE_SIZE): Uint8Array {
  return new Uint8Array(size).fill(byte);
}

/** The `code` of what `act` throws. */
export function codeOf(act: () => unknown): string {
  try {
    act();
    return "nothing thrown";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
