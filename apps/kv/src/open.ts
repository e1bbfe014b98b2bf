// Opening a store: finding its superblock, or making one on a device that holds nothing.
import { type Block, block, type Device, map, type Operation, type Suspended } from "miou-solo5";
import { KvError } from "./errors.ts";
import { newId } from "./id.ts";
import { Kv } from "./kv.ts";
import { Log } from "./log.ts";
import { operation } from "./operation.ts";
import { hasLater, recover } from "./recovery.ts";
import { type Superblock, VERSION } from "./superblock.ts";
import { findSuperblock, writeSuperblock } from "./superblocks.ts";
import { type FlushPoint, Volume } from "./volume.ts";

export interface KvOptions {
  /**
   * DANGEROUS, for teaching and for tests of tests: leaves out one of the flushes that the store's promises rest on. Everything
   * works, until a crash comes at the wrong moment. See the README.
   */
  readonly unsafeLeaveOutFlush?: FlushPoint;
}

/**
 * A store as a run's list names it, on the block device `name`: opened before main starts.
 *
 * @throws as `openKv`, and what `block` throws
 */
export function kv(name: string, options: KvOptions = {}): Device<Kv> {
  return map([block(name)], (disk) => openKv(disk, options));
}

/**
 * Opens the store on `disk`, which nobody else may use meanwhile; makes one where the device is blank (only zeroes where
 * a store begins).
 *
 * Suspends: for each page that the log has. Cancelled, it leaves a store that can be opened.
 * @throws {KvError} ERR_KV_NOT_A_STORE, ERR_KV_VERSION, ERR_KV_PAGE_SIZE, ERR_KV_TOO_SMALL: nothing was written;
 * ERR_KV_DAMAGED where something that was acknowledged can't be read back; ERR_KV_IO
 */
export function openKv(disk: Block, options: KvOptions = {}): Operation<Kv> {
  return operation(() => open(disk, options.unsafeLeaveOutFlush ?? null));
}

function* open(disk: Block, leftOut: FlushPoint | null): Generator<Suspended, Kv, void> {
  const found = yield* findSuperblock(disk);
  const pageCount = found?.superblock.pageCount ?? Math.floor(disk.capacity / disk.pageSize);
  const volume = new Volume(disk, Math.min(pageCount, 2 ** 32 - 1), leftOut);
  let superblock = found?.superblock ?? (yield* writeSuperblock(volume, firstOf(volume)));
  if (found?.isOtherDamaged) yield* checkOtherLog(volume, superblock);
  const recovered = yield* recover(volume, superblock);
  if (!disk.readOnly) {
    // What was found may be in a cache still, from a program that ended before it flushed: what we are going to show
    // must not go away again, nor what we are going to build on.
    yield* volume.flush("recovery");
    // Both copies are there before anything else is: byte 0 of a store is never blank, also to those who
    // attach it with another page size and would take it for an empty device.
    if (superblock.serial === 1) {
      superblock = yield* writeSuperblock(volume, { ...superblock, serial: 2 });
    }
  }
  return new Kv(superblock, recovered);
}

function firstOf({ disk, pageSize, pageCount }: Volume): Superblock {
  if (disk.readOnly) {
    throw new KvError(
      "ERR_KV_NOT_A_STORE",
      `block device "${disk.name}" is blank, and attached read-only: no store can be made there`,
    );
  }
  return { version: VERSION, pageSize, pageCount, store: newId(), serial: 1, log: 1, end: 0 };
}

/**
 * A superblock that can't be read was perhaps about to be written when a crash came; or it was there, named the
 * next log, and is damaged. Then that log has more than what the compaction wrote, its first batch.
 *
 * @throws {KvError} ERR_KV_DAMAGED
 */
function* checkOtherLog(
  volume: Volume,
  { store, log }: Superblock,
): Generator<Suspended, void, void> {
  if (!(yield* hasLater(new Log(volume, store, log + 1), 0))) return;
  throw new KvError(
    "ERR_KV_DAMAGED",
    `block device "${volume.disk.name}": the superblock that names log ${log + 1} is damaged`,
  );
}
