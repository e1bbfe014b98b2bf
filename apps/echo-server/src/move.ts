import { blit } from "miou-solo5";

/**
 * Copies payload from a request to its reply; nothing to do where it stands in its place already, which is the rule
 * when a frame is answered in its own buffer.
 */
export function move(
  source: Uint8Array,
  sourceOffset: number,
  target: Uint8Array,
  targetOffset: number,
  size: number,
): void {
  if (source === target && sourceOffset === targetOffset) return;
  blit(source, sourceOffset, target, targetOffset, size);
}
