import fc from "fast-check";
import { expect, test } from "vitest";
import { Counters } from "../../src/index.ts";
import { Reassembler, Timers } from "../../src/layers.ts";
import { ipv4Fault, ipv4TotalSize, isIpv4Fragment } from "../../src/wire.ts";
import { SECOND } from "../bench.ts";
import { frameOf, type PacketFields } from "../frames.ts";
import { seed } from "../wire/seed.ts";

class Table {
  now = 0;
  readonly counters = new Counters();
  readonly timers = new Timers(() => this.now);
  readonly reassembler = new Reassembler(this.timers, this.counters);
  readonly given: (Uint8Array | null)[] = [];

  /** Gives the whole payload where this fragment completed it. */
  add(fields: Partial<PacketFields> & { payload: Uint8Array }): Uint8Array | null {
    const frame = frameOf({ protocol: 17, ...fields });
    const whole = this.reassembler.add(frame, 14, false);
    if (whole === null) return null;
    const header = 60 - whole.headerSize;
    // The header says what it now is, and is right.
    const packet = whole.bytes.slice(header, 60 + whole.size);
    expect(ipv4Fault(packet, 0, packet.length)).toBe(null);
    expect(isIpv4Fragment(packet, 0)).toBe(false);
    expect(ipv4TotalSize(packet, 0)).toBe(packet.length);
    return whole.bytes.slice(60, 60 + whole.size);
  }

  get dropped(): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this.counters.dropped).filter(([, count]) => count > 0),
    );
  }
}

const counting = (size: number, from = 0) =>
  Uint8Array.from({ length: size }, (_, i) => from + i * 7);

interface Piece {
  readonly at: number;
  readonly payload: Uint8Array;
  readonly more: boolean;
}

function cut(payload: Uint8Array, size: number): Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < payload.length; at += size) {
    const end = at + size;
    pieces.push({ at, payload: payload.slice(at, end), more: end < payload.length });
  }
  return pieces;
}

test("any payload, cut anywhere, in any order and with repetitions, is whole again exactly once", {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 9, max: 65_515 }),
      fc.integer({ min: 1, max: 400 }),
      fc.infiniteStream(fc.nat()),
      (size, units, choices) => {
        const table = new Table();
        const payload = counting(size);
        // As few as make sense to shuffle, down to 8 bytes each.
        const pieces = cut(
          payload,
          Math.min(Math.max(units, Math.ceil(size / 800)) * 8, (size - 1) & ~7),
        );
        const missing = new Set(pieces);
        const whole: Uint8Array[] = [];
        while (missing.size > 0 && whole.length === 0) {
          const left = [...missing];
          const choice = choices.next().value;
          const piece = left[choice % left.length] as Piece;
          // One in four comes again.
          if (choice % 4 !== 0) missing.delete(piece);
          const given = table.add(piece);
          if (given !== null) whole.push(given);
        }
        expect(whole.length).toBe(1);
        expect(Buffer.compare(whole[0] as Uint8Array, payload)).toBe(0);
        expect(table.dropped).toEqual({});
        expect(table.reassembler.length).toBe(0);
        expect(table.reassembler.memory).toBe(0);
        expect(table.timers.deadline).toBe(Infinity);
      },
    ),
    { seed, numRuns: 60 },
  );
});

test("datagrams that differ in source, target, protocol or identification are kept apart", () => {
  const table = new Table();
  const [first, last] = cut(counting(24), 16) as [Piece, Piece];
  const others: Partial<PacketFields>[] = [
    { source: "10.0.0.3" },
    { target: "10.0.0.255" },
    { protocol: 6 },
    { identification: 8 },
  ];
  expect(table.add(first)).toBe(null);
  for (const other of others) expect(table.add({ ...last, ...other })).toBe(null);
  expect(table.reassembler.length).toBe(5);
  expect(table.add(last)).toEqual(counting(24));
  for (const other of others) expect(table.add({ ...first, ...other })).toEqual(counting(24));
});

