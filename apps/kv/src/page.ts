// A page of the log: a header that says whose it is and where it belongs, then a piece of a batch's records.
import { getUint32BE, setUint32BE } from "miou-solo5";
import { crc32c } from "./crc32c.ts";
import { getId, setId } from "./id.ts";

export const PAGE_HEADER_SIZE = 36;

export interface PageHeader {
  readonly store: number;
  readonly log: number;
  /** Random for each batch: pages of two attempts at the same place never count as one batch. */
  readonly batch: number;
  /** The page's own place in the log, so that one that went elsewhere is found out. */
  readonly index: number;
  /** Where its batch begins, and how many pages that has. */
  readonly start: number;
  readonly count: number;
}

/** Writes the header and then the checksum of all that stands in `page`. */
export function sealPage(page: Uint8Array, header: PageHeader): void {
  setUint32BE(page, 4, header.log);
  setId(page, 8, header.store);
  setId(page, 16, header.batch);
  setUint32BE(page, 24, header.index);
  setUint32BE(page, 28, header.start);
  setUint32BE(page, 32, header.count);
  setUint32BE(page, 0, crc32c(page, 4));
}

/**
 * The header of a page whose checksum is right; "blank" for zeroes alone, "damaged" for anything else: torn, wrongly read,
 * or never ours.
 */
export function openPage(page: Uint8Array): PageHeader | "blank" | "damaged" {
  if (getUint32BE(page, 0) !== crc32c(page, 4)) {
    return page.every((byte) => byte === 0) ? "blank" : "damaged";
  }
  return {
    log: getUint32BE(page, 4),
    store: getId(page, 8),
    batch: getId(page, 16),
    index: getUint32BE(page, 24),
    start: getUint32BE(page, 28),
    count: getUint32BE(page, 32),
  };
}
