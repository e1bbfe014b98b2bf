// Clocks, yield and wait without any device.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Host, host } from "../src/index.ts";

let solo5: Host;
beforeEach(() => {
  solo5 = host();
});
afterEach(() => solo5.close());

const code = (name: string) => expect.objectContaining({ name: "BindingsError", code: name });
const wait = (deadline: number): Promise<void> =>
  new Promise((resolve) => solo5.wait(deadline, resolve));

describe("clocks", () => {
  test("the monotonic clock counts nanoseconds and never goes back", () => {
    const start = process.hrtime.bigint();
    let last = solo5.clockMonotonic();
    expect(Math.abs(last - Number(start))).toBeLessThan(1e9);
    for (let i = 0; i < 10_000; i++) {
      const now = solo5.clockMonotonic();
      expect(now >= last).toBe(true);
      last = now;
    }
  });

  test("the wall clock is nanoseconds since 1970", () => {
    const difference = Number(solo5.clockWall() / 1_000_000n) - Date.now();
    expect(Math.abs(difference)).toBeLessThan(1000);
  });
});

describe("yield", () => {
  test.each([1, 1_000, 100_000, 3_000_000, 3_000_000.5])(
    "a deadline %d ns ahead is never early",
    (duration) => {
      const ready = new Uint32Array([1, 2]);
      for (let i = 0; i < 5; i++) {
        const deadline = solo5.clockMonotonic() + duration;
        solo5.yield(deadline, ready);
        const late = solo5.clockMonotonic() - deadline;
        expect(late).toBeGreaterThanOrEqual(0);
        expect([...ready]).toEqual([0, 0]);
      }
    },
  );

  test("a wait of the event loop does not keep a yield from its own deadline, nor the reverse", async () => {
    const start = solo5.clockMonotonic();
    const woken = wait(start + 500e6);
    const ready = new Uint32Array(2);
    solo5.yield(start + 5e6, ready);
    const first = solo5.clockMonotonic() - start;
    await woken;
    const second = solo5.clockMonotonic() - start;
    expect(first).toBeGreaterThanOrEqual(5e6);
    expect(first).toBeLessThan(500e6);
    expect(second).toBeGreaterThanOrEqual(500e6);
    const forever = solo5.wait(Number.POSITIVE_INFINITY, () => expect.unreachable());
    solo5.yield(solo5.clockMonotonic() + 1e6, ready);
    await new Promise((resolve) => setTimeout(resolve, 20));
    forever.cancel();
  });

  test.each([0, -1, -1e300, Number.NEGATIVE_INFINITY])("a past deadline (%d) polls", (deadline) => {
    const start = solo5.clockMonotonic();
    for (let i = 0; i < 100; i++) solo5.yield(deadline, new Uint32Array(2));
    expect(solo5.clockMonotonic() - start).toBeLessThan(5e9);
  });

  test("wrong arguments are refused", () => {
    const ready = new Uint32Array(2);
    expect(() => solo5.yield(Number.NaN, ready)).toThrow(code("ERR_SOLO5_INVALID_ARGUMENT"));
    expect(() => solo5.yield(0n as never, ready)).toThrow(code("ERR_SOLO5_INVALID_ARGUMENT"));
    expect(() => solo5.yield(0, new Uint32Array(1))).toThrow(code("ERR_SOLO5_INVALID_ARGUMENT"));
    expect(() => solo5.yield(0, [0, 0] as never)).toThrow(code("ERR_SOLO5_INVALID_ARGUMENT"));
  });
});

