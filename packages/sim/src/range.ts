// Checks that keep frames inside their buffers.
import { ETHERNET_HEADER_SIZE } from "@miou-solo5/scheduler";
import { SimError } from "./errors.ts";

/** @throws {SimError} ERR_SOLO5_OUT_OF_RANGE */
export function checkRange(call: string, bytes: Uint8Array, offset: number, size: number): void {
  const fits =
    Number.isInteger(offset) &&
    Number.isInteger(size) &&
    offset >= 0 &&
    size >= 0 &&
    offset + size <= bytes.length;
  if (fits) return;
  throw outOfRange(`${call}: ${size} bytes at ${offset} are not inside ${bytes.length} bytes`);
}

/** @throws {SimError} ERR_SOLO5_OUT_OF_RANGE */
export function checkFrameSize(size: number, frameSizeMax: number): void {
  if (size >= ETHERNET_HEADER_SIZE && size <= frameSizeMax) return;
  throw outOfRange(
    `a frame has ${ETHERNET_HEADER_SIZE} to ${frameSizeMax} bytes (MTU and Ethernet header), got ${size}`,
  );
}

/** @throws {SimError} ERR_SOLO5_OUT_OF_RANGE */
export function checkRoom(size: number, frameSizeMax: number): void {
  if (size >= frameSizeMax) return;
  throw outOfRange(`netRead needs room for ${frameSizeMax} bytes, got ${size}`);
}

export function outOfRange(message: string): SimError {
  return new SimError("ERR_SOLO5_OUT_OF_RANGE", message);
}

/** The wire and the console keep bytes, the program its buffer. (A Buffer's own `slice` would share them.) */
export function copyOf(bytes: Uint8Array, offset: number, size: number): Uint8Array {
  return Uint8Array.prototype.slice.call(bytes, offset, offset + size);
}
