// UDP echo by the sample app: the kernel's own UDP against it, 64 datagrams under way. The C side only swaps
// addresses; the sample is a server on a whole TCP/IP stack, which checks every header and checksum and queues each
// datagram for the task that echoes it.

import { tcpip } from "@miou-solo5/tcpip";
import { run } from "miou-solo5";
import { Echoed, serve } from "../../apps/echo-server/dist/index.js";
import { LINK } from "../lib/link.mjs";
import { cpuTime, sample } from "../lib/measure.mjs";
import { attach, say } from "../lib/service.mjs";

const LOAD = { count: 250_000, warmUp: 150_000, window: 64 };
const SIDES = ["c", "sample"];
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
      const echoed = new Watched(warmUp, warmUp + count);
      const end = new AbortController();
      echoed.onEnd = () => end.abort();
      try {
        await run(
          [tcpip({ device: "service", address: `${LINK.address}/24` })],
          function* echo(ip) {
            say("r");
            yield* serve(ip, echoed);
          },
          { solo5, signal: end.signal },
        );
      } catch (error) {
        if (error.code !== "ERR_SOLO5_CANCELLED") throw error;
      } finally {
        solo5.close();
      }
      if (echoed.datagrams !== warmUp + count) {
        throw new Error(`echoed ${echoed.datagrams} of ${warmUp + count}`);
      }
      return sample(echoed.cpu, count);
    },
  },
};

/** The sample's counts, which also look at the clock at the first and the last measured datagram. */
class Watched extends Echoed {
  cpu = 0;
  onEnd = () => {};
  #start = 0;

  constructor(from, to) {
    super();
    this.from = from;
    this.to = to;
  }

  countDatagram() {
    super.countDatagram();
    if (this.datagrams === this.from) this.#start = cpuTime();
    if (this.datagrams === this.to) {
      this.cpu = cpuTime() - this.#start;
      this.onEnd();
    }
  }
}
