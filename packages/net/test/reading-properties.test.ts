// Whatever readers do, no frame is lost, none comes twice, and they come in order.
import { type Solo5, type Suspended, sleep, spawn, withTimeout } from "@miou-solo5/scheduler";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Net, net } from "../src/index.ts";
import { seed } from "./seed.ts";
import { filled, station, withoutBatches } from "./station.ts";

interface Reader {
  /** Nanoseconds before its first read, and between two. */
  readonly start: number;
  readonly pause: number;
  /** How long it waits for each frame; null for as long as it takes. */
  readonly patience: number | null;
  /** When its parent cancels it; null for never. */
  readonly cancelAt: number | null;
}

const time = fc.nat(40);
const reader: fc.Arbitrary<Reader> = fc.record({
  start: time,
  pause: fc.nat(3),
  patience: fc.option(fc.integer({ min: 1, max: 6 }), { freq: 2 }),
  cancelAt: fc.option(time, { freq: 2 }),
});

test.each([
  ["frame by frame", withoutBatches],
  ["in batches", (solo5: Solo5) => solo5],
])("readers that give up, are cancelled and come back: %s", async (_, variant) => {
  // Counted, so that the test notices when its scripts exercise nothing.
  const seen = { frames: 0, timeouts: 0, cancellations: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(reader, { maxLength: 6 }),
      fc.array(time, { maxLength: 60 }),
      async (readers, arrivals) => {
        const here = station();
        const got: number[] = [];
        arrivals
          .toSorted((a, b) => a - b)
          .forEach((at, number) => here.world.at(at, () => here.port.receive(filled(number))));

        function* read(device: Net, { start, pause, patience }: Reader) {
          const buffer = new Uint8Array(device.frameSizeMax);
          const next = device.read(buffer);
          yield* sleep(start);
          for (;;) {
            try {
              const size: number =
                patience === null ? yield* next : yield* withTimeout(patience, next);
              expect(size).toBe(60);
              got.push(buffer[0] ?? -1);
            } catch (error) {
              if ((error as { code?: string }).code !== "ERR_SOLO5_TIMEOUT") {
                seen.cancellations++;
                throw error;
              }
              seen.timeouts++;
            }
            if (pause > 0) yield* sleep(pause);
          }
        }
        function* cancelAt(device: Net, script: Reader): Generator<Suspended, void, void> {
          const task = spawn(() => read(device, script));
          yield* sleep(script.cancelAt ?? 60);
          yield* task.cancel();
        }

        await here.run(
          [net("service")],
          function* (device) {
            const parents = readers.map((script) => spawn(() => cancelAt(device, script)));
            for (const parent of parents) yield* parent;
            // What nobody took is still there, in order.
            yield* sleep(100);
            const next = device.readBytes();
            while (got.length < arrivals.length) {
              got.push((yield* withTimeout(10, next))[0] ?? -1);
            }
          },
          variant(here.machine.solo5),
        );
        seen.frames += got.length;
        expect(got).toEqual(arrivals.map((__, number) => number));
      },
    ),
    { seed, numRuns: 300 },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(300);
});
