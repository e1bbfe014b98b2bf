import { describe, expect, test } from "vitest";
import type { CongestionControl } from "../../src/tcp/congestion.ts";
import { Cubic } from "../../src/tcp/cubic.ts";
import { NewReno } from "../../src/tcp/new-reno.ts";

const SEGMENT = 1000;
const ROUND_TRIP = 100e6;

describe.each([
  ["NewReno", NewReno, 0.5],
  ["CUBIC", Cubic, 0.7],
])("%s", (_, Control, factor) => {
  function started(): CongestionControl {
    const control = new Control();
    control.start(SEGMENT);
    return control;
  }

  test("begins with ten segments, or 14,600 bytes, but two segments at least", () => {
    expect(started().window).toBe(10_000);
    const long = new Control();
    long.start(1460);
    expect(long.window).toBe(14_600);
    const jumbo = new Control();
    jumbo.start(8960);
    expect(jumbo.window).toBe(17_920);
  });

  test("doubles a round trip in slow start, but never by more than eight segments at once", () => {
    const control = started();
    for (let i = 0; i < 10; i++) control.acknowledged(SEGMENT, 0, ROUND_TRIP);
    expect(control.window).toBe(20_000);
    control.acknowledged(50_000, 0, ROUND_TRIP);
    expect(control.window).toBe(28_000);
  });

  test("falls by its factor after a loss, to two segments at least", () => {
    const control = started();
    control.lost(10_000, 0);
    expect(control.window).toBe(10_000 * factor);
    expect(control.threshold).toBe(10_000 * factor);
    control.lost(1000, 0);
    expect(control.window).toBe(2000);
  });

  test("falls to one segment after a timeout, and grows by one an acknowledgment then", () => {
    const control = started();
    control.timedOut(10_000, true);
    expect(control.window).toBe(1000);
    expect(control.threshold).toBe(10_000 * factor);
    control.acknowledged(3000, 0, ROUND_TRIP);
    expect(control.window).toBe(2000);
    control.timedOut(2000, false);
    expect(control.threshold).toBe(10_000 * factor);
  });

  test("after silence no more than its first window is left", () => {
    const control = started();
    control.window = 50_000;
    control.idled();
    expect(control.window).toBe(10_000);
    control.window = 3000;
    control.idled();
    expect(control.window).toBe(3000);
  });
});

test("NewReno grows by one segment a round trip in congestion avoidance", () => {
  const control = new NewReno();
  control.start(SEGMENT);
  control.lost(20_000);
  for (let trip = 1; trip <= 20; trip++) {
    const segments = control.window / SEGMENT;
    for (let i = 0; i < segments; i++) control.acknowledged(SEGMENT);
    expect(control.window).toBe(10_000 + trip * SEGMENT);
  }
});

describe("CUBIC after a loss at 100 segments", () => {
  /** Windows in segments, a round trip apart. */
  function trace(roundTrip: number, seconds: number): number[] {
    const control = new Cubic();
    control.start(SEGMENT);
    control.window = 100_000;
    control.lost(100_000);
    const windows: number[] = [];
    for (let now = 0; now < seconds * 1e9; now += roundTrip) {
      windows.push(control.window / SEGMENT);
      const segments = Math.round(control.window / SEGMENT);
      for (let i = 0; i < segments; i++) {
        control.acknowledged(SEGMENT, now + (i * roundTrip) / segments, roundTrip);
      }
    }
    return windows;
  }

  test("is back at the old maximum after K = cbrt(30 / 0.4) = 4.2 s, and rests there", () => {
    const windows = trace(ROUND_TRIP, 9);
    expect(windows[0]).toBe(70);
    expect(windows[20]).toBeGreaterThan(94);
    expect(windows[20]).toBeLessThan(97);
    expect(windows[42]).toBeGreaterThan(98.5);
    expect(windows[42]).toBeLessThan(101);
    // As fast again on the other side.
    expect(windows[83]).toBeGreaterThan(122);
    expect(windows[83]).toBeLessThan(132);
  });

  test("on a short path it is no slower than NewReno would be", () => {
    const windows = trace(1e6, 0.2);
    // Of 200 round trips: 0.53 segments each up to the maximum, then one.
    expect(windows.at(-1)).toBeGreaterThan(170);
  });

  test("a second loss below the old maximum lowers the aim (fast convergence)", () => {
    const control = new Cubic();
    control.start(SEGMENT);
    control.window = 100_000;
    control.lost(100_000);
    control.lost(70_000);
    expect(control.window).toBeCloseTo(49_000);
    // The aim is 70 * 0.85 = 59.5, not 70: after a long time around it the window has passed 70 only slowly.
    for (let i = 0; i < 49; i++) control.acknowledged(SEGMENT, 2.9e9, ROUND_TRIP);
    expect(control.window / SEGMENT).toBeLessThan(62);
  });
});
