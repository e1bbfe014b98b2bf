// Random numbers of 52 bits that tell one thing from all others; 8 bytes on the disk.
import { getUint32BE, setUint32BE, world } from "miou-solo5";

const HIGH = 2 ** 32;

/** A new one, from the world's entropy. */
export function newId(): number {
  const bytes = new Uint8Array(8);
  world().entropy(bytes);
  setUint32BE(bytes, 0, getUint32BE(bytes, 0) & 0xf_ffff);
  return getId(bytes, 0);
}

export function getId(bytes: Uint8Array, offset: number): number {
  return getUint32BE(bytes, offset) * HIGH + getUint32BE(bytes, offset + 4);
}

export function setId(bytes: Uint8Array, offset: number, id: number): void {
  setUint32BE(bytes, offset, Math.floor(id / HIGH));
  setUint32BE(bytes, offset + 4, id % HIGH);
}
