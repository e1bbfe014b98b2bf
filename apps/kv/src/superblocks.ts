// The two copies of the superblock on a device. They take turns, so that a write that a crash cuts short leaves the
// one before it.
import type { Block, Suspended } from "miou-solo5";
import { KvError } from "./errors.ts";
import {
  decodeSuperblock,
  encodeSuperblock,
  type FoundSuperblock,
  type Superblock,
  VERSION,
} from "./superblock.ts";
import { ATTEMPT_COUNT, attempts, SUPERBLOCK_COUNT, type Volume } from "./volume.ts";

/** What was found on a device. */
export interface Found {
  readonly superblock: Superblock;
  /** Whether its other copy is neither valid nor blank. */
  readonly isOtherDamaged: boolean;
}

/**
 * The superblock that holds; null where the device is blank.
 *
 * @throws {KvError} ERR_KV_NOT_A_STORE, ERR_KV_VERSION, ERR_KV_PAGE_SIZE, ERR_KV_TOO_SMALL, ERR_KV_DAMAGED, ERR_KV_IO
 */
export function* findSuperblock(disk: Block): Generator<Suspended, Found | null, void> {
  const copies: FoundSuperblock[] = [];
  const valid: Superblock[] = [];
  // A device may be too small for all that is looked at; then it is no store's, and told so later.
  const pageCount = Math.min(SUPERBLOCK_COUNT, disk.capacity / disk.pageSize);
  for (let slot = 0; slot < pageCount; slot++) {
    const found = yield* readCopy(disk, slot * disk.pageSize);
    copies.push(found);
    if (found.kind === "valid") valid.push(found.superblock);
  }
  for (const superblock of valid) checkSuperblock(disk, superblock);
  const [superblock] = valid.toSorted((a, b) => b.serial - a.serial);
  const kinds = copies.map(({ kind }) => kind);
  if (superblock !== undefined) {
    return {
      superblock,
      isOtherDamaged: kinds.some((kind) => kind !== "valid" && kind !== "blank"),
    };
  }
  // The second copy is written first. Where that was cut short there is nothing else yet.
  const [first = "blank", second = "blank"] = kinds;
  if (first === "blank" && second !== "foreign" && (yield* isBlankBehind(disk))) return null;
  const isOurs = kinds.includes("damaged");
  throw isOurs
    ? new KvError("ERR_KV_DAMAGED", `block device "${disk.name}": both superblocks are damaged`)
    : new KvError(
        "ERR_KV_NOT_A_STORE",
        `block device "${disk.name}" holds no store (attached with pages of ${disk.pageSize} bytes), and is not ` +
          "blank; to have a store made there, fill its first pages with zeroes",
      );
}

/** Reads a copy, again where it seems wrong: reading may be what went wrong. */
function* readCopy(disk: Block, offset: number): Generator<Suspended, FoundSuperblock, void> {
  const page = new Uint8Array(disk.pageSize);
  for (let count = 1; ; count++) {
    yield* attempts(`read of the superblock at ${offset}`, () => disk.read(offset, page));
    const found = decodeSuperblock(page);
    if (found.kind === "valid" || found.kind === "blank" || count === ATTEMPT_COUNT) return found;
  }
}

/** @throws {KvError} ERR_KV_VERSION, ERR_KV_PAGE_SIZE, ERR_KV_TOO_SMALL */
function checkSuperblock(disk: Block, { version, pageSize, pageCount }: Superblock): void {
  if (version !== VERSION) {
    throw new KvError(
      "ERR_KV_VERSION",
      `the store on block device "${disk.name}" has format ${version}, this program knows format ${VERSION}`,
    );
  }
  if (pageSize !== disk.pageSize) {
    throw new KvError(
      "ERR_KV_PAGE_SIZE",
      `the store on block device "${disk.name}" was made with pages of ${pageSize} bytes, the device is ` +
        `attached with pages of ${disk.pageSize} bytes`,
    );
  }
  if (pageCount * pageSize <= disk.capacity) return;
  throw new KvError(
    "ERR_KV_TOO_SMALL",
    `the store on block device "${disk.name}" was made on ${pageCount * pageSize} bytes, the device has ` +
      `${disk.capacity}: the rest of it is missing`,
  );
}

/** Whether the first page of each half is blank, too. */
function* isBlankBehind(disk: Block): Generator<Suspended, boolean, void> {
  const pageCount = Math.floor(disk.capacity / disk.pageSize);
  const halfPageCount = Math.max(0, Math.floor((pageCount - SUPERBLOCK_COUNT) / 2));
  for (const index of [SUPERBLOCK_COUNT, SUPERBLOCK_COUNT + halfPageCount]) {
    if (index < pageCount && !(yield* isBlank(disk, index * disk.pageSize))) return false;
  }
  return true;
}

function* isBlank(disk: Block, offset: number): Generator<Suspended, boolean, void> {
  const page = new Uint8Array(disk.pageSize);
  for (let count = 1; ; count++) {
    yield* attempts(`read of the page at ${offset}`, () => disk.read(offset, page));
    if (page.every((byte) => byte === 0)) return true;
    if (count === ATTEMPT_COUNT) return false;
  }
}

/**
 * Writes a superblock in its turn's place, and flushes; gives it back.
 *
 * @throws {KvError} ERR_KV_IO: a crash then leaves either this one or the one before
 */
export function* writeSuperblock(
  volume: Volume,
  superblock: Superblock,
): Generator<Suspended, Superblock, void> {
  const page = encodeSuperblock(superblock);
  yield* attempts(`write of superblock ${superblock.serial}`, function* write() {
    yield* volume.write(volume.slotOffset(superblock.serial), page);
    yield* volume.flush("superblock");
  });
  return superblock;
}
