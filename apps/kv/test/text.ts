// Values of tests are texts.
import { decodeUtf8, encodeUtf8 } from "../src/index.ts";

export function bytesOf(text: string): Uint8Array {
  return encodeUtf8(text) as Uint8Array;
}

export function textOf(value: Uint8Array | null): string | null {
  return value === null ? null : decodeUtf8(value);
}
