// Each fault of a wire, alone: what it does, that it is counted, and that it follows from the seed.
import { expect, test } from "vitest";
import {
  createWorld,
  type NetFaultCounters,
  type NetFaults,
  SimError,
  Wire,
} from "../src/index.ts";
import { seed } from "./seed.ts";

interface Arrival {
  readonly time: number;
  /** Which of the frames it was: its last bytes say so. */
  readonly number: number;
  readonly frame: Uint8Array;
}

const NONE: NetFaultCounters = {
  sent: 0,
  carried: 0,
  lost: 0,
  duplicated: 0,
  reordered: 0,
  corrupted: 0,
  truncated: 0,
  overflowed: 0,
  oversized: 0,
  partitioned: 0,
};

const SIZE = 100;

function numbered(number: number): Uint8Array {
  const frame = new Uint8Array(SIZE).fill(0xaa);
  new DataView(frame.buffer).setUint32(SIZE - 4, number);
  return frame;
}

/** Sends `count` numbered frames over a wire with `faults`, one every `interval` ns; gives what arrives. */
function sent(faults: NetFaults, { count = 1000, interval = 10, worldSeed = seed } = {}) {
  const world = createWorld({ seed: worldSeed });
  const [a, b] = [world.machine("a").net("n"), world.machine("b").net("n")];
  const wire = world.wire(a, b, faults);
  const arrivals: Arrival[] = [];
  b.receive = (frame) => {
    const { buffer, byteOffset, length } = frame;
    const number = length < SIZE ? -1 : new DataView(buffer, byteOffset).getUint32(SIZE - 4);
    arrivals.push({ time: world.now, number, frame });
  };
  for (let i = 0; i < count; i++) world.at(i * interval, () => a.transmit(numbered(i)));
  return { world, wire, arrivals, a, b };
}

/** `count` of `of` happens with `probability`: within six standard deviations. */
function expectAbout(count: number, of: number, probability: number): void {
  const deviation = Math.sqrt(of * probability * (1 - probability));
  expect(Math.abs(count - of * probability)).toBeLessThan(6 * deviation);
}

const inOrder = Array.from({ length: 1000 }, (_, i) => i);

test("a perfect wire carries everything, whole and in order", () => {
  const { world, wire, arrivals } = sent({ latency: 7 });
  world.run();
  expect(arrivals).toEqual(
    inOrder.map((number) => ({ time: number * 10 + 7, number, frame: numbered(number) })),
  );
  expect(wire.counters).toEqual({ ...NONE, sent: 1000, carried: 1000 });
});

test("loss loses frames, and changes nothing about the others", () => {
  const { world, wire, arrivals } = sent({ loss: 0.3, latency: 5 });
  world.run();
  const { lost, carried } = wire.counters;
  expectAbout(lost, 1000, 0.3);
  expect(wire.counters).toEqual({ ...NONE, sent: 1000, carried: 1000 - lost, lost });
  expect(arrivals.length).toBe(carried);
  for (const { time, number, frame } of arrivals) {
    expect(frame).toEqual(numbered(number));
    expect(time).toBe(number * 10 + 5);
  }
  expect(new Set(arrivals.map(({ number }) => number)).size).toBe(carried);
});

test("a probability of 1 always happens, one of 0 never", () => {
  const never = sent({ loss: 0 });
  never.world.run();
  expect(never.arrivals.length).toBe(1000);
  const always = sent({ loss: 1 });
  always.world.run();
  expect(always.arrivals).toEqual([]);
  expect(always.wire.counters.lost).toBe(1000);
});

test("duplication lets frames arrive twice, one right behind the other", () => {
  const { world, wire, arrivals } = sent({ duplication: 0.25 });
  world.run();
  const { duplicated } = wire.counters;
  expectAbout(duplicated, 1000, 0.25);
  expect(wire.counters).toEqual({ ...NONE, sent: 1000, carried: 1000 + duplicated, duplicated });
  const numbers = arrivals.map(({ number }) => number);
  expect(numbers).toEqual(numbers.toSorted((x, y) => x - y));
  expect(numbers.length).toBe(1000 + duplicated);
  expect(new Set(numbers).size).toBe(1000);
  for (const { number, frame } of arrivals) expect(frame).toEqual(numbered(number));
});

test("reordering holds frames up for a time, while others overtake them", () => {
  const { world, wire, arrivals } = sent({ reordering: 0.2, reorderingDelay: 500, latency: 3 });
  world.run();
  const { reordered } = wire.counters;
  expectAbout(reordered, 1000, 0.2);
  expect(wire.counters).toEqual({ ...NONE, sent: 1000, carried: 1000, reordered });
  const numbers = arrivals.map(({ number }) => number);
  expect(numbers).not.toEqual(inOrder);
  expect(numbers.toSorted((x, y) => x - y)).toEqual(inOrder);
  const late = arrivals.filter(({ time, number }) => time !== number * 10 + 3);
  expect(late.length).toBe(reordered);
  for (const { time, number } of late) {
    expect(time - number * 10 - 3).toBeGreaterThan(0);
    expect(time - number * 10 - 3).toBeLessThanOrEqual(500);
  }
  const prompt = arrivals.filter(({ time, number }) => time === number * 10 + 3);
  expect(prompt.map(({ number }) => number)).toEqual(
    prompt.map(({ number }) => number).toSorted((x, y) => x - y),
  );
});

