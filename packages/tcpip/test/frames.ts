// Frames in words: made from a few fields by a partner's hand, and told in a line. Nothing of it uses the sources but
// the address's text, so that a mistake there is not made twice.
import { formatAddress, parseAddress } from "../src/index.ts";

export interface ArpFields {
  readonly arp: "request" | "reply";
  /** The sender's MAC, of the frame too. */
  readonly from?: string;
  /** The frame's target; everybody for a request. */
  readonly to?: string;
  readonly sender?: string;
  readonly asks: string;
}

export interface PacketFields {
  readonly from?: string;
  readonly to?: string;
  readonly source?: string;
  readonly target?: string;
  readonly protocol: number;
  readonly payload: Uint8Array;
  readonly identification?: number;
  readonly hops?: number;
  /** Of the payload, in bytes. */
  readonly at?: number;
  readonly more?: boolean;
  readonly dontFragment?: boolean;
}

export type FrameFields = ArpFields | PacketFields;

const US = "02:00:00:00:00:02";
const PEER = "02:00:00:00:00:01";
const EVERYBODY = "ff:ff:ff:ff:ff:ff";

export function frameOf(fields: FrameFields): Uint8Array {
  return "arp" in fields ? arpFrame(fields) : packetFrame(fields);
}

function arpFrame({ arp, from = PEER, to, sender = "10.0.0.1", asks }: ArpFields): Uint8Array {
  const isRequest = arp === "request";
  return Uint8Array.of(
    ...mac(to ?? (isRequest ? EVERYBODY : US)),
    ...mac(from),
    ...[8, 6, 0, 1, 8, 0, 6, 4, 0, isRequest ? 1 : 2],
    ...mac(from),
    ...address(sender),
    ...(isRequest ? [0, 0, 0, 0, 0, 0] : mac(US)),
    ...address(asks),
  );
}

function packetFrame(fields: PacketFields): Uint8Array {
  const { from = PEER, to = US, source = "10.0.0.1", target = "10.0.0.2" } = fields;
  const { protocol, payload, identification = 7, hops = 64, at = 0 } = fields;
  const flags = (fields.more === true ? 0x20 : 0) | (fields.dontFragment === true ? 0x40 : 0);
  const total = 20 + payload.length;
  const header = Uint8Array.of(
    ...[0x45, 0, total >> 8, total & 255, identification >> 8, identification & 255],
    ...[flags | (at >> 11), (at >> 3) & 255, hops, protocol, 0, 0],
    ...address(source),
    ...address(target),
  );
  const checksum = checksumOf(header);
  header.set([checksum >> 8, checksum & 255], 10);
  return Uint8Array.of(...mac(to), ...mac(from), 8, 0, ...header, ...payload);
}

/** The message of an echo request, or of a reply with `type` 0. */
export function echo(
  data: Uint8Array,
  { type = 8, identifier = 1, sequence = 1 } = {},
): Uint8Array {
  return icmp(type, 0, [identifier >> 8, identifier & 255, sequence >> 8, sequence & 255], data);
}

export function icmp(type: number, code: number, rest: number[], data: Uint8Array): Uint8Array {
  const message = Uint8Array.of(type, code, 0, 0, ...rest, ...data);
  const checksum = checksumOf(message);
  message.set([checksum >> 8, checksum & 255], 2);
  return message;
}

/** A datagram without a checksum, unless its ends are given. */
export function udp(
  sourcePort: number,
  targetPort: number,
  data: Uint8Array,
  ends?: { readonly source: string; readonly target: string },
): Uint8Array {
  const size = 8 + data.length;
  const ports = [sourcePort >> 8, sourcePort & 255, targetPort >> 8, targetPort & 255];
  const datagram = Uint8Array.of(...ports, size >> 8, size & 255, 0, 0, ...data);
  if (ends === undefined) return datagram;
  const pseudo = [...address(ends.source), ...address(ends.target), 0, 17, size >> 8, size & 255];
  const checksum = checksumOf(Uint8Array.of(...pseudo, ...datagram)) || 0xffff;
  datagram.set([checksum >> 8, checksum & 255], 6);
  return datagram;
}

/** A frame in a line; checksums are checked, and a wrong one shouts. */
export function tell(frame: Uint8Array): string {
  const to = macText(frame.slice(0, 6));
  const payload = frame.slice(14);
  const type = (frame[12] as number) * 256 + (frame[13] as number);
  if (type === 0x0806) return `to ${to} ${tellArp(payload)}`;
  if (type === 0x0800) return `to ${to} ${tellPacket(payload)}`;
  return `to ${to} type ${type.toString(16)}`;
}

function tellArp(bytes: Uint8Array): string {
  const sender = `${addressText(bytes, 14)} at ${macText(bytes.slice(8, 14))}`;
  const target = addressText(bytes, 24);
  return bytes[7] === 1 ? `arp ${sender} asks for ${target}` : `arp ${sender} answers ${target}`;
}

function tellPacket(bytes: Uint8Array): string {
  const word = (at: number) => (bytes[at] as number) * 256 + (bytes[at + 1] as number);
  const fragment = word(6);
  const at = (fragment & 0x1fff) * 8;
  const wrong = checksumOf(bytes.slice(0, 20)) === 0 ? "" : "WRONG HEADER CHECKSUM ";
  const ends = `${addressText(bytes, 12)} > ${addressText(bytes, 16)}`;
  const size = word(2) - 20;
  const whole = bytes[9] === 1 && (fragment & 0x3fff) === 0;
  const what = whole ? tellIcmp(bytes.slice(20)) : `protocol ${bytes[9]}`;
  const piece =
    (fragment & 0x3fff) === 0 ? "" : ` from ${at}${fragment & 0x2000 ? " on" : ", last"}`;
  const flag = fragment & 0x4000 ? " whole" : "";
  return `${wrong}${ends} ${what} ${size} bytes${piece}${flag}`;
}

function tellIcmp(bytes: Uint8Array): string {
  if (checksumOf(bytes) !== 0) return "WRONG ICMP CHECKSUM";
  const names: Record<number, string> = {
    0: "echo reply",
    3: "unreachable",
    8: "echo",
    11: "exceeded",
  };
  const name = names[bytes[0] as number] ?? `icmp ${bytes[0]}`;
  return bytes[0] === 3 || bytes[0] === 11 ? `${name} ${bytes[1]}` : name;
}

function mac(text: string): number[] {
  return text.split(":").map((part) => Number.parseInt(part, 16));
}

function macText(bytes: Uint8Array): string {
  const text = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  return text === EVERYBODY ? "all" : text.replace("02:00:00:00:00:", ":");
}

function address(text: string): number[] {
  const value = parseAddress(text);
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function addressText(bytes: Uint8Array, at: number): string {
  return formatAddress(new DataView(bytes.buffer, bytes.byteOffset).getInt32(at));
}

/** The definition, a word at a time. 0 where the sum includes a right checksum. */
function checksumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) {
    sum += (bytes[i] as number) * 256 + (bytes[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return 0xffff - sum;
}
