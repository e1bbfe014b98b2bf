// Receiving: a partner fills the TAP's queue, then the side empties it. No waiting is in the figure, so nothing but the
// price of a frame is.
import { read } from "node:fs";
import { binary } from "../lib/compile.mjs";
import { LINK } from "../lib/link.mjs";
import { cpuTime, sample } from "../lib/measure.mjs";
import { hear, say, withHandle, withService } from "../lib/service.mjs";

const BURST = 768;
const LOAD = { burst: BURST, bursts: 400, warmUp: 300 };
const SIDES = ["c", "task batch", "task", "batched", "single"];

export const row = {
  name: "receive",
  place: 10,
  title: "Receive frames",
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
  partner: ({ size, burst }) => ({ when: "turns", words: ["fill", LINK.tap, size, burst] }),
  sides: {
    c: {
      c: "receive",
      words: ({ burst, bursts, warmUp }) => [LINK.tap, burst, bursts, warmUp],
    },
    /** `yield* service.readBatch()`. */
    "task batch": (load) =>
      withService(function* receive(service) {
        const next = service.readBatch();
        const turns = new Turns(load);
        while (turns.begin()) {
          for (let left = load.burst; left > 0; ) left -= yield* next;
          turns.end();
        }
        return turns.sample();
      }),
    /** `yield* service.read(frame)`. */
    task: (load) =>
      withService(function* receive(service) {
        const frame = new Uint8Array(service.frameSizeMax);
        const next = service.read(frame);
        const turns = new Turns(load);
        while (turns.begin()) {
          for (let i = 0; i < load.burst; i++) yield* next;
          turns.end();
        }
        return turns.sample();
      }),
    /** The world's own batches, without scheduler and without a copy. */
    batched: (load) =>
      withHandle((solo5, handle) => {
        solo5.netReadSlots(handle);
        const turns = new Turns(load);
        while (turns.begin()) {
          for (let left = load.burst; left > 0; ) left -= solo5.netReadBatch(handle);
          turns.end();
        }
        return turns.sample();
      }),
    /** One call of the world a frame. */
    single: (load) =>
      withHandle((solo5, handle, { mtu }) => {
        const frame = new Uint8Array(mtu + 14);
        const turns = new Turns(load);
        while (turns.begin()) {
          for (let left = load.burst; left > 0; ) {
            if (solo5.netRead(handle, frame, 0, frame.length) > 0) left--;
          }
          turns.end();
        }
        return turns.sample();
      }),
    /** `fs.read` of the same descriptor, one call after the other: it can't know how many frames wait. */
    fs: {
      prefix: () => [binary("with-tap"), LINK.tap],
      run: async (load) => {
        const frame = new Uint8Array(1514);
        const turns = new Turns({ ...load, bursts: Math.ceil(load.bursts / 10), warmUp: 4 });
        while (turns.begin()) {
          await new Promise((resolve, reject) => {
            let left = load.burst;
            read(4, frame, 0, frame.length, null, function readNext(error) {
              if (error !== null) return reject(error);
              if (--left === 0) return resolve();
              read(4, frame, 0, frame.length, null, readNext);
            });
          });
          turns.end();
        }
        return turns.sample();
      },
    },
  },
};

/** The bursts: filled by the partner, then measured. */
class Turns {
  #count = 0;
  #cpu = 0;
  #start = 0;

  constructor({ burst, bursts, warmUp }) {
    this.burst = burst;
    this.bursts = bursts;
    this.warmUp = warmUp;
  }

  begin() {
    if (this.#count === this.warmUp + this.bursts) return false;
    say("f");
    hear();
    this.#start = cpuTime();
    return true;
  }

  end() {
    const cpu = cpuTime() - this.#start;
    if (this.#count++ >= this.warmUp) this.#cpu += cpu;
  }

  sample() {
    return sample(this.#cpu, this.bursts * this.burst);
  }
}
