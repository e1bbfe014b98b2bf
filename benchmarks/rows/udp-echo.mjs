// UDP echo by the sample app: the kernel's own UDP against it, 64 datagrams under way. The C side only swaps
// addresses; the sample parses and checks every header, the checksums included.

import { net, run } from "miou-solo5";
import { parsePlace, Responder, serve } from "../../apps/echo-server/dist/index.js";
import { LINK } from "../lib/link.mjs";
import { cpuTime, sample } from "../lib/measure.mjs";
import { attach, say } from "../lib/service.mjs";

const LOAD = { count: 250_000, warmUp: 150_000, window: 64 };
const SIDES = ["c", "sample", "batched"];
const GOALS = [{ side: "sample", to: "c", atMost: 1.3 }];

export const row = {
  name: "udp-echo",
  place: 13,
  title: "UDP echo by the sample, window 64",
  unit: "ns a frame",
  onTap: true,
  cases: [
    { name: "64 B", parameters: { ...LOAD, size: 64 }, sides: SIDES, goals: GOALS },
    { name: "1500 B", parameters: { ...LOAD, size: 1500 }, sides: SIDES },
  ],
  partner: ({ size, count, warmUp, window }) => ({
    when: "after",
    words: ["udp", LINK.address, size, count + warmUp, window],
  }),
  sides: {
    c: { c: "echo", words: ({ count, warmUp }) => [LINK.tap, count, warmUp, "udp"] },
    sample: async ({ count, warmUp }) => {
      const solo5 = attach();
      const responder = new Watched(parsePlace(`${LINK.address}/24`), warmUp, warmUp + count);
      const end = new AbortController();
      responder.onEnd = () => end.abort();
      try {
        await run(
          [net("service")],
          function* echo(service) {
            say("r");
            yield* serve(service, responder);
          },
          { solo5, signal: end.signal },
        );
      } catch (error) {
        if (error.code !== "ERR_SOLO5_CANCELLED") throw error;
      } finally {
        solo5.close();
      }
      const { dropped, udp } = responder.counters;
      if (udp !== warmUp + count) {
        throw new Error(`answered ${udp} of ${warmUp + count}: ${JSON.stringify(dropped)}`);
      }
      return sample(responder.cpu, count);
    },
    /** The sample's responder on the world's own batches: what a program could reach that is not written frame by frame. */
    batched: ({ count, warmUp }) =>
      new Promise((resolve) => {
        const solo5 = attach();
        const { handle } = solo5.netAcquire("service");
        const { bytes, slotSize, sizes } = solo5.netReadSlots(handle);
        const replies = { bytes: new Uint8Array(bytes.length), slotSize, sizes: sizes.slice() };
        const frames = Array.from(sizes, (_, i) =>
          bytes.subarray(i * slotSize, (i + 1) * slotSize),
        );
        const slots = Array.from(sizes, (_, i) =>
          replies.bytes.subarray(i * slotSize, (i + 1) * slotSize),
        );
        const responder = new Watched(parsePlace(`${LINK.address}/24`), warmUp, warmUp + count);
        let isOver = false;
        responder.onEnd = () => {
          isOver = true;
        };
        const wake = () => {
          for (;;) {
            const came = solo5.netReadBatch(handle);
            let answers = 0;
            for (let i = 0; i < came; i++) {
              const size = responder.respond(frames[i], sizes[i], slots[answers]);
              if (size > 0) replies.sizes[answers++] = size;
            }
            if (answers > 0) solo5.netWriteBatch(handle, replies, answers);
            if (came === 0) break;
          }
          if (!isOver) return void solo5.wait(Infinity, wake);
          solo5.close();
          resolve(sample(responder.cpu, count));
        };
        solo5.wait(Infinity, wake);
        say("r");
      }),
  },
};

/** The sample's responder, which also looks at the clock at the first and the last measured frame. */
class Watched extends Responder {
  cpu = 0;
  onEnd = () => {};
  #start = 0;

  constructor(place, from, to) {
    super(
      Uint8Array.from(LINK.mac.split(":"), (byte) => Number.parseInt(byte, 16)),
      place,
    );
    this.from = from;
    this.to = to;
  }

  respond(frame, size, reply) {
    const replySize = super.respond(frame, size, reply);
    const { udp } = this.counters;
    if (udp === this.from && this.#start === 0) this.#start = cpuTime();
    if (udp === this.to && this.cpu === 0) {
      this.cpu = cpuTime() - this.#start;
      this.onEnd();
    }
    return replySize;
  }
}
