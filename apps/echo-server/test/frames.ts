// Frames for tests, made without the code under test: checksums are added up bit by bit from the
// definition, headers are lists of numbers.

export const SERVER_MAC = Uint8Array.of(0x02, 0, 0, 0, 0, 2);
export const CLIENT_MAC = Uint8Array.of(0x02, 0, 0, 0, 0, 1);

/** SEED=<n> repeats a run; without it the clock chooses, and fast-check prints what it chose. */
const { SEED } = process.env;
export const seed = SEED === undefined ? Date.now() : Number(SEED);

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ""), "hex"));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** RFC 1071 by its definition: add words, carry around, complement. */
export function naiveChecksum(bytes: readonly number[]): number {
  let sum = 0n;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += BigInt(((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0));
  }
  while (sum >> 16n !== 0n) sum = (sum & 0xffffn) + (sum >> 16n);
  return Number(~sum & 0xffffn);
}

export const word = (value: number): number[] => [(value >>> 8) & 255, value & 255];

export interface Datagram {
  readonly payload: readonly number[];
  readonly protocol: number;
  readonly source?: readonly number[];
  readonly target?: readonly number[];
  readonly options?: readonly number[];
  readonly service?: number;
  readonly identification?: number;
  readonly fragment?: number;
  readonly live?: number;
  readonly totalSize?: number;
  readonly checksum?: number;
  readonly trailer?: readonly number[];
  readonly from?: Uint8Array;
  readonly to?: Uint8Array;
}

export const SERVER = [10, 0, 0, 2];
export const CLIENT = [10, 0, 0, 1];

export function ipv4Frame(datagram: Datagram): Uint8Array {
  const { payload, options = [], trailer = [] } = datagram;
  const headerSize = 20 + options.length;
  const header = [
    0x40 | (headerSize / 4),
    datagram.service ?? 0,
    ...word(datagram.totalSize ?? headerSize + payload.length),
    ...word(datagram.identification ?? 0x1234),
    ...word(datagram.fragment ?? 0x4000),
    datagram.live ?? 64,
    datagram.protocol,
    0,
    0,
    ...(datagram.source ?? CLIENT),
    ...(datagram.target ?? SERVER),
    ...options,
  ];
  header.splice(10, 2, ...word(datagram.checksum ?? naiveChecksum(header)));
  return Uint8Array.from([
    ...(datagram.to ?? SERVER_MAC),
    ...(datagram.from ?? CLIENT_MAC),
    0x08,
    0x00,
    ...header,
    ...payload,
    ...trailer,
  ]);
}

export interface IcmpFields {
  readonly type?: number;
  readonly code?: number;
  readonly identifier?: number;
  readonly sequence?: number;
  readonly data?: readonly number[];
  readonly checksum?: number;
}

export function icmpMessage(fields: IcmpFields = {}): number[] {
  const message = [
    fields.type ?? 8,
    fields.code ?? 0,
    0,
    0,
    ...word(fields.identifier ?? 0x4242),
    ...word(fields.sequence ?? 1),
    ...(fields.data ?? []),
  ];
  message.splice(2, 2, ...word(fields.checksum ?? naiveChecksum(message)));
  return message;
}

export interface UdpFields {
  readonly source?: readonly number[];
  readonly target?: readonly number[];
  readonly sourcePort?: number;
  readonly targetPort?: number;
  readonly data?: readonly number[];
  readonly size?: number;
  readonly checksum?: number;
}

export function udpDatagram(fields: UdpFields = {}): number[] {
  const data = fields.data ?? [];
  const size = fields.size ?? 8 + data.length;
  const datagram = [
    ...word(fields.sourcePort ?? 40_000),
    ...word(fields.targetPort ?? 7),
    ...word(size),
    0,
    0,
    ...data,
  ];
  const pseudo = [...(fields.source ?? CLIENT), ...(fields.target ?? SERVER), 0, 17, ...word(size)];
  const sum = naiveChecksum([...pseudo, ...datagram]);
  datagram.splice(6, 2, ...word(fields.checksum ?? (sum === 0 ? 0xffff : sum)));
  return datagram;
}

export interface ArpFields {
  readonly hardware?: number;
  readonly protocol?: number;
  readonly hardwareSize?: number;
  readonly protocolSize?: number;
  readonly operation?: number;
  readonly senderMac?: ArrayLike<number>;
  readonly sender?: readonly number[];
  readonly wanted?: readonly number[];
  readonly to?: ArrayLike<number>;
  readonly from?: ArrayLike<number>;
  readonly trailer?: readonly number[];
}

export const BROADCAST_MAC = [255, 255, 255, 255, 255, 255];

export function arpFrame(fields: ArpFields = {}): Uint8Array {
  return Uint8Array.from([
    ...Array.from(fields.to ?? BROADCAST_MAC),
    ...Array.from(fields.from ?? CLIENT_MAC),
    0x08,
    0x06,
    ...word(fields.hardware ?? 1),
    ...word(fields.protocol ?? 0x0800),
    fields.hardwareSize ?? 6,
    fields.protocolSize ?? 4,
    ...word(fields.operation ?? 1),
    ...Array.from(fields.senderMac ?? CLIENT_MAC),
    ...(fields.sender ?? CLIENT),
    ...[0, 0, 0, 0, 0, 0],
    ...(fields.wanted ?? SERVER),
    ...(fields.trailer ?? []),
  ]);
}
