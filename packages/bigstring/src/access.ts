import { isInRange, outOfRange } from "./range.ts";

// Multi-byte access is put together from bytes: it works at any alignment, and needs no DataView,
// whose allocation costs ten times the access.

const IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/**
 * The byte at `offset`.
 *
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE
 * @see the seed's bigstring_get_uint8
 */
export function getUint8(bytes: Uint8Array, offset: number): number {
  check(bytes, offset, 1);
  return bytes[offset] as number;
}

/**
 * Stores the lowest 8 bits of `value` at `offset`.
 *
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE
 * @see the seed's bigstring_set_uint8
 */
export function setUint8(bytes: Uint8Array, offset: number, value: number): void {
  check(bytes, offset, 1);
  bytes[offset] = value;
}

/**
 * The four bytes at `offset` as a signed integer in the machine's byte order.
 *
 * Shape: any alignment.
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE
 * @see the seed's bigstring_get_int32_ne
 */
export function getInt32(bytes: Uint8Array, offset: number): number {
  check(bytes, offset, 4);
  const a = bytes[offset] as number;
  const b = bytes[offset + 1] as number;
  const c = bytes[offset + 2] as number;
  const d = bytes[offset + 3] as number;
  return IS_LITTLE_ENDIAN
    ? a | (b << 8) | (c << 16) | (d << 24)
    : (a << 24) | (b << 16) | (c << 8) | d;
}

/**
 * Stores the lowest 32 bits of `value` at `offset` in the machine's byte order.
 *
 * Shape: any alignment.
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE
 * @see the seed's bigstring_set_int32_ne
 */
export function setInt32(bytes: Uint8Array, offset: number, value: number): void {
  check(bytes, offset, 4);
  if (IS_LITTLE_ENDIAN) {
    bytes[offset] = value;
    bytes[offset + 1] = value >> 8;
    bytes[offset + 2] = value >> 16;
    bytes[offset + 3] = value >> 24;
  } else {
    bytes[offset] = value >> 24;
    bytes[offset + 1] = value >> 16;
    bytes[offset + 2] = value >> 8;
    bytes[offset + 3] = value;
  }
}

/**
 * The two bytes at `offset` as an unsigned integer in network byte order.
 *
 * Shape: any alignment.
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE
 */
export function getUint16BE(bytes: Uint8Array, offset: number): number {
  check(bytes, offset, 2);
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

/**
 * Stores the lowest 16 bits of `value` at `offset` in network byte order.
 *
 * Shape: any alignment.
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE
 */
export function setUint16BE(bytes: Uint8Array, offset: number, value: number): void {
  check(bytes, offset, 2);
  bytes[offset] = value >> 8;
  bytes[offset + 1] = value;
}

/**
 * The four bytes at `offset` as an unsigned integer in network byte order.
 *
 * Shape: any alignment.
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE
 */
export function getUint32BE(bytes: Uint8Array, offset: number): number {
  check(bytes, offset, 4);
  return (
    (((bytes[offset] as number) << 24) |
      ((bytes[offset + 1] as number) << 16) |
      ((bytes[offset + 2] as number) << 8) |
      (bytes[offset + 3] as number)) >>>
    0
  );
}

/**
 * Stores the lowest 32 bits of `value` at `offset` in network byte order.
 *
 * Shape: any alignment.
 * @throws {BigstringError} ERR_SOLO5_OUT_OF_RANGE
 */
export function setUint32BE(bytes: Uint8Array, offset: number, value: number): void {
  check(bytes, offset, 4);
  bytes[offset] = value >> 24;
  bytes[offset + 1] = value >> 16;
  bytes[offset + 2] = value >> 8;
  bytes[offset + 3] = value;
}

function check(bytes: Uint8Array, offset: number, size: number): void {
  if (!isInRange(offset, size, bytes.length)) throw outOfRange("bytes", offset, size, bytes.length);
}
