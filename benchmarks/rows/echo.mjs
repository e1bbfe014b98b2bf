// Echo: a partner keeps 64 frames under way; the side sends each back. Waiting and waking are in the figure.
import { read, write } from "node:fs";
import { binary } from "../lib/compile.mjs";
import { LINK } from "../lib/link.mjs";
import { cpuTime, sample } from "../lib/measure.mjs";
import { attach, isTest, say, withService } from "../lib/service.mjs";

const LOAD = { count: 250_000, warmUp: 150_000, window: 64 };
const SIDES = ["c", "task batch", "task", "batched", "single"];

export const row = {
  name: "echo",
  place: 12,
  title: "Echo frames, window 64",
  unit: "ns a frame",
  onTap: true,
  cases: [
    {
      name: "64 B",
      parameters: { ...LOAD, size: 64 },
      sides: SIDES,
      goals: [
        { side: "task batch", to: "c", atMost: 1.15 },
        { side: "task", to: "c", atMost: 1.25 },
      ],
    },
    {
      name: "64 B, fewer",
      parameters: { ...LOAD, count: 30_000, warmUp: 15_000, size: 64 },
      sides: ["task", "fs"],
      goals: [{ side: "fs", to: "task", atLeast: 8 }],
    },
    { name: "1500 B", parameters: { ...LOAD, size: 1500 }, sides: SIDES },
  ],
  partner: ({ size, count, warmUp, window }) => ({
    when: "after",
    words: ["echo", LINK.tap, size, count + warmUp, window],
  }),
  sides: {
    c: { c: "echo", words: ({ count, warmUp }) => [LINK.tap, count, warmUp] },
    /** Read one, write one. */
    task: (load) =>
      withService(function* echo(service) {
        const frame = new Uint8Array(service.frameSizeMax);
        const next = service.read(frame);
        const counted = new Counted(load);
        say("r");
        while (counted.goesOn()) {
          const size = yield* next;
          if (!isTest(frame, 0)) continue;
          service.write(frame, 0, size);
          counted.add(1);
        }
        return counted.sample();
      }),
    /** Read what is there, write it from the slots it stands in. */
    "task batch": (load) =>
      withService(function* echo(service) {
        const next = service.readBatch();
        const frames = service.received;
        const counted = new Counted(load);
        say("r");
        while (counted.goesOn()) {
          const count = yield* next;
          service.writeBatch(frames, count);
          counted.add(countTests(frames, count));
        }
        return counted.sample();
      }),
    /** The world's own batches, in the event loop: the slots that were read are those that are sent. */
    batched: (load) =>
      inLoop(load, (solo5, handle, counted) => {
        const slots = solo5.netReadSlots(handle);
        for (;;) {
          const count = solo5.netReadBatch(handle);
          if (count === 0) return;
          solo5.netWriteBatch(handle, slots, count);
          counted.add(count);
        }
      }),
    /** One call of the world a frame and direction. */
    single: (load) =>
      inLoop(load, (solo5, handle, counted) => {
        for (;;) {
          const size = solo5.netRead(handle, scratch, 0, scratch.length);
          if (size < 0) return;
          solo5.netWrite(handle, scratch, 0, size);
          counted.add(1);
        }
      }),
    fs: {
      prefix: () => [binary("with-tap"), LINK.tap],
      run: (load) =>
        new Promise((resolve, reject) => {
          const counted = new Counted(load);
          const frame = new Uint8Array(1514);
          const failed = (error) => {
            if (error !== null) reject(error);
            return error !== null;
          };
          const readNext = () => {
            if (!counted.goesOn()) return resolve(counted.sample());
            read(4, frame, 0, frame.length, null, (error, size) => {
              if (failed(error)) return;
              write(4, frame, 0, size, null, (fault) => {
                if (failed(fault)) return;
                counted.add(1);
                readNext();
              });
            });
          };
          readNext();
          say("r");
        }),
    },
  },
};

const scratch = new Uint8Array(1514);

function countTests({ bytes, slotSize }, count) {
  let tests = 0;
  for (let i = 0; i < count; i++) if (isTest(bytes, i * slotSize)) tests++;
  return tests;
}

/** Calls `drain` whenever there is input, until enough has been echoed. */
function inLoop(load, drain) {
  const solo5 = attach();
  const { handle } = solo5.netAcquire("service");
  const counted = new Counted(load);
  const { promise, resolve } = withResolvers();
  const wake = () => {
    drain(solo5, handle, counted);
    if (counted.goesOn()) return void solo5.wait(Infinity, wake);
    solo5.close();
    resolve(counted.sample());
  };
  solo5.wait(Infinity, wake);
  say("r");
  return promise;
}

function withResolvers() {
  const parts = {};
  parts.promise = new Promise((resolve) => {
    parts.resolve = resolve;
  });
  return parts;
}

/** Counts frames; measures from the end of the warm-up on. */
class Counted {
  #count = 0;
  #start = 0;
  #end = 0;

  constructor({ count, warmUp }) {
    this.warmUp = warmUp;
    this.last = warmUp + count;
    this.#start = cpuTime();
    this.from = 0;
  }

  add(count) {
    const before = this.#count;
    this.#count += count;
    if (before < this.warmUp && this.#count >= this.warmUp) {
      this.#start = cpuTime();
      this.from = this.#count;
    }
    if (this.#count >= this.last) this.#end = cpuTime();
  }

  goesOn() {
    return this.#count < this.last;
  }

  sample() {
    return sample(this.#end - this.#start, this.last - this.from);
  }
}
