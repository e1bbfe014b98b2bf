// A machine with one disk for tests of single behaviours.
import { createWorld, Disk, type DiskOptions, type World } from "@miou-solo5/sim";
import { type Block, block, type Operation } from "miou-solo5";
import { type Kv, type KvOptions, openKv } from "../src/index.ts";

/** `SEED=<n>` repeats what a failure printed. */
export const seed = Number(process.env["SEED"] || 1);

/** 100 pages: two superblocks, and 49 pages for each log. */
export const SMALL: DiskOptions = { capacity: 100 * 512 };

export function newDisk(options: DiskOptions = SMALL): Disk {
  return new Disk(options);
}

/** Runs a program on a machine that has `disk`, to its end, in a world of its own. */
export async function onMachine<T>(
  disk: Disk,
  main: (disk: Block, world: World) => Operation<T>,
): Promise<T> {
  const world = createWorld({ seed });
  const machine = world.machine("machine");
  machine.disk("disk", disk);
  const run = machine.start([block("disk")], (device) => main(device, world));
  world.run();
  return await run.result;
}

/** Opens the store on `disk` and uses it. */
export function withStore<T>(
  disk: Disk,
  use: (store: Kv, device: Block, world: World) => Operation<T>,
  options: KvOptions = {},
): Promise<T> {
  return onMachine(disk, function* main(device, world) {
    return yield* use(yield* openKv(device, options), device, world);
  });
}
