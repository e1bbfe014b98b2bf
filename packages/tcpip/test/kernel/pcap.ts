// Files of captured frames, as tcpdump writes and reads them.
// @see pcap-savefile(5)

const MAGIC = 0xa1b2c3d4;
const FILE_HEADER_SIZE = 24;
const RECORD_HEADER_SIZE = 16;
const SIZE_MAX = 262_144;
const LINK_TYPE_ETHERNET = 1;

/** The frames of a file, whole. @throws {Error} where it is none, or a frame was cut */
export function readPcap(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(0, true) !== MAGIC) throw new Error("this is no capture of this machine's");
  const frames: Uint8Array[] = [];
  let at = FILE_HEADER_SIZE;
  while (at < bytes.length) {
    const size = view.getUint32(at + 8, true);
    if (view.getUint32(at + 12, true) !== size) throw new Error("a frame was cut");
    at += RECORD_HEADER_SIZE;
    if (at + size > bytes.length) throw new Error("the file ends within a frame");
    frames.push(bytes.subarray(at, at + size));
    at += size;
  }
  return frames;
}

/** How many frames a file has that may still grow. */
export function countPcap(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let count = 0;
  let at = FILE_HEADER_SIZE;
  while (at + RECORD_HEADER_SIZE <= bytes.length) {
    at += RECORD_HEADER_SIZE + view.getUint32(at + 8, true);
    if (at <= bytes.length) count++;
  }
  return count;
}

/** A file with these frames, all at time 0. */
export function writePcap(frames: readonly Uint8Array[]): Uint8Array {
  const size = frames.reduce((sum, frame) => sum + RECORD_HEADER_SIZE + frame.length, 0);
  const bytes = new Uint8Array(FILE_HEADER_SIZE + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, SIZE_MAX, true);
  view.setUint32(20, LINK_TYPE_ETHERNET, true);
  let at = FILE_HEADER_SIZE;
  for (const frame of frames) {
    view.setUint32(at + 8, frame.length, true);
    view.setUint32(at + 12, frame.length, true);
    bytes.set(frame, at + RECORD_HEADER_SIZE);
    at += RECORD_HEADER_SIZE + frame.length;
  }
  return bytes;
}
