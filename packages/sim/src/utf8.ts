// What a program printed, as text: engines of guests have no TextDecoder.

/** Decodes UTF-8; what is none becomes U+FFFD, one a byte that leads nowhere. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    const code = size === 1 ? first : codePoint(bytes, at, size);
    text += code === null ? "\ufffd" : String.fromCodePoint(code);
    at += code === null ? 1 : size;
  }
  return text;
}

/** The code point whose `size` bytes begin at `at`; null where they are none. */
function codePoint(bytes: Uint8Array, at: number, size: number): number | null {
  const first = bytes[at] ?? 0;
  if (size === 0 || first > 0xf4) return null;
  let code = first & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) {
    const next = bytes[at + i] ?? 0;
    if ((next & 0xc0) !== 0x80) return null;
    code = (code << 6) | (next & 0x3f);
  }
  const isOverlong = code < (size === 2 ? 0x80 : size === 3 ? 0x800 : 0x10000);
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  return isOverlong || isSurrogate || code > 0x10ffff ? null : code;
}
