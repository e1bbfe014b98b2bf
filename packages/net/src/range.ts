// What a caller may pass: checked before anything has happened.
import { ETHERNET_HEADER_SIZE } from "@miou-solo5/scheduler";
import { isDeviceName } from "@miou-solo5/scheduler/devices";
import { NetError } from "./errors.ts";

/** @throws {NetError} ERR_SOLO5_INVALID_ARGUMENT */
export function checkName(name: string): void {
  if (isDeviceName(name)) return;
  throw new NetError(
    "ERR_SOLO5_INVALID_ARGUMENT",
    String(name),
    "a device name is 1 to 67 letters and digits",
  );
}

/**
 * Gives the size of a range of `buffer`: `size`, or all from `offset` on.
 *
 * @throws {NetError} ERR_SOLO5_INVALID_ARGUMENT, ERR_SOLO5_OUT_OF_RANGE
 */
export function checkRange(
  device: string,
  verb: string,
  buffer: Uint8Array,
  offset: number,
  size: number | undefined,
): number {
  if (!(buffer instanceof Uint8Array)) {
    throw new NetError(
      "ERR_SOLO5_INVALID_ARGUMENT",
      device,
      `${verb}: the buffer is a Uint8Array, got ${kindOf(buffer)}`,
    );
  }
  const wanted = size ?? buffer.length - offset;
  const fits =
    Number.isInteger(offset) &&
    Number.isInteger(wanted) &&
    offset >= 0 &&
    wanted >= 0 &&
    offset + wanted <= buffer.length;
  if (fits) return wanted;
  throw new NetError(
    "ERR_SOLO5_OUT_OF_RANGE",
    device,
    `${verb}: offset ${offset} and size ${wanted} (bytes) are not inside the buffer of ${buffer.length} bytes`,
  );
}

/** @throws {NetError} ERR_SOLO5_FRAME_SIZE */
export function checkFrameSize(
  device: string,
  verb: string,
  size: number,
  frameSizeMax: number,
): void {
  if (size >= ETHERNET_HEADER_SIZE && size <= frameSizeMax) return;
  throw new NetError(
    "ERR_SOLO5_FRAME_SIZE",
    device,
    `${verb}: a frame has ${ETHERNET_HEADER_SIZE} to ${frameSizeMax} bytes ` +
      `(MTU ${frameSizeMax - ETHERNET_HEADER_SIZE} and the Ethernet header), got ${size}`,
  );
}

function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  return value.constructor?.name ?? "an object";
}