test.each<[string, Piece[]]>([
  [
    "begins inside another",
    [
      { at: 0, payload: counting(16), more: true },
      { at: 8, payload: counting(16, 9), more: true },
    ],
  ],
  [
    "ends inside another",
    [
      { at: 8, payload: counting(16), more: true },
      { at: 0, payload: counting(16, 9), more: true },
    ],
  ],
  [
    "contains another",
    [
      { at: 8, payload: counting(8), more: true },
      { at: 0, payload: counting(24, 9), more: true },
    ],
  ],
  [
    "is another with other bytes",
    [
      { at: 0, payload: counting(16), more: true },
      { at: 0, payload: counting(16, 9), more: true },
    ],
  ],
  [
    "overlaps, if only with the same bytes",
    [
      { at: 0, payload: new Uint8Array(16), more: true },
      { at: 8, payload: new Uint8Array(16), more: true },
    ],
  ],
  [
    "says that the end is earlier",
    [
      { at: 16, payload: counting(8), more: false },
      { at: 0, payload: counting(8), more: false },
    ],
  ],
  [
    "says that the end is later",
    [
      { at: 16, payload: counting(8), more: false },
      { at: 32, payload: counting(8), more: false },
    ],
  ],
  [
    "is behind the end",
    [
      { at: 16, payload: counting(8), more: false },
      { at: 24, payload: counting(8), more: true },
    ],
  ],
  [
    "is the end before what was there",
    [
      { at: 16, payload: counting(8), more: true },
      { at: 8, payload: counting(8), more: false },
    ],
  ],
  [
    "is the end, a byte shorter",
    [
      { at: 8, payload: counting(8), more: false },
      { at: 8, payload: counting(7), more: false },
    ],
  ],
])("a fragment that %s makes the whole datagram refused, and what follows of it", (_, pieces) => {
  const table = new Table();
  for (const piece of pieces) expect(table.add(piece)).toBe(null);
  expect(table.dropped).toEqual({ "ipv4.fragment-overlap": 1 });
  expect(table.reassembler.memory).toBe(0);
  for (const piece of cut(counting(40), 8)) expect(table.add(piece)).toBe(null);
  expect(table.dropped).toEqual({ "ipv4.fragment-overlap": 6 });
  // Once its time is over, the same identification is another datagram.
  table.now += 30 * SECOND;
  table.timers.run();
  const [first, last] = cut(counting(24), 16) as [Piece, Piece];
  table.add(first);
  expect(table.add(last)).toEqual(counting(24));
});

test.each<[string, Piece]>([
  ["reaches beyond any packet", { at: 65_512, payload: counting(8), more: false }],
  ["is no multiple of 8 and not the last", { at: 0, payload: counting(15), more: true }],
  ["is empty", { at: 8, payload: counting(0), more: false }],
])("a fragment that %s is dropped and keeps nothing", (_, piece) => {
  const table = new Table();
  expect(table.add(piece)).toBe(null);
  expect(table.dropped).toEqual({ "ipv4.fragment-size": 1 });
  expect(table.reassembler.length).toBe(0);
});

test("what is not whole after 30 seconds is given up, and its sender told if the first fragment had come", () => {
  const table = new Table();
  const told: number[] = [];
  table.reassembler.onTimeout = (partial) => told.push(partial.identification);
  const [first, , last] = cut(counting(24), 8) as [Piece, Piece, Piece];
  table.add({ ...first, identification: 1 });
  table.now = SECOND;
  table.add({ ...last, identification: 2 });
  table.now = 2 * SECOND;
  table.add({ ...last, identification: 3 });
  table.add({ ...first, identification: 3 });
  expect(table.timers.deadline).toBe(30 * SECOND);
  for (const now of [30, 31, 32]) {
    table.now = now * SECOND;
    table.timers.run();
    expect(table.reassembler.length).toBe(32 - now);
  }
  expect(told).toEqual([1, 3]);
  expect(table.dropped).toEqual({ "ipv4.fragment-timeout": 3 });
  expect(table.reassembler.memory).toBe(0);
  expect(table.timers.deadline).toBe(Infinity);
});

test("a flood of fragments is bounded in number and memory, and ends with the flood", {
  timeout: 60_000,
}, () => {
  const table = new Table();
  for (let i = 0; i < 20_000; i++) {
    const at = i % 2 === 0 ? 65_000 : 0;
    table.add({
      at,
      payload: counting(8),
      more: true,
      identification: i & 0xffff,
      source: `10.0.${i >> 12}.7`,
    });
    expect(table.reassembler.length).toBeLessThanOrEqual(256);
    expect(table.reassembler.memory).toBeLessThanOrEqual(1024 * 1024);
  }
  expect(table.dropped["ipv4.fragment-evicted"]).toBeGreaterThan(19_000);
  const [first, last] = cut(counting(24), 16) as [Piece, Piece];
  table.add({ ...first, identification: 60_000 });
  expect(table.add({ ...last, identification: 60_000 })).toEqual(counting(24));
});

test("where memory is short, what was refused stays refused", () => {
  const table = new Table();
  table.add({ at: 0, payload: counting(16), more: true });
  table.add({ at: 8, payload: counting(16), more: true });
  for (let i = 100; i < 140; i++) {
    table.add({ at: 65_000, payload: counting(8), more: true, identification: i });
  }
  expect(table.dropped["ipv4.fragment-evicted"]).toBeGreaterThan(0);
  for (const piece of cut(counting(24), 8)) expect(table.add(piece)).toBe(null);
  expect(table.dropped["ipv4.fragment-overlap"]).toBe(4);
});

test("closing keeps nothing and leaves no deadline", () => {
  const table = new Table();
  table.add({ at: 0, payload: counting(8), more: true });
  table.reassembler.close();
  expect(table.reassembler.length).toBe(0);
  expect(table.timers.deadline).toBe(Infinity);
});
