// Sending: frames that the kernel takes and throws away, because no protocol wants them.
import { write } from "node:fs";
import { binary } from "../lib/compile.mjs";
import { LINK } from "../lib/link.mjs";
import { cpuTime, sample, timed, timedAsync } from "../lib/measure.mjs";
import { testFrame, withHandle, withService } from "../lib/service.mjs";

const LOAD = { count: 300_000, warmUp: 200_000 };
const BATCH = 64;
const SIDES = ["c", "task batch", "task", "batched", "single"];

export const row = {
  name: "send",
  place: 11,
  title: "Send frames",
  unit: "ns a frame",
  onTap: true,
  cases: [
    {
      name: "64 B",
      parameters: { ...LOAD, size: 64 },
      sides: [...SIDES, "fs"],
      goals: [
        { side: "task batch", to: "c", atMost: 1.15 },
        { side: "fs", to: "task", atLeast: 8 },
      ],
    },
    { name: "1500 B", parameters: { ...LOAD, size: 1500 }, sides: SIDES },
  ],
  sides: {
    c: { c: "send", words: ({ size, count, warmUp }) => [LINK.tap, size, count, warmUp] },
    /** `service.write(frame)`. */
    task: ({ size, count, warmUp }) =>
      withService(function* send(service) {
        const frame = testFrame(size);
        let start = 0;
        for (let i = 0; i < warmUp + count; i++) {
          if (i === warmUp) start = cpuTime();
          service.write(frame);
        }
        return sample(cpuTime() - start, count);
      }),
    /** `service.writeBatch(batch)`. */
    "task batch": ({ size, count, warmUp }) =>
      withService(function* send(service) {
        const batch = fillBatch(service.createBatch(BATCH), size);
        const work = (times) => {
          for (let left = times; left > 0; left -= BATCH) {
            service.writeBatch(batch, Math.min(BATCH, left));
          }
        };
        return timed(work, { count, warmUp });
      }),
    batched: ({ size, count, warmUp }) =>
      withHandle((solo5, handle) => {
        const slots = { bytes: new Uint8Array(BATCH * 1536), slotSize: 1536 };
        const batch = fillBatch({ ...slots, sizes: new Int32Array(BATCH) }, size);
        const work = (times) => {
          for (let left = times; left > 0; left -= BATCH) {
            solo5.netWriteBatch(handle, batch, Math.min(BATCH, left));
          }
        };
        return timed(work, { count, warmUp });
      }),
    single: ({ size, count, warmUp }) =>
      withHandle((solo5, handle) => {
        const frame = testFrame(size);
        const work = (times) => {
          for (let i = 0; i < times; i++) solo5.netWrite(handle, frame, 0, size);
        };
        return timed(work, { count, warmUp });
      }),
    fs: {
      prefix: () => [binary("with-tap"), LINK.tap],
      run: ({ size, count, warmUp }) => {
        const frame = testFrame(size);
        const work = (times) =>
          new Promise((resolve, reject) => {
            let left = times;
            write(4, frame, 0, size, null, function writeNext(error) {
              if (error !== null) return reject(error);
              if (--left <= 0) return resolve();
              write(4, frame, 0, size, null, writeNext);
            });
          });
        const less = (number) => Math.ceil(number / 15);
        return timedAsync(work, { count: less(count), warmUp: less(warmUp) });
      },
    },
  },
};

function fillBatch(batch, size) {
  const frame = testFrame(size);
  for (let i = 0; i < BATCH; i++) {
    batch.bytes.set(frame, i * batch.slotSize);
    batch.sizes[i] = size;
  }
  return batch;
}
