// CRC-32C: finds every error of up to 32 neighbouring bits, which covers a page's turned-over bit, and all but one in
// four billion of others, a torn page among them.
// @see RFC 3720, appendix B.4

/** Castagnoli's polynomial, its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = (remainder >>> 1) ^ ((remainder & 1) === 0 ? 0 : POLYNOMIAL);
  }
  return remainder;
});

/** The checksum of the bytes from `start` up to, not including, `end`: a number from 0 to 2^32 - 1. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let remainder = 0xffff_ffff;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    remainder = (TABLE[(remainder ^ byte) & 0xff] as number) ^ (remainder >>> 8);
  }
  return (remainder ^ 0xffff_ffff) >>> 0;
}
