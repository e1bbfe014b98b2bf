// Big-endian fields of a header. Addresses of IPv4 are signed 32-bit integers throughout: those never
// leave V8's small integers, whereas an unsigned one above 2^31 costs an allocation wherever it is kept.

/** Shape: `offset + 2 <= bytes.length`; a caller has compared sizes before. */
export function getUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

export function setUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

/** Signed: equal addresses are equal numbers, and nothing else is asked of them. */
export function getInt32(bytes: Uint8Array, offset: number): number {
  return (getUint16(bytes, offset) << 16) | getUint16(bytes, offset + 2);
}

export function setInt32(bytes: Uint8Array, offset: number, value: number): void {
  setUint16(bytes, offset, value >>> 16);
  setUint16(bytes, offset + 2, value);
}
