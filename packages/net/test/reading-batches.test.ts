// All frames that have come, at once.
import { type Operation, type Solo5, spawn } from "@miou-solo5/scheduler";
import { describe, expect, test } from "vitest";
import { type Net, net } from "../src/index.ts";
import { codeOf, filled, type Station, station, withoutBatches } from "./station.ts";

const WORLDS: readonly [string, (solo5: Solo5) => Solo5][] = [
  ["frame by frame", withoutBatches],
  ["in batches", (solo5) => solo5],
];

/** The frames that stand in the slots, each by its size and first byte. */
function standing({ received }: Net, count: number): string[] {
  const { bytes, slotSize, sizes } = received;
  return Array.from({ length: count }, (_, i) => `${sizes[i]}: ${bytes[i * slotSize]}`);
}

describe.each(WORLDS)("from a world that gives frames %s, readBatch", (_, variant) => {
  function run<T>(here: Station, main: (device: Net) => Operation<T>): Promise<T> {
    return here.run([net("service")], main, variant(here.machine.solo5));
  }

  test("gives whatever waits, whole and in order, without suspending", async () => {
    const here = station();
    here.port.receive(filled(1, 14));
    here.port.receive(filled(2, 1514));
    here.port.receive(filled(3, 60));
    const got = await run(here, function* (device) {
      const count = yield* device.readBatch();
      const { framesReceived, bytesReceived } = device.statistics();
      return { frames: standing(device, count), framesReceived, bytesReceived };
    });
    expect(got).toEqual({
      frames: ["14: 1", "1514: 2", "60: 3"],
      framesReceived: 3,
      bytesReceived: 1588,
    });
  });

  test("gives 64 at most, and the rest the next time", async () => {
    const here = station();
    for (let i = 0; i < 100; i++) here.port.receive(filled(i));
    const got = await run(here, function* (device) {
      const read = device.readBatch();
      const first = standing(device, yield* read);
      return [...first, ...standing(device, yield* read)];
    });
    expect(got).toEqual(Array.from({ length: 100 }, (_, i) => `60: ${i}`));
  });

  test("suspends until a frame comes", async () => {
    const here = station();
    here.arrive(5000, 7);
    const got = await run(here, function* (device) {
      return standing(device, yield* device.readBatch());
    });
    expect(got).toEqual(["60: 7"]);
  });

  test("gives what single reads have left, and leaves nothing to them", async () => {
    const here = station();
    for (let i = 0; i < 5; i++) here.port.receive(filled(i, 60 + i));
    here.arrive(1000, 9);
    const got = await run(here, function* (device) {
      const one = yield* device.readBytes();
      const frames = standing(device, yield* device.readBatch());
      const later = yield* device.readBytes();
      return [one[0], ...frames, later[0]];
    });
    expect(got).toEqual([0, "61: 1", "62: 2", "63: 3", "64: 4", 9]);
  });

  test("stands in line with other reads, and cancelled loses nothing", async () => {
    const here = station();
    here.arrive(1000, 1);
    here.arrive(2000, 2);
    const log: string[] = [];
    await run(here, function* (device) {
      const cancelled = spawn(() => device.readBatch());
      const first = spawn(function* () {
        log.push(`first ${(yield* device.readBytes())[0]}`);
      });
      const second = spawn(function* () {
        log.push(`second ${standing(device, yield* device.readBatch())}`);
      });
      yield* cancelled.cancel();
      yield* first;
      yield* second;
    });
    expect(log).toEqual(["first 1", "second 60: 2"]);
  });

  test("fails where the device is closed, before and while it waits", async () => {
    const here = station();
    const got = await run(here, function* (device) {
      const waiting = spawn(() => device.readBatch());
      const closer = spawn(function* () {
        device.close();
      });
      yield* closer;
      const outcome = yield* waiting.result();
      return [
        outcome.status === "failed" && (outcome.error as { code?: string }).code,
        codeOf(() => device.readBatch()),
      ];
    });
    expect(got).toEqual(["ERR_SOLO5_CLOSED", "ERR_SOLO5_CLOSED"]);
  });
});
