// The superblock: what a store is, and which of its two logs counts. The same 64 bytes at the start of
// a page, whatever the page's size, so that one attached with another page size can still be told.
import { getUint32BE, setUint32BE } from "miou-solo5";
import { crc32c } from "./crc32c.ts";
import { getId, setId } from "./id.ts";

export const SUPERBLOCK_SIZE = 64;
export const VERSION = 1;

/** "miou-kv" and a zero byte. */
const MAGIC = [0x6d, 0x69, 0x6f, 0x75, 0x2d, 0x6b, 0x76, 0x00];
const CHECKSUM = SUPERBLOCK_SIZE - 4;

export interface Superblock {
  readonly version: number;
  /** Bytes of a page, and pages of the device, when the store was made. */
  readonly pageSize: number;
  readonly pageCount: number;
  /** Random: pages of an earlier store on the same device are not taken for this one's. */
  readonly store: number;
  /** Counts the superblocks of a store from 1 on: of its two copies the higher one holds. */
  readonly serial: number;
  /** Counts compactions from 1 on: which log holds. It lies in half `log % 2`. */
  readonly log: number;
  /** Pages that the log had at least when this was written. Where fewer are found, some are damaged. */
  readonly end: number;
}

/** A whole page of `pageSize` bytes. */
export function encodeSuperblock(superblock: Superblock): Uint8Array {
  const page = new Uint8Array(superblock.pageSize);
  page.set(MAGIC);
  setUint32BE(page, 8, superblock.version);
  setUint32BE(page, 12, superblock.pageSize);
  setUint32BE(page, 16, superblock.pageCount);
  setId(page, 20, superblock.store);
  setUint32BE(page, 28, superblock.serial);
  setUint32BE(page, 32, superblock.log);
  setUint32BE(page, 36, superblock.end);
  setUint32BE(page, CHECKSUM, crc32c(page, 0, CHECKSUM));
  return page;
}

/** What is found where a superblock belongs. */
export type FoundSuperblock =
  | { readonly kind: "valid"; readonly superblock: Superblock }
  /** Only zeroes. */
  | { readonly kind: "blank" }
  /** Begins like one: a crash cut it short, or it was stored or read wrongly. */
  | { readonly kind: "damaged" }
  | { readonly kind: "foreign" };

export function decodeSuperblock(page: Uint8Array): FoundSuperblock {
  const isOurs = MAGIC.every((byte, i) => page[i] === byte);
  if (isOurs && getUint32BE(page, CHECKSUM) === crc32c(page, 0, CHECKSUM)) {
    return {
      kind: "valid",
      superblock: {
        version: getUint32BE(page, 8),
        pageSize: getUint32BE(page, 12),
        pageCount: getUint32BE(page, 16),
        store: getId(page, 20),
        serial: getUint32BE(page, 28),
        log: getUint32BE(page, 32),
        end: getUint32BE(page, 36),
      },
    };
  }
  let size = page.length;
  while (size > 0 && page[size - 1] === 0) size--;
  if (size === 0) return { kind: "blank" };
  // The mark itself may be cut short, or have a wrong bit.
  const wrongBits = MAGIC.map((byte, i) => (i < size ? bitCount(byte ^ (page[i] as number)) : 0));
  return { kind: wrongBits.reduce((sum, count) => sum + count) <= 1 ? "damaged" : "foreign" };
}

function bitCount(byte: number): number {
  let count = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) count++;
  return count;
}
