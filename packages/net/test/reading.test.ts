// Who gets which frame.
import {
  awaitAll,
  clockMonotonic,
  ms,
  type Operation,
  type Solo5,
  type Suspended,
  sleep,
  spawn,
  withTimeout,
  yieldNow,
} from "@miou-solo5/scheduler";
import { describe, expect, test } from "vitest";
import { connect, type Net, net } from "../src/index.ts";
import { codeOf, filled, type Station, station, withoutBatches } from "./station.ts";

const WORLDS: readonly [string, (solo5: Solo5) => Solo5][] = [
  ["frame by frame", withoutBatches],
  ["in batches", (solo5) => solo5],
];

describe.each(WORLDS)("a world that gives frames %s", (_, variant) => {
  function run<T>(here: Station, main: (device: Net) => Operation<T>): Promise<T> {
    return here.run([net("service")], main, variant(here.machine.solo5));
  }

  test("a read is one frame, whole, at the offset, and leaves all else alone", async () => {
    const here = station();
    here.port.receive(filled(1, 14));
    here.port.receive(filled(2, 1514));
    const got = await run(here, function* (device) {
      const buffer = filled(0xaa, 2000);
      const sizes = [yield* device.read(buffer, 100), yield* device.read(buffer, 200, 1514)];
      return { sizes, buffer };
    });
    expect(got.sizes).toEqual([14, 1514]);
    const wanted = filled(0xaa, 2000).fill(1, 100, 114).fill(2, 200, 1714);
    expect(got.buffer).toEqual(wanted);
  });

  test("readBytes gives a fresh array of exactly the frame", async () => {
    const here = station();
    for (const size of [14, 60, 1514]) here.port.receive(filled(size, size));
    const frames = await run(here, function* (device) {
      const next = device.readBytes();
      return [yield* next, yield* next, yield* next];
    });
    expect(frames).toEqual([filled(14, 14), filled(60, 60), filled(1514, 1514)]);
    for (const { buffer, length } of frames) expect(buffer.byteLength).toBe(length);
  });

  test("frames waiting are read without suspending; none waiting suspends until one comes", async () => {
    const here = station();
    for (let i = 0; i < 10; i++) here.port.receive(filled(i));
    here.arrive(5000, 10);
    const log: string[] = [];
    await run(here, function* (device) {
      const other = spawn(function* () {
        log.push("another task");
        yield* yieldNow();
      });
      for (let i = 0; i <= 10; i++)
        log.push(`${(yield* device.readBytes())[0]} @${clockMonotonic()}`);
      yield* other;
    });
    const waiting = Array.from({ length: 10 }, (_, i) => `${i} @0`);
    expect(log).toEqual([...waiting, "another task", "10 @5000"]);
  });

  test("a reader that always finds frames lets the others run after 64", async () => {
    const here = station();
    for (let i = 0; i < 300; i++) here.port.receive(filled(i & 0xff));
    const counts: number[] = [];
    await run(here, function* (device) {
      let count = 0;
      const other = spawn(function* () {
        while (count < 300) {
          counts.push(count);
          yield* yieldNow();
        }
      });
      const next = device.read(new Uint8Array(device.frameSizeMax));
      for (; count < 300; count++) yield* next;
      yield* other;
    });
    expect(counts).toEqual([64, 128, 192, 256]);
  });

  test("frames go to readers in the order in which these began to wait", async () => {
    const here = station();
    for (let i = 0; i < 6; i++) here.arrive(1000, i);
    const log = await run(here, function* (device) {
      const got: string[] = [];
      const readers = [1, 2, 3].map((name) =>
        spawn(function* () {
          for (let i = 0; i < 2; i++) got.push(`${name}: ${(yield* device.readBytes())[0]}`);
        }),
      );
      yield* awaitAll(readers);
      return got;
    });
    expect(log).toEqual(["1: 0", "2: 1", "3: 2", "1: 3", "2: 4", "3: 5"]);
  });

  test("a newcomer queues behind whoever waits, though a frame is there", async () => {
    const here = station();
    const log = await run(here, function* (device) {
      const got: string[] = [];
      const first = spawn(function* () {
        got.push(`first: ${(yield* device.readBytes())[0]}`);
      });
      yield* yieldNow();
      here.port.receive(filled(1));
      here.port.receive(filled(2));
      got.push(`newcomer: ${(yield* device.readBytes())[0]}`);
      yield* first;
      return got;
    });
    expect(log).toEqual(["first: 1", "newcomer: 2"]);
  });

  test("a newcomer also queues behind one that was woken and has not come back", async () => {
    const here = station();
    for (let i = 1; i <= 3; i++) here.arrive(100, i);
    const log = await run(here, function* (device) {
      const got: string[] = [];
      const second = spawn(function* () {
        yield* sleep(10);
        got.push(`second: ${(yield* device.readBytes())[0]}`);
      });
      got.push(`first: ${(yield* device.readBytes())[0]}`);
      // In the same step: the second was woken just now, and two frames are there.
      got.push(`newcomer: ${(yield* device.readBytes())[0]}`);
      yield* second;
      return got;
    });
    expect(log).toEqual(["first: 1", "second: 2", "newcomer: 3"]);
  });

  test("a cancelled reader leaves the line, and its place to the next", async () => {
    const here = station();
    here.arrive(1000, 1);
    const log = await run(here, function* (device) {
      const first = spawn(() => device.readBytes());
      const second = spawn(() => device.readBytes());
      yield* yieldNow();
      yield* first.cancel();
      return [(yield* second)[0], clockMonotonic()];
    });
    expect(log).toEqual([1, 1000]);
  });

  test("a reader cancelled after it was woken passes its turn on: no frame is lost", async () => {
    const here = station();
    here.arrive(100, 1);
    here.arrive(100, 2);
    const log = await run(here, function* (device) {
      const buffer = filled(0xaa, device.frameSizeMax);
      function* reader(start: number, read: Operation<unknown>) {
        yield* sleep(start);
        return yield* read;
      }
      const second = spawn(() => reader(10, device.read(buffer)));
      const third = spawn(() => reader(20, device.readBytes()));
      // The first in line takes its frame, wakes the second, and cancels it in the same step.
      const first = yield* device.readBytes();
      yield* second.cancel();
      const last = (yield* third) as Uint8Array;
      return [first[0], last[0], clockMonotonic(), buffer.every((byte) => byte === 0xaa)];
    });
    expect(log).toEqual([1, 2, 100, true]);
  });

  test("a time limit that passes as the frame comes loses nothing", async () => {
    const here = station();
    here.arrive(1000, 1);
    here.arrive(1000, 2);
    const log = await run(here, function* (device) {
      const got: unknown[] = [];
      for (let i = 0; i < 4; i++) {
        try {
          got.push((yield* withTimeout(1000, device.readBytes()))[0]);
        } catch (error) {
          got.push((error as { code: string }).code);
        }
      }
      return got;
    });
    expect(log.filter((entry) => typeof entry === "number")).toEqual([1, 2]);
    expect(log).toHaveLength(4);
  });

  test("one read, made once, serves a loop and many tasks, each with its own wait", async () => {
    const here = station();
    for (let i = 0; i < 9; i++) here.arrive(100 * (i + 1), i);
    const got = await run(here, function* (device) {
      const next = device.readBytes();
      const readers = Array.from({ length: 3 }, () =>
        spawn(function* () {
          const mine: number[] = [];
          for (let i = 0; i < 3; i++) mine.push((yield* next)[0] ?? -1);
          return mine;
        }),
      );
      const outcomes = yield* awaitAll(readers);
      return outcomes.map((outcome) => (outcome.status === "succeeded" ? outcome.value : outcome));
    });
    expect(got).toEqual([
      [0, 3, 6],
      [1, 4, 7],
      [2, 5, 8],
    ]);
  });

  test("a read into one buffer that tasks share gives each its size when its frame is in", async () => {
    const here = station();
    for (let i = 0; i < 4; i++) here.arrive(100 * (i + 1), i);
    const got = await run(here, function* (device) {
      const buffer = new Uint8Array(device.frameSizeMax);
      const next = device.read(buffer);
      const log: string[] = [];
      const body = (name: string) =>
        function* (): Generator<Suspended, void, void> {
          for (let i = 0; i < 2; i++) log.push(`${name} ${yield* next}: ${buffer[0]}`);
        };
      const tasks = [spawn(body("a")), spawn(body("b"))];
      yield* awaitAll(tasks);
      return log;
    });
    expect(got).toEqual(["a 60: 0", "b 60: 1", "a 60: 2", "b 60: 3"]);
  });

  test("closing wakes who waits, in order, and refuses whatever comes after", async () => {
    const here = station();
    const log = await run(here, function* (device) {
      const codes: unknown[] = [];
      const made = device.readBytes();
      const readers = [1, 2, 3].map((name) =>
        spawn(function* () {
          try {
            yield* device.readBytes();
          } catch (error) {
            codes.push(`${name}: ${(error as { code: string }).code}`);
          }
        }),
      );
      yield* yieldNow();
      device.close();
      device.close();
      yield* awaitAll(readers);
      try {
        yield* made;
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
      const page = new Uint8Array(2000);
      for (const act of [
        () => device.read(page),
        () => device.readBytes(),
        () => device.write(page, 0, 60),
        () => device.writeString("x".repeat(60)),
        () => device.writeBatch({ bytes: page, slotSize: 60, sizes: Int32Array.of(60) }),
      ]) {
        codes.push(codeOf(act));
      }
      return codes;
    });
    const waiting = [1, 2, 3].map((name) => `${name}: ERR_SOLO5_CLOSED`);
    expect(log).toEqual([...waiting, ...new Array(6).fill("ERR_SOLO5_CLOSED")]);
  });

  test("a frame that a closed device had taken in stays lost; one acquired anew starts afresh", async () => {
    const here = station();
    for (let i = 0; i < 3; i++) here.port.receive(filled(i));
    const solo5 = variant(here.machine.solo5);
    const got = await here.run(
      [],
      function* () {
        const first = connect("service");
        const before = (yield* first.readBytes())[0];
        first.close();
        using second = connect("service");
        here.port.receive(filled(9));
        for (;;) if ((yield* second.readBytes())[0] === 9) return before;
      },
      solo5,
    );
    expect(got).toBe(0);
  });

  test("a device that is gone fails every reader that waits, and every later one", async () => {
    const here = station();
    here.world.at(1000, () => here.port.remove());
    const codes = await run(here, function* (device) {
      const readers = [1, 2, 3].map(() => spawn(() => device.readBytes()));
      const outcomes = yield* awaitAll(readers);
      const found = outcomes.map((outcome) =>
        outcome.status === "failed" ? (outcome.error as { code: string }).code : outcome.status,
      );
      try {
        yield* device.readBytes();
      } catch (error) {
        found.push((error as { code: string }).code);
      }
      found.push(codeOf(() => device.write(filled(1))));
      return [...found, clockMonotonic()];
    });
    expect(codes).toEqual([...new Array(5).fill("ERR_SOLO5_DEVICE_GONE"), 1000]);
  });

  test("a buffer that was given away while its read waited costs neither the frame nor a turn", async () => {
    const here = station();
    here.arrive(1000, 1);
    here.arrive(1000, 2);
    const log = await run(here, function* (device) {
      const buffer = new Uint8Array(device.frameSizeMax);
      const first = spawn(() => device.read(buffer));
      const others = [spawn(() => device.readBytes()), spawn(() => device.readBytes())];
      yield* yieldNow();
      structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
      const outcome = yield* first.result();
      const got = yield* awaitAll(others);
      return {
        first: outcome.status === "failed" ? (outcome.error as { code: string }).code : outcome,
        others: got.map((other) => (other.status === "succeeded" ? other.value[0] : other)),
      };
    });
    expect(log).toEqual({ first: "ERR_SOLO5_OUT_OF_RANGE", others: [1, 2] });
  });
});

describe("a read that is wrong", () => {
  test.each([
    ["an offset behind the buffer", 2001, undefined, "ERR_SOLO5_OUT_OF_RANGE"],
    ["an offset before it", -1, undefined, "ERR_SOLO5_OUT_OF_RANGE"],
    ["a fraction", 0.5, undefined, "ERR_SOLO5_OUT_OF_RANGE"],
    ["NaN", Number.NaN, undefined, "ERR_SOLO5_OUT_OF_RANGE"],
    ["a size of -1", 0, -1, "ERR_SOLO5_OUT_OF_RANGE"],
    ["a size that leaves the buffer", 0, 2001, "ERR_SOLO5_OUT_OF_RANGE"],
    ["no bytes", 2000, 0, "ERR_SOLO5_BUFFER_TOO_SMALL"],
    ["one byte less than the longest frame", 0, 1513, "ERR_SOLO5_BUFFER_TOO_SMALL"],
    ["a rest that is one byte short", 487, undefined, "ERR_SOLO5_BUFFER_TOO_SMALL"],
    ["exactly enough", 486, 1514, "nothing thrown"],
  ])("is refused when it is called: %s", async (_, offset, size, code) => {
    const here = station();
    const got = await here.run([net("service")], function* (device) {
      return codeOf(() => device.read(new Uint8Array(2000), offset, size));
    });
    expect(got).toBe(code);
  });

  test.each([
    ["16-bit words", new Uint16Array(2000)],
    ["a DataView", new DataView(new ArrayBuffer(2000))],
    ["an array", new Array(2000).fill(0)],
    ["a string", "x".repeat(2000)],
    ["nothing", undefined],
    ["null", null],
  ])("is refused when its buffer is %s", async (_, buffer) => {
    const here = station();
    const codes = await here.run([net("service")], function* (device) {
      return [
        codeOf(() => device.read(buffer as never)),
        codeOf(() => device.write(buffer as never, 0, 60)),
      ];
    });
    expect(codes).toEqual(["ERR_SOLO5_INVALID_ARGUMENT", "ERR_SOLO5_INVALID_ARGUMENT"]);
    expect(here.sent).toEqual([]);
  });

  test("says what was wanted and got", async () => {
    const here = station();
    await here.run([net("service")], function* (device) {
      expect(() => device.read(new Uint8Array(100))).toThrow(
        'network device "service": read needs room for the longest frame, 1514 bytes (frameSizeMax), got 100 bytes',
      );
      expect(() => device.read(new Uint8Array(100), 60, 60)).toThrow(
        'network device "service": read: offset 60 and size 60 (bytes) are not inside the buffer of 100 bytes',
      );
    });
  });

  test("is one outside tasks, or in a run of another world", async () => {
    const here = station();
    const elsewhere = station();
    const device = connect("service", here.machine.solo5);
    const read = device.readBytes();
    expect(codeOf(() => [...read])).toBe("ERR_SOLO5_OUTSIDE_TASK");
    const failing = elsewhere.run([], () => read);
    await expect(failing).rejects.toMatchObject({
      code: "ERR_SOLO5_WRONG_WORLD",
      device: "service",
    });
    here.arrive(0, 4);
    expect((await here.run([], () => read))[0]).toBe(4);
  });
});

test("a device that was connected before serves one run after the other", async () => {
  const here = station();
  const device = connect("service", here.machine.solo5);
  const next = device.readBytes();
  for (let i = 0; i < 3; i++) {
    here.arrive(here.world.now + ms(1), i);
    expect((await here.run([], () => next))[0]).toBe(i);
  }
  device.close();
});
