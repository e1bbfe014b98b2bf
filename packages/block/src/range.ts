// What a caller may pass: checked before anything has happened, in one order.
import { isDeviceName } from "@miou-solo5/scheduler/devices";
import { BlockError } from "./errors.ts";

/** @throws {BlockError} ERR_SOLO5_INVALID_ARGUMENT */
export function checkName(name: string): void {
  if (isDeviceName(name)) return;
  throw new BlockError(
    "ERR_SOLO5_INVALID_ARGUMENT",
    String(name),
    "a device name is 1 to 67 letters and digits",
  );
}

/** A device, as far as its pages go. */
export interface Pages {
  readonly name: string;
  readonly pageSize: number;
  readonly capacity: number;
}

/** @throws {BlockError} ERR_SOLO5_INVALID_ARGUMENT */
export function checkPage({ name, pageSize }: Pages, verb: string, page: Uint8Array): void {
  if (page instanceof Uint8Array) return;
  throw new BlockError(
    "ERR_SOLO5_INVALID_ARGUMENT",
    name,
    `${verb}: the page is a Uint8Array of at least ${pageSize} bytes, got ${kindOf(page)}`,
  );
}

/** @throws {BlockError} ERR_SOLO5_MISALIGNED, ERR_SOLO5_OUT_OF_RANGE */
export function checkOffset(device: Pages, verb: string, offset: number): void {
  const { name, pageSize, capacity } = device;
  if (!Number.isInteger(offset) || offset % pageSize !== 0) {
    throw new BlockError(
      "ERR_SOLO5_MISALIGNED",
      name,
      `${verb}: the offset must be a multiple of the page size, ${pageSize} bytes, got ${offset}`,
    );
  }
  if (offset < 0 || offset > capacity - pageSize) {
    throw new BlockError(
      "ERR_SOLO5_OUT_OF_RANGE",
      name,
      `${verb}: the last page is at ${capacity - pageSize} (capacity ${capacity} bytes), got offset ${offset}`,
    );
  }
}

/** @throws {BlockError} ERR_SOLO5_BUFFER_TOO_SMALL */
export function checkRoom(
  { name, pageSize }: Pages,
  verb: string,
  page: Uint8Array,
  pageOffset: number,
): void {
  const fits =
    Number.isInteger(pageOffset) && pageOffset >= 0 && page.length - pageOffset >= pageSize;
  if (fits) return;
  throw new BlockError(
    "ERR_SOLO5_BUFFER_TOO_SMALL",
    name,
    `${verb} needs ${pageSize} bytes of the buffer (one page), got ${page.length} bytes ` +
      `with page offset ${pageOffset}`,
  );
}

function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return value.constructor?.name ?? "an object";
}
