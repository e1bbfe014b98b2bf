import fc from "fast-check";
import { expect, test } from "vitest";
import { Datagram } from "../../src/index.ts";
import { DatagramQueue } from "../../src/layers.ts";
import { seed } from "../wire/seed.ts";

interface Model {
  readonly data: Uint8Array;
  readonly address: number;
  readonly port: number;
  readonly target: number;
}

test("any pushes and shifts give what a list of copies gives, within the bounds", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ size: fc.nat(3000), port: fc.nat(0xffff) }) },
    { weight: 2, arbitrary: fc.record({ room: fc.nat(4000) }) },
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 20_000 }),
      (steps, countMax, sizeMax) => {
        const queue = new DatagramQueue(countMax, sizeMax);
        const model: Model[] = [];
        let number = 0;
        const total = () => model.reduce((size, { data }) => size + data.length, 0);
        for (const it of steps) {
          if ("size" in it) {
            const data = Uint8Array.from({ length: it.size }, () => number++);
            const bytes = Uint8Array.of(0xee, ...data, 0xee);
            const fits = model.length < countMax && total() + it.size <= sizeMax;
            expect(queue.push(bytes, 1, it.size, number, it.port, -number)).toBe(fits);
            if (fits) model.push({ data, address: number, port: it.port, target: -number });
          } else {
            const into = new Datagram(new Uint8Array(it.room + 2).fill(0xee), 1, it.room);
            expect(queue.firstSize).toBe(model[0]?.data.length ?? 0);
            const wanted = model.shift();
            expect(queue.shift(into)).toBe(wanted !== undefined);
            if (wanted === undefined) continue;
            const { address, port, target } = wanted;
            expect(into).toMatchObject({ address, port, target });
            expect(into.isTruncated).toBe(wanted.data.length > it.room);
            expect(Buffer.compare(into.data, wanted.data.slice(0, it.room))).toBe(0);
            expect([into.bytes[0], into.bytes[1 + into.size]]).toEqual([0xee, 0xee]);
          }
          expect(queue.length).toBe(model.length);
          expect(queue.size).toBe(total());
        }
      },
    ),
    { seed, numRuns: 100 },
  );
});

test("a ring that grows while data goes over its end keeps every byte", () => {
  const queue = new DatagramQueue(10, 100_000);
  const filled = (size: number, from: number) =>
    Uint8Array.from({ length: size }, (_, i) => from + i);
  const push = (size: number, from: number) => queue.push(filled(size, from), 0, size, 1, 1, 1);
  const into = new Datagram();
  push(3000, 1);
  push(1000, 2);
  queue.shift(into);
  push(2500, 3); // over the end of 4096 bytes
  push(3000, 4); // and now there must be 8192
  for (const [size, from] of [
    [1000, 2],
    [2500, 3],
    [3000, 4],
  ] as const) {
    expect(queue.shift(into)).toBe(true);
    expect(Buffer.compare(into.data, filled(size, from))).toBe(0);
  }
});

test("a cleared queue is empty, and takes datagrams again", () => {
  const queue = new DatagramQueue(2, 100);
  queue.push(new Uint8Array(50), 0, 50, 1, 1, 1);
  queue.clear();
  expect([queue.length, queue.size, queue.firstSize]).toEqual([0, 0, 0]);
  expect(queue.shift(new Datagram())).toBe(false);
  expect(queue.push(new Uint8Array(100), 0, 100, 1, 2, 1)).toBe(true);
  const into = new Datagram();
  expect(queue.shift(into)).toBe(true);
  expect([into.size, into.port]).toEqual([100, 2]);
});
