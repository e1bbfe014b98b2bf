/** Bytes written as in a capture: two digits each, blanks anywhere. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/\s/g, "").match(/../g) ?? [], (byte) =>
    Number.parseInt(byte, 16),
  );
}
