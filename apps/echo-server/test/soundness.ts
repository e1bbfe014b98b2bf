// Whether a frame is one that a station may send at all, written from the RFCs and without the code under test.

/** Its hardware address (6 bytes) and its IPv4 address (4 bytes). */
export interface Station {
  readonly mac: Uint8Array;
  readonly address: Uint8Array;
}

const NOBODY = [0, 0, 0, 0, 0, 0];
const EVERYBODY = [255, 255, 255, 255, 255, 255];

/** What is wrong with a frame of the station's; null where every header and checksum is right. */
export function frameFault(frame: Uint8Array, station: Station): string | null {
  if (frame.length < 34) return "too short";
  if (!same(frame.subarray(6, 12), station.mac)) return "from somebody else";
  const to = frame.subarray(0, 6);
  if (word(frame, 12) === 0x0806) return arpFault(frame, station);
  if (word(frame, 12) !== 0x0800) return "of another type";
  if (same(to, NOBODY) || ((to[0] as number) & 1) !== 0) return "to nobody, or to many";
  const inner = datagram(frame);
  if (inner === "a fragment") return null;
  if (typeof inner === "string") return `with ${inner}`;
  if (frame.length !== 14 + word(frame, 16)) return "with bytes behind the datagram";
  if (!same(frame.subarray(26, 30), station.address)) return "from another address";
  if (frame[23] === 1) return sum(inner) === 0xffff ? null : "with a wrong ICMP checksum";
  if (frame[23] === 17) {
    if (inner.length < 8 || word(inner, 4) !== inner.length) return "with UDP of a wrong size";
    return sum(pseudo(frame, inner)) === 0xffff ? null : "with a wrong UDP checksum";
  }
  if (frame[23] !== 6) return "of another protocol";
  const headerSize = ((inner[12] as number) >> 4) * 4;
  if (inner.length < 20 || headerSize < 20 || headerSize > inner.length) return "with a short TCP";
  return sum(pseudo(frame, inner)) === 0xffff ? null : "with a wrong TCP checksum";
}

function arpFault(frame: Uint8Array, { mac, address }: Station): string | null {
  const isReply = frame[21] === 2;
  const isKnown = same(frame.subarray(14, 21), [0, 1, 8, 0, 6, 4, 0]);
  if (!isKnown || !(isReply || frame[21] === 1)) return "with an unknown ARP";
  if (!same(frame.subarray(22, 32), [...mac, ...address])) return "with another sender in its ARP";
  const to = frame.subarray(0, 6);
  const isToOne = ((to[0] as number) & 1) === 0 && !same(to, NOBODY);
  return isToOne || (!isReply && same(to, EVERYBODY)) ? null : "with ARP to the wrong station";
}

/** The payload of a whole, unfragmented datagram with a right header; else what is wrong. */
export function datagram(frame: Uint8Array): Uint8Array | string {
  if (frame.length < 34) return "a short header";
  const headerSize = ((frame[14] as number) & 15) * 4;
  const total = word(frame, 16);
  if ((frame[14] as number) >> 4 !== 4) return "another version";
  if (headerSize < 20 || headerSize > total || 14 + total > frame.length) return "wrong sizes";
  if (sum(frame.subarray(14, 14 + headerSize)) !== 0xffff) return "a wrong header checksum";
  if ((word(frame, 20) & 0x3fff) !== 0) return "a fragment";
  return frame.subarray(14 + headerSize, 14 + total);
}

/** What UDP's and TCP's checksums cover. */
export function pseudo(frame: Uint8Array, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const header = [...frame.subarray(26, 34), 0, frame[23] as number, length >> 8, length & 255];
  return Uint8Array.from([...header, ...payload]);
}

/** The ones' complement sum of 16-bit words, folded: 0xffff over what has a right checksum. */
export function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i++) {
    total += (i & 1) === 0 ? (bytes[i] as number) << 8 : (bytes[i] as number);
  }
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x10000);
  return total;
}

export function word(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

export function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