test.each([1, 8])("corruption turns over up to %i bits, and nothing else", (bitCountMax) => {
  const { world, wire, arrivals } = sent({
    corruption: 0.4,
    corruptionBitCountMax: bitCountMax,
  });
  world.run();
  const { corrupted } = wire.counters;
  expectAbout(corrupted, 1000, 0.4);
  expect(wire.counters).toEqual({ ...NONE, sent: 1000, carried: 1000, corrupted });
  const flips = arrivals.map(({ frame }, i) => {
    expect(frame.length).toBe(SIZE);
    const original = numbered(i);
    return frame.reduce((sum, byte, at) => sum + bitCount(byte ^ (original[at] ?? 0)), 0);
  });
  expect(flips.filter((count) => count > 0).length).toBe(corrupted);
  expect(new Set(flips).size).toBe(bitCountMax + 1);
  expect(Math.max(...flips)).toBe(bitCountMax);
});

test("corruption leaves the sender's frame alone, and reaches every byte", () => {
  const world = createWorld({ seed });
  const [a, b] = [world.machine("a").net("n"), world.machine("b").net("n")];
  world.wire(a, b, { corruption: 1 });
  const frame = new Uint8Array(20);
  const touched = new Set<number>();
  b.receive = (got) => touched.add(got.findIndex((byte) => byte !== 0));
  for (let i = 0; i < 2000; i++) world.at(i, () => a.transmit(frame));
  world.run();
  expect([...touched].sort((x, y) => x - y)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(frame).toEqual(new Uint8Array(20));
});

test("truncation takes bytes from the end, and leaves the header", () => {
  const { world, wire, arrivals } = sent({ truncation: 0.5 }, { count: 3000 });
  world.run();
  const { truncated } = wire.counters;
  expectAbout(truncated, 3000, 0.5);
  const short = arrivals.filter(({ frame }) => frame.length < SIZE);
  expect(short.length).toBe(truncated);
  const sizes = short.map(({ frame }) => frame.length);
  expect([Math.min(...sizes), Math.max(...sizes)]).toEqual([14, SIZE - 1]);
  for (const { frame } of short) {
    const same = frame.subarray(0, SIZE - 4);
    expect(same).toEqual(numbered(0).subarray(0, same.length));
  }
});

test("a frame that is all header can't be truncated", () => {
  const world = createWorld({ seed });
  const [a, b] = [world.machine("a").net("n"), world.machine("b").net("n")];
  const wire = world.wire(a, b, { truncation: 1 });
  a.transmit(new Uint8Array(14));
  world.run();
  expect(b.take()).toEqual(new Uint8Array(14));
  expect(wire.counters).toEqual({ ...NONE, sent: 1, carried: 1 });
});

test("jitter spreads times and keeps the order", () => {
  const { world, arrivals } = sent({ latency: 100, jitter: 50 });
  world.run();
  expect(arrivals.map(({ number }) => number)).toEqual(inOrder);
  const delays = arrivals.map(({ time, number }) => time - number * 10);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(100);
  expect(Math.max(...delays)).toBeLessThanOrEqual(150);
  expect(new Set(delays).size).toBeGreaterThan(25);
});

test("bandwidth takes its time for every bit, one frame after the other", () => {
  // 100 bytes at 1 Mbit/s are 800 µs; they come every 500 µs.
  const { world, arrivals } = sent(
    { bandwidth: 1e6, latency: 1 },
    { count: 10, interval: 500_000 },
  );
  world.run();
  expect(arrivals.map(({ time }) => time)).toEqual(
    Array.from({ length: 10 }, (_, i) => (i + 1) * 800_000 + 1),
  );
});

test("a line that was idle takes the next frame at once", () => {
  const { world, arrivals } = sent({ bandwidth: 1e6 }, { count: 3, interval: 2_000_000 });
  world.run();
  expect(arrivals.map(({ time }) => time)).toEqual([800_000, 2_800_000, 4_800_000]);
});

test("a full queue drops what comes, and has room again when a frame has gone", () => {
  const { world, wire, arrivals } = sent(
    { bandwidth: 1e6, queueCountMax: 2 },
    { count: 10, interval: 1000 },
  );
  world.run();
  // One is being sent, two wait; the other seven came within 9 µs.
  expect(arrivals.map(({ number }) => number)).toEqual([0, 1, 2]);
  expect(wire.counters).toEqual({ ...NONE, sent: 10, carried: 3, overflowed: 7 });
  // At 1.7 ms one is being sent and none waits: there is room for two again.
  const again = sent({ bandwidth: 1e6, queueCountMax: 2 }, { count: 10, interval: 1000 });
  again.world.run(1_700_000);
  for (let i = 10; i < 20; i++) again.a.transmit(numbered(i));
  again.world.run();
  expect(again.arrivals.map(({ number }) => number)).toEqual([0, 1, 2, 10, 11]);
});

test("each direction has its own queue, faults and counts", () => {
  const { world, wire, a, b } = sent({}, { count: 5 });
  wire.back.set({ loss: 1 });
  a.receive = () => expect.unreachable();
  b.transmit(numbered(1));
  world.run();
  expect(wire.forth.counters).toEqual({ ...NONE, sent: 5, carried: 5 });
  expect(wire.back.counters).toEqual({ ...NONE, sent: 1, lost: 1 });
});

test("an MTU of the wire's own drops longer frames", () => {
  const { world, wire, arrivals } = sent({ mtu: SIZE - 14 }, { count: 2 });
  world.at(100, () => wire.set({ mtu: SIZE - 15 }));
  world.run(100);
  expect(arrivals.length).toBe(2);
  wire.forth.carry(numbered(3), 100, () => expect.unreachable());
  expect(wire.counters).toEqual({ ...NONE, sent: 3, carried: 2, oversized: 1 });
});

test("a partition begins and heals at a moment; what is under way arrives", () => {
  const { world, wire, arrivals } = sent({ latency: 35 });
  world.at(2005, () => wire.partition());
  world.at(5005, () => wire.heal());
  world.run();
  expect(arrivals.map(({ number }) => number)).toEqual(
    inOrder.filter((number) => number <= 200 || number > 500),
  );
  expect(wire.counters).toEqual({ ...NONE, sent: 1000, carried: 700, partitioned: 300 });
});

test("faults switch on and off at a moment; what isn't named stays", () => {
  const { world, wire, arrivals } = sent({ latency: 5 });
  world.at(2005, () => wire.set({ loss: 1 }));
  world.at(5005, () => wire.set({ loss: 0, latency: 6 }));
  world.run();
  const delays = arrivals.map(({ time, number }) => time - number * 10);
  expect(delays).toEqual([...new Array(201).fill(5), ...new Array(499).fill(6)]);
});

test("a latency that becomes less lets nobody overtake", () => {
  const { world, wire, arrivals } = sent({ latency: 1000 }, { count: 100 });
  world.at(505, () => wire.set({ latency: 0 }));
  world.run();
  expect(arrivals.map(({ number }) => number)).toEqual(inOrder.slice(0, 100));
  expect(arrivals.at(-1)?.time).toBe(1500);
});

const EVERYTHING: NetFaults = {
  latency: 100,
  jitter: 30,
  bandwidth: 1e9,
  queueCountMax: 5,
  loss: 0.1,
  duplication: 0.1,
  reordering: 0.1,
  corruption: 0.1,
  truncation: 0.1,
};

function story(worldSeed: number, faults = EVERYTHING): string {
  const { world, arrivals, wire } = sent(faults, { worldSeed, interval: 700 });
  world.run();
  return JSON.stringify([arrivals.map(({ time, frame }) => [time, ...frame]), wire.counters]);
}

test("the same seed gives the same faults, another seed others", () => {
  expect(story(5)).toBe(story(5));
  expect(new Set([1, 2, 3, 4].map((worldSeed) => story(worldSeed))).size).toBe(4);
});

test("switching one fault on changes nothing about when another happens", () => {
  const lostOf = (faults: NetFaults) => {
    const { world, arrivals } = sent(faults);
    world.run();
    const arrived = new Set(arrivals.map(({ number }) => number));
    return inOrder.filter((number) => !arrived.has(number));
  };
  const lost = lostOf({ loss: 0.2 });
  expect(lost.length).toBeGreaterThan(50);
  expect(lostOf({ loss: 0.2, duplication: 0.5, reordering: 0.3, jitter: 9 })).toEqual(lost);
});

test("settings that make no sense are refused, and change nothing", () => {
  const wire = new Wire();
  const wrong: object[] = [
    { loss: 1.1 },
    { loss: -0.1 },
    { loss: Number.NaN },
    { duplication: "0.5" },
    { latency: -1 },
    { latency: Infinity },
    { jitter: Number.NaN },
    { bandwidth: 0 },
    { queueCountMax: 0 },
    { queueCountMax: 1.5 },
    { mtu: 0 },
    { corruptionBitCountMax: 0 },
    { partitioned: 1 },
    { lost: 0.1 },
    { toString: 0.1 },
    { latency: 5, loss: 2 },
  ];
  for (const faults of wrong) {
    expect(() => wire.set(faults)).toThrow(SimError);
    expect(() => new Wire(faults)).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_INVALID_ARGUMENT" }),
    );
  }
  const times: number[] = [];
  wire.forth.carry(numbered(0), 10, (_, time) => times.push(time));
  expect(times).toEqual([10]);
});

function bitCount(byte: number): number {
  let count = 0;
  for (let bits = byte; bits !== 0; bits &= bits - 1) count++;
  return count;
}
