// The transport on a network and a clock that the test holds in its hands.

import type { TroubleKind } from "../../src/index.ts";
import { Counters, Tcp } from "../../src/index.ts";
import {
  type Network,
  Packet,
  type SendOutcome,
  type TcpSurroundings,
  Timers,
  Trouble,
} from "../../src/layers.ts";
import {
  isSealed,
  parseSegment,
  Segment,
  sealSegment,
  writeMss,
  writeTcpHeader,
  writeTimestamps,
} from "../../src/wire.ts";
import { randomFrom } from "./pipe.ts";

export const US = 0x0a000002;
const HEADROOM = 34;

export interface Fields {
  readonly from?: number;
  readonly fromPort?: number;
  readonly port?: number;
  readonly flags: number;
  readonly sequence?: number;
  readonly acknowledgment?: number;
  readonly size?: number;
  readonly timestamp?: number;
}

/** What we sent, in numbers. */
export interface Sent {
  readonly to: number;
  readonly toPort: number;
  readonly fromPort: number;
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly size: number;
}

export class Partner implements Network {
  readonly headroom = HEADROOM;
  readonly outgoing = new Uint8Array(HEADROOM + 65_515);
  readonly counters = new Counters();
  readonly timers = new Timers(() => this.now);
  readonly tcp: Tcp;
  now = 1e9;
  /** What the link carries; 0 for no route. */
  room = 1480;
  /** Whose way there the transport doubts. */
  readonly doubted: number[] = [];
  /** What has been sent since the last `take`. */
  #sent: Sent[] = [];
  readonly #packet = new Packet(this);
  readonly #bytes = new Uint8Array(2000);

  constructor(seed = 1, memoryMax?: number) {
    const random = randomFrom(seed);
    const surroundings: TcpSurroundings = {
      network: this,
      timers: this.timers,
      counters: this.counters,
      entropy: (into) => into.set(into.map(() => Math.floor(random() * 256))),
      format: String,
      memoryMax,
    };
    this.tcp = new Tcp(surroundings);
  }

  sourceFor(): number {
    return US;
  }

  doubt(target: number): void {
    this.doubted.push(target);
  }

  payloadSizeMax(): number {
    return this.room;
  }

  isForMany(target: number): boolean {
    return target === -1;
  }

  pseudoHeader(source: number, target: number, protocol: number, size: number): number {
    return (source & 0xffff) + (target & 0xffff) + protocol + size;
  }

  /** Of the last segment that was sent, as it stands in the header. */
  window = 0;
  /** How many `hold`s are open: none between two calls of the transport. */
  holds = 0;

  hold(): void {
    this.holds++;
  }

  release(): void {
    this.holds--;
  }

  send(
    protocol: number,
    source: number,
    target: number,
    bytes: Uint8Array,
    offset: number,
    size: number,
  ): SendOutcome {
    const segment = new Segment();
    const isRight =
      protocol === 6 &&
      source === US &&
      isSealed(bytes, offset, size, this.pseudoHeader(source, target, protocol, size)) &&
      parseSegment(bytes, offset, size, segment);
    if (!isRight) throw new Error("a segment was sent that is none");
    this.#sent.push({
      to: target,
      toPort: segment.targetPort,
      fromPort: segment.sourcePort,
      flags: segment.flags,
      sequence: segment.sequence,
      acknowledgment: segment.acknowledgment,
      size: segment.textSize,
    });
    this.window = segment.window;
    // Whoever keeps a reference to the buffer finds rubbish.
    bytes.fill(0xee, offset, offset + size);
    return "sent";
  }

  /** What was sent since the last time. */
  take(): Sent[] {
    return this.#sent.splice(0);
  }

  forgetSent(): void {
    this.#sent = [];
  }

  /** Gives the transport a segment. `damage` may change it after its checksum. */
  arrive(fields: Fields, damage: (packet: Packet) => void = () => {}): boolean {
    const { from = 0x0a000001, fromPort = 40_000, port = 7, flags } = fields;
    const { sequence = 0, acknowledgment = 0, size = 0, timestamp } = fields;
    const bytes = this.#bytes;
    let at = 20;
    if ((flags & 2) !== 0) at = writeMss(bytes, at, 1000);
    if (timestamp !== undefined) at = writeTimestamps(bytes, at, timestamp, 0);
    writeTcpHeader(bytes, 0, fromPort, port, sequence, acknowledgment, at, flags, 65_535);
    bytes.fill(65, at, at + size);
    sealSegment(bytes, 0, at + size, this.pseudoHeader(from, US, 6, at + size));
    const packet = this.#packet;
    packet.bytes = bytes;
    packet.offset = 0;
    packet.size = at + size;
    packet.protocol = 6;
    packet.source = from;
    packet.target = US;
    packet.isForMany = false;
    damage(packet);
    return this.tcp.receive(packet);
  }

  /** Tells of an error about a segment that we sent. */
  trouble(
    kind: TroubleKind,
    about: Sent,
    reporter: number | null,
    sequence = about.sequence,
  ): void {
    const trouble = new Trouble();
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    view.setUint16(0, about.fromPort);
    view.setUint16(2, about.toPort);
    view.setInt32(4, sequence);
    trouble.kind = kind;
    trouble.reporter = reporter;
    trouble.source = US;
    trouble.target = about.to;
    trouble.bytes = bytes;
    trouble.size = 8;
    this.tcp.fail(trouble);
  }

  /** Lets time pass, with what is due meanwhile. */
  pass(duration: number): void {
    const end = this.now + duration;
    while (this.timers.deadline <= end) {
      this.now = Math.max(this.now, this.timers.deadline);
      this.timers.run();
    }
    this.now = end;
  }

  /** A whole handshake from outside. Gives our first sequence number. */
  handshake(fields: Omit<Fields, "flags">): number {
    this.forgetSent();
    const { sequence = 0 } = fields;
    this.arrive({ ...fields, flags: 2 });
    const [answer] = this.take();
    if (answer?.flags !== 0x12) throw new Error(`no SYN-ACK, but ${JSON.stringify(answer)}`);
    const acknowledgment = (answer.sequence + 1) | 0;
    this.arrive({ ...fields, flags: 0x10, sequence: (sequence + 1) | 0, acknowledgment });
    return answer.sequence;
  }
}
