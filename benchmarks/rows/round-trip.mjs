// One frame under way at a time: how long it takes, waking included. Wall time, the only row that can't do without.
import { LINK } from "../lib/link.mjs";
import { sample } from "../lib/measure.mjs";
import { isTest, say, withService } from "../lib/service.mjs";

export const row = {
  name: "round-trip",
  place: 14,
  title: "Round trip of one frame",
  unit: "ns, p50",
  onTap: true,
  figure: ({ p50 }) => p50,
  cases: [
    {
      name: "64 B",
      parameters: { count: 8000, warmUp: 2000, size: 64 },
      sides: ["c", "task"],
      goals: [{ side: "task", to: "c", atMost: 0.4, waitsFor: "adaptive spin" }],
    },
  ],
  partner: ({ size, count, warmUp }) => ({
    when: "after",
    words: ["echo", LINK.tap, size, count + warmUp, 1],
  }),
  sides: {
    c: { c: "echo", words: ({ count, warmUp }) => [LINK.tap, count, warmUp] },
    task: ({ count, warmUp }) =>
      withService(function* echo(service) {
        const frame = new Uint8Array(service.frameSizeMax);
        const next = service.read(frame);
        say("r");
        for (let left = count + warmUp; left > 0; ) {
          const size = yield* next;
          if (!isTest(frame, 0)) continue;
          service.write(frame, 0, size);
          left--;
        }
        return sample(0, count);
      }),
  },
};