describe("wait", () => {
  test.each([1_000, 500_000, 3_000_000, 20_000_000])(
    "a deadline %d ns ahead is never early",
    async (duration) => {
      for (let i = 0; i < 5; i++) {
        const deadline = solo5.clockMonotonic() + duration;
        await wait(deadline);
        expect(solo5.clockMonotonic()).toBeGreaterThanOrEqual(deadline);
      }
    },
  );

  test("wake comes later, never from inside the call", async () => {
    for (const deadline of [0, -5, solo5.clockMonotonic() + 1]) {
      let returned = false;
      await new Promise<void>((resolve) => {
        solo5.wait(deadline, () => {
          expect(returned).toBe(true);
          resolve();
        });
        returned = true;
      });
    }
  });

  test("a past deadline gives timers and promises their turn, every time", async () => {
    let ticks = 0;
    let micro = 0;
    const timer = setInterval(() => ticks++, 1);
    let rounds = 0;
    // Were timers starved, this would never end.
    while (ticks <= 10 || rounds <= 100) {
      Promise.resolve().then(() => micro++);
      await wait(0);
      rounds++;
    }
    clearInterval(timer);
    expect(micro).toBe(rounds);
  });

  test("timers, immediates and promises go on while it is under way", async () => {
    const events = new Set<string>();
    const done = wait(solo5.clockMonotonic() + 50e6);
    const timer = setInterval(() => events.add("timer"), 2);
    const repeat = (): void => {
      events.add("immediate");
      Promise.resolve().then(() => events.add("promise"));
      if (events.size < 3) setImmediate(repeat);
    };
    setImmediate(repeat);
    await done;
    clearInterval(timer);
    expect(events).toEqual(new Set(["timer", "immediate", "promise"]));
  });

  test("at most one is under way", async () => {
    for (const deadline of [Number.POSITIVE_INFINITY, 0]) {
      const first = solo5.wait(deadline, () => expect.unreachable());
      expect(() => solo5.wait(0, () => {})).toThrow(code("ERR_SOLO5_BUSY"));
      first.cancel();
      await wait(0);
    }
  });

  test("a cancelled wait never wakes; cancelling again or too late is harmless", async () => {
    for (const duration of [-1, 2e6]) {
      const cancelled = solo5.wait(solo5.clockMonotonic() + duration, () => expect.unreachable());
      cancelled.cancel();
      cancelled.cancel();
      const next = wait(solo5.clockMonotonic() + 5e6);
      cancelled.cancel(); // not the one that is under way
      await next;
    }
    let woken = 0;
    const over = solo5.wait(solo5.clockMonotonic() + 1e6, () => woken++);
    await new Promise((resolve) => setTimeout(resolve, 20));
    over.cancel();
    expect(woken).toBe(1);
    await wait(solo5.clockMonotonic() + 1e6);
  });

  test("a wait may begin inside the wake of the one before", async () => {
    let count = 0;
    await new Promise<void>((resolve) => {
      const again = (): void => {
        if (++count === 50) resolve();
        else solo5.wait(solo5.clockMonotonic() + (count % 2) * 100_000, again);
      };
      solo5.wait(solo5.clockMonotonic() + 1e5, again);
    });
    expect(count).toBe(50);
  });

  test("an unfinished deadline of an earlier wait does not end a later one", async () => {
    solo5.wait(solo5.clockMonotonic() + 2e6, () => expect.unreachable()).cancel();
    const start = solo5.clockMonotonic();
    await wait(start + 20e6);
    expect(solo5.clockMonotonic() - start).toBeGreaterThanOrEqual(20e6);
  });

  test("closing the host wakes whoever waits", async () => {
    const woken = wait(Number.POSITIVE_INFINITY);
    solo5.close();
    await woken;
    expect(() => solo5.yield(0, new Uint32Array(2))).toThrow(code("ERR_SOLO5_CLOSED"));
    expect(() => solo5.wait(0, () => {})).toThrow(code("ERR_SOLO5_CLOSED"));
  });

  test("the host may be closed in the wake", async () => {
    await new Promise<void>((resolve) => {
      solo5.wait(solo5.clockMonotonic() + 1e6, () => {
        solo5.close();
        resolve();
      });
    });
    expect(() => solo5.wait(0, () => {})).toThrow(code("ERR_SOLO5_CLOSED"));
  });

  test("hosts wait independently of each other", async () => {
    const others = Array.from({ length: 5 }, () => host());
    const order: number[] = [];
    const start = solo5.clockMonotonic();
    await Promise.all(
      others.map(
        (other, i) =>
          new Promise<void>((resolve) =>
            other.wait(start + (5 - i) * 5e6, () => {
              order.push(i);
              resolve();
            }),
          ),
      ),
    );
    expect(order).toEqual([4, 3, 2, 1, 0]);
    for (const other of others) other.close();
  });

  test("wrong arguments are refused", () => {
    expect(() => solo5.wait(Number.NaN, () => {})).toThrow(code("ERR_SOLO5_INVALID_ARGUMENT"));
    expect(() => solo5.wait("1" as never, () => {})).toThrow(code("ERR_SOLO5_INVALID_ARGUMENT"));
    expect(() => solo5.wait(0, undefined as never)).toThrow(code("ERR_SOLO5_INVALID_ARGUMENT"));
    solo5.wait(0, () => {}).cancel(); // nothing was left under way
  });
});
