// Text to UTF-8, with the engine's own encoder where it has one.

interface Encoder {
  encode(text: string): Uint8Array;
}

const { TextEncoder } = globalThis as { readonly TextEncoder?: new () => Encoder };
const encoder = TextEncoder === undefined ? null : new TextEncoder();

/** The UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder === null ? utf8BytesByHand(text) : encoder.encode(text);
}

/** The same without the engine's help. */
export function utf8BytesByHand(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    const code = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
    if (code < 0x80) {
      bytes.push(code);
    } else if (code < 0x800) {
      bytes.push(0xc0 | (code >> 6), continuation(code));
    } else if (code < 0x1_0000) {
      bytes.push(0xe0 | (code >> 12), continuation(code >> 6), continuation(code));
    } else {
      bytes.push(
        0xf0 | (code >> 18),
        continuation(code >> 12),
        continuation(code >> 6),
        continuation(code),
      );
    }
  }
  return Uint8Array.from(bytes);
}

function continuation(bits: number): number {
  return 0x80 | (bits & 0x3f);
}
