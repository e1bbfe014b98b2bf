// Looks at captured frames as a stranger would: nothing here uses the sources, so that a mistake there is not made twice.
// Datagrams that come in pieces are put together before their checksum is checked, which tcpdump does not do.

const ETHERNET_SIZE = 14;
const TYPE_IPV4 = 0x0800;
const TYPE_ARP = 0x0806;
const ARP_SIZE = 28;
const FRAME_SIZE_MIN = 60;
const [ICMP, TCP, UDP] = [1, 6, 17];

export interface Findings {
  /** What is wrong, by frame: `frame 12: wrong TCP checksum`. Numbers count from 1, as tcpdump's do. */
  readonly faults: readonly string[];
  /** Datagrams of which a piece is missing. */
  readonly incomplete: number;
  /** Checksums that were checked, so that nobody takes an empty capture for a good one. */
  readonly checked: Readonly<Record<"ip" | "icmp" | "udp" | "tcp", number>>;
}

interface Piece {
  readonly at: number;
  readonly isLast: boolean;
  readonly bytes: Uint8Array;
}

export function inspect(frames: readonly Uint8Array[]): Findings {
  const faults: string[] = [];
  const checked = { ip: 0, icmp: 0, udp: 0, tcp: 0 };
  const pieces = new Map<string, Piece[]>();

  const packet = (bytes: Uint8Array): string | null => {
    const headerSize = ((bytes[0] ?? 0) & 15) * 4;
    if ((bytes[0] ?? 0) >> 4 !== 4) return "IP version";
    if (headerSize < 20 || headerSize > bytes.length) return "IP header size";
    const size = word(bytes, 2);
    if (size < headerSize || size > bytes.length) return "IP total size";
    if (bytes.length > size && bytes.length + ETHERNET_SIZE !== FRAME_SIZE_MIN) return "padding";
    checked.ip++;
    if (sumOf(bytes.subarray(0, headerSize)) !== 0xffff) return "IP checksum";
    if (bytes[8] === 0) return "hops";
    const whole = join(bytes.subarray(0, size), headerSize);
    return whole === null ? null : transport(bytes, whole);
  };

  /** The data of a whole datagram; null where others of its pieces are missing. */
  const join = (bytes: Uint8Array, headerSize: number): Uint8Array | null => {
    const data = bytes.subarray(headerSize);
    const fragment = word(bytes, 6);
    if ((fragment & 0x3fff) === 0) return data;
    const key = [...bytes.subarray(12, 20), bytes[9], word(bytes, 4)].join();
    const all = pieces.get(key) ?? [];
    pieces.set(key, all);
    all.push({ at: (fragment & 0x1fff) * 8, isLast: (fragment & 0x2000) === 0, bytes: data });
    all.sort((a, b) => a.at - b.at);
    let end = 0;
    for (const piece of all) {
      if (piece.at !== end) return null;
      end += piece.bytes.length;
    }
    if (all.at(-1)?.isLast !== true) return null;
    pieces.delete(key);
    const whole = new Uint8Array(end);
    for (const piece of all) whole.set(piece.bytes, piece.at);
    return whole;
  };

  const transport = (header: Uint8Array, data: Uint8Array): string | null => {
    const pseudo = Uint8Array.of(
      ...header.subarray(12, 20),
      ...[0, header[9] ?? 0, data.length >> 8, data.length & 255],
    );
    const isRight = (some: Uint8Array) => sumOf(some, sumOf(pseudo)) === 0xffff;
    switch (header[9]) {
      case ICMP:
        checked.icmp++;
        if (data.length < 8) return "ICMP size";
        return sumOf(data) === 0xffff ? null : "ICMP checksum";
      case UDP:
        checked.udp++;
        if (data.length < 8 || word(data, 4) !== data.length) return "UDP size";
        return word(data, 6) !== 0 && isRight(data) ? null : "UDP checksum";
      case TCP:
        checked.tcp++;
        return isRight(data) ? tcpFault(data) : "TCP checksum";
      default:
        return "protocol";
    }
  };

  for (const [index, frame] of frames.entries()) {
    const type = frame.length < ETHERNET_SIZE ? 0 : word(frame, 12);
    const payload = frame.subarray(ETHERNET_SIZE);
    let fault: string | null = "Ethernet type";
    if (type === TYPE_ARP) fault = arpFault(frame, payload);
    else if (type === TYPE_IPV4) fault = packet(payload);
    if (fault !== null) faults.push(`frame ${index + 1}: wrong ${fault}`);
  }
  return { faults, incomplete: pieces.size, checked };
}

function arpFault(frame: Uint8Array, payload: Uint8Array): string | null {
  if (payload.length !== ARP_SIZE && frame.length !== FRAME_SIZE_MIN) return "ARP size";
  const head = [...payload.subarray(0, 7)].join();
  if (head !== "0,1,8,0,6,4,0" || ![1, 2].includes(payload[7] ?? 0)) return "ARP header";
  const sender = [...payload.subarray(8, 14)].join();
  return sender === [...frame.subarray(6, 12)].join() ? null : "ARP sender";
}

function tcpFault(segment: Uint8Array): string | null {
  const headerSize = ((segment[12] ?? 0) >> 4) * 4;
  if (headerSize < 20 || headerSize > segment.length) return "TCP header size";
  for (let at = 20; at < headerSize; ) {
    const kind = segment[at] ?? 0;
    if (kind === 0) break;
    const size = kind === 1 ? 1 : (segment[at + 1] ?? 0);
    if (size === 0 || (kind !== 1 && size < 2) || at + size > headerSize) return "TCP option";
    at += size;
  }
  return null;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** The ones' complement sum, as RFC 1071 defines it; 0xffff over what includes its right checksum. */
function sumOf(bytes: Uint8Array, start = 0): number {
  let sum = start;
  for (let at = 0; at < bytes.length; at += 2) {
    sum += word(bytes, at);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}
