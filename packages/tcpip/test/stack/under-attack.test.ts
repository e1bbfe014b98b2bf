// Every attack at once on a whole stack: who is connected goes on, who comes gets through, memory stays bounded, and counters say
// what was dropped.
import { expect, test } from "vitest";
import { type FrameDevice, parseAddress, Stack } from "../../src/index.ts";
import { parsePlace, Routes, Timers } from "../../src/layers.ts";
import {
  ACK,
  ipv4PseudoHeader,
  parseSegment,
  RST,
  Segment,
  SYN,
  sealSegment,
  writeTcpHeader,
} from "../../src/wire.ts";
import { randomFrom, SECOND } from "../bench.ts";
import { frameOf } from "../frames.ts";
import { seed } from "../wire/seed.ts";

const ROUNDS = 2000;
const MEMORY_MAX = 2 * 1024 * 1024;
const FRIEND = "10.0.0.9";
const FRIEND_MAC = "02:00:00:00:00:09";

interface SegmentFields {
  readonly source: string;
  readonly from: number;
  readonly flags: number;
  readonly sequence: number;
  readonly acknowledgment?: number;
  readonly text?: Uint8Array;
  /** A multiple of four bytes. */
  readonly options?: readonly number[];
}

/** A stack in the test's hands, at 10.0.0.2/8 behind a gateway. */
class Victim implements FrameDevice {
  readonly mac = Uint8Array.of(2, 0, 0, 0, 0, 2);
  readonly mtu = 1500;
  readonly timers = new Timers(() => this.now);
  readonly stack: Stack;
  now = SECOND;
  /** Segments to the friend. */
  toFriend: { flags: number; sequence: number; acknowledgment: number; size: number }[] = [];
  readonly #segment = new Segment();

  constructor(random: () => number) {
    const routes = new Routes(parsePlace("10.0.0.2/8"), "10.0.0.1");
    const entropy = (into: Uint8Array) => into.set(into.map(() => random() * 256));
    this.stack = new Stack(this, routes, { timers: this.timers, entropy, memoryMax: MEMORY_MAX });
  }

