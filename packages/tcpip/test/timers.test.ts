import fc from "fast-check";
import { expect, test } from "vitest";
import { Timer, Timers, TokenBucket } from "../src/layers.ts";
import { SECOND } from "./bench.ts";
import { seed } from "./wire/seed.ts";

test("any settings, moves and clearings let timers expire in time and in order, each once", () => {
  const step = fc.oneof(
    fc.record({ set: fc.nat(4), after: fc.oneof(fc.nat(50), fc.constant(Infinity)) }),
    fc.record({ clear: fc.nat(4) }),
    fc.record({ pass: fc.nat(30) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      let now = 0;
      const timers = new Timers(() => now);
      const expired: string[] = [];
      const wanted: string[] = [];
      const all = [0, 1, 2, 3, 4].map((name) => new Timer(() => expired.push(`${name} at ${now}`)));
      const deadlines = new Map<number, number>();
      for (const it of steps) {
        if ("set" in it) {
          timers.set(all[it.set] as Timer, now + it.after);
          if (it.after === Infinity) deadlines.delete(it.set);
          else deadlines.set(it.set, now + it.after);
        } else if ("clear" in it) {
          timers.clear(all[it.clear] as Timer);
          deadlines.delete(it.clear);
        } else {
          for (const end = now + it.pass; now < end; now++) {
            for (const [name, deadline] of [...deadlines]) {
              if (deadline > now) continue;
              wanted.push(`${name} at ${now}`);
              deadlines.delete(name);
            }
            // Whoever waits for `deadline` before it calls `run` is never late.
            if (timers.deadline <= now) timers.run();
          }
        }
        for (const [name, timer] of all.entries()) expect(timer.isSet).toBe(deadlines.has(name));
        expect(timers.deadline).toBeLessThanOrEqual(Math.min(Infinity, ...deadlines.values()));
      }
      expect(expired.sort()).toEqual(wanted.sort());
      for (const timer of all) timers.clear(timer);
      expect(timers.deadline).toBe(Infinity);
    }),
    { seed, numRuns: 300 },
  );
});

test("timers of one call expire by their deadlines", () => {
  let now = 0;
  const timers = new Timers(() => now);
  const expired: number[] = [];
  for (const deadline of [30, 10, 20, 40]) {
    timers.set(new Timer(() => expired.push(deadline)), deadline);
  }
  now = 30;
  timers.run();
  expect(expired).toEqual([10, 20, 30]);
});

test("whoever waits is told when a deadline comes nearer, and only then", () => {
  const timers = new Timers(() => 0);
  const told: number[] = [];
  timers.onEarlier = () => told.push(timers.deadline);
  const [a, b] = [new Timer(() => {}), new Timer(() => {})];
  timers.set(a, 100);
  timers.set(b, 200);
  timers.set(b, 50);
  timers.set(a, 300);
  expect(told).toEqual([100, 50]);
});

test("a bucket gives its burst at once, then so many a second, and no more after a pause", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 });
  const take = (now: number) => {
    let count = 0;
    while (bucket.take(now)) count++;
    return count;
  };
  expect(take(7 * SECOND)).toBe(3);
  expect(take(7.05 * SECOND)).toBe(0);
  expect(take(7.11 * SECOND)).toBe(1);
  expect(take(60 * SECOND)).toBe(3);
  let count = 0;
  for (let i = 1; i <= 1000; i++) count += take(60 * SECOND + i * (SECOND / 100));
  expect(count).toBeGreaterThanOrEqual(99);
  expect(count).toBeLessThanOrEqual(101);
});
