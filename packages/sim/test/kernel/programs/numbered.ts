import { frame } from "../../../../net/test/kernel/programs/link.ts";

/** The frame that both the test and its program mean: one that no other equals, of one size or another. */
export function numbered(i: number): Uint8Array {
  const bytes = frame(60 + (i % 40), i);
  bytes.set([i >> 8, i], 14);
  return bytes;
}
