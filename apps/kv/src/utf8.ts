// Text as UTF-8 and back: a guest's engine has no TextEncoder.

/** The bytes of `text`, or null where it has a surrogate without its other half: no UTF-8 says that. */
export function encodeUtf8(text: string): Uint8Array | null {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code >= 0xd800 && code <= 0xdfff) return null;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), following(code));
    else if (code < 0x1_0000)
      bytes.push(0xe0 | (code >> 12), following(code >> 6), following(code));
    else {
      bytes.push(0xf0 | (code >> 18));
      bytes.push(following(code >> 12), following(code >> 6), following(code));
    }
  }
  return Uint8Array.from(bytes);
}

function following(bits: number): number {
  return 0x80 | (bits & 0x3f);
}

/** The text that `bytes` are, or null where they are no UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | null {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] as number;
    const size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    let code = size === 1 ? first : first & (0xff >> (size + 1));
    for (let i = 1; i < size; i++) code = (code << 6) | ((bytes[at + i] ?? 0) & 0x3f);
    if (code > 0x10ffff) return null;
    text += String.fromCodePoint(code);
    at += size;
  }
  // One text has one encoding: whatever was overlong, cut short or a surrogate comes back as something else.
  const again = encodeUtf8(text);
  return again !== null && isSame(again, bytes) ? text : null;
}

/** Orders texts as their UTF-8 bytes are ordered, which is by code point. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = rank(a.charCodeAt(i)) - rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others, yet lie below 0xe000. */
function rank(unit: number): number {
  return unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