  write(bytes: Uint8Array, offset: number, size: number): void {
    const isToFriend = bytes[offset + 5] === 9 && bytes[offset + 12] === 8;
    if (!isToFriend || !parseSegment(bytes, offset + 34, size - 34, this.#segment)) return;
    const { flags, sequence, acknowledgment, textSize } = this.#segment;
    this.toFriend.push({ flags, sequence, acknowledgment, size: textSize });
  }

  receive(frame: Uint8Array): void {
    this.stack.link.receive(frame, frame.length);
  }

  segment(fields: SegmentFields): void {
    const { source, from, flags, sequence, acknowledgment = 0 } = fields;
    const { text = new Uint8Array(0), options = [] } = fields;
    const headerSize = 20 + options.length;
    const payload = new Uint8Array(headerSize + text.length);
    writeTcpHeader(payload, 0, from, 7, sequence, acknowledgment, headerSize, flags, 60_000);
    payload.set(options, 20);
    payload.set(text, headerSize);
    const ends = [parseAddress(source), parseAddress("10.0.0.2")] as const;
    sealSegment(payload, 0, payload.length, ipv4PseudoHeader(...ends, 6, payload.length));
    const mac = source === FRIEND ? FRIEND_MAC : "02:00:00:00:00:01";
    this.receive(frameOf({ protocol: 6, payload, source, from: mac }));
  }

  pass(duration: number): void {
    const end = this.now + duration;
    while (this.timers.deadline <= end) {
      this.now = Math.max(this.now, this.timers.deadline);
      this.timers.run();
    }
    this.now = end;
  }
}

test("under all attacks at once", { timeout: 120_000 }, () => {
  const random = randomFrom(seed);
  const choose = (count: number) => Math.floor(random() * count);
  const anybody = () => `10.${1 + choose(250)}.${choose(256)}.${1 + choose(250)}`;
  const victim = new Victim(random);
  const { stack } = victim;
  const listener = stack.tcp.listen(7);
  victim.receive(frameOf({ arp: "request", from: FRIEND_MAC, sender: FRIEND, asks: "10.0.0.2" }));
  victim.receive(frameOf({ arp: "request", asks: "10.0.0.2" }));

  /** The friend's handshake from a port. Gives the number that we expect next of the stack. */
  const befriend = (from: number): number => {
    victim.toFriend = [];
    victim.segment({ source: FRIEND, from, flags: SYN, sequence: 999 });
    const answer = victim.toFriend.at(-1);
    expect(answer?.flags).toBe(SYN | ACK);
    const acknowledgment = ((answer?.sequence ?? 0) + 1) | 0;
    victim.segment({ source: FRIEND, from, flags: ACK, sequence: 1000, acknowledgment });
    return acknowledgment;
  };

  let wanted = befriend(5000);
  const connection = listener.take();
  let sequence = 1000;
  const byte = new Uint8Array(1);
  const attacks: (() => void)[] = [
    () => victim.segment({ source: anybody(), from: choose(65_535) + 1, flags: SYN, sequence: 1 }),
    // Blind: whoever guesses the ports, but not the numbers. Ten challenges a second are all it gets.
    () => {
      const guess = sequence + 1 + choose(50_000);
      victim.segment({ source: FRIEND, from: 5000, flags: RST, sequence: guess });
    },
    () => victim.segment({ source: FRIEND, from: 5000, flags: SYN, sequence: choose(2 ** 31) }),
    () => {
      const acknowledgment = (wanted + 100_000 + choose(2 ** 30)) | 0;
      const forged = { source: FRIEND, from: 5000, flags: ACK, sequence, acknowledgment };
      victim.segment({ ...forged, text: Uint8Array.of(66) });
    },
    // Options without a size, and as many as there can be.
    () => {
      const options = [3, 0, 2, 0, ...new Array(36).fill(choose(256))];
      victim.segment({ source: anybody(), from: 99, flags: SYN, sequence: 1, options });
    },
    () => {
      const options = new Array(40).fill(0).map(() => choose(256));
      victim.segment({ source: anybody(), from: 98, flags: SYN, sequence: 1, options });
    },
    // Fragments that overlap, and such as never become whole.
    () => {
      const about = { protocol: 6, source: anybody(), identification: choose(65_536) };
      const payload = new Uint8Array(64);
      victim.receive(frameOf({ ...about, payload, more: true }));
      victim.receive(frameOf({ ...about, payload, at: 32, more: true }));
    },
    () => {
      const about = { protocol: 17, source: anybody(), identification: choose(65_536) };
      victim.receive(frameOf({ ...about, payload: new Uint8Array(1400), at: 32_000, more: true }));
    },
    () => {
      victim.receive(frameOf({ arp: "request", sender: anybody(), asks: "10.0.0.2" }));
    },
    () => {
      victim.receive(frameOf({ arp: "reply", sender: anybody(), asks: "10.0.0.2" }));
    },
  ];
  for (let round = 0; round < ROUNDS; round++) {
    for (const attack of attacks) attack();
    if (round % 10 === 0) victim.pass(SECOND / 100);
    if (round % 20 !== 0) continue;
    // In the midst of it a byte goes to and fro.
    victim.toFriend = [];
    const text = Uint8Array.of(round & 0xff);
    const said = { source: FRIEND, from: 5000, flags: ACK, sequence, acknowledgment: wanted, text };
    victim.segment(said);
    sequence++;
    expect(connection?.take(byte, 0, 1)).toBe(1);
    expect(byte[0]).toBe(round & 0xff);
    expect(connection?.give(byte, 0, 1)).toBe(1);
    const answer = victim.toFriend.find(({ size }) => size > 0);
    expect(answer).toMatchObject({ sequence: wanted, acknowledgment: sequence, size: 1 });
    wanted = (wanted + 1) | 0;
    const settled = { source: FRIEND, from: 5000, flags: ACK, sequence, acknowledgment: wanted };
    victim.segment(settled);
    // And somebody new gets through.
    befriend(6000 + round);
    listener.take()?.abort();
  }

  expect(connection?.state).toBe("ESTABLISHED");
  expect(listener.halfOpenCount).toBeLessThanOrEqual(256);
  expect(stack.tcp.length).toBeLessThanOrEqual(300);
  expect(stack.tcp.memoryUsed).toBeLessThanOrEqual(MEMORY_MAX);
  expect(stack.arp.length).toBeLessThanOrEqual(512);
  expect(stack.network.reassembler.length).toBeLessThanOrEqual(256);
  expect(stack.network.reassembler.memory).toBeLessThanOrEqual(1024 * 1024);
  const { dropped } = stack.counters;
  for (const reason of [
    "tcp.half-open-evicted",
    "ipv4.fragment-overlap",
    "ipv4.fragment-evicted",
    "arp.evicted",
  ] as const) {
    expect(dropped[reason], reason).toBeGreaterThan(0);
  }
  // When it is over nothing of it is left but the connection.
  victim.pass(300 * SECOND);
  expect(stack.tcp.length).toBe(1);
  expect(stack.network.reassembler.memory).toBe(0);
});
