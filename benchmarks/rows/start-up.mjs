// From the start of the process to its end: a program that imports the umbrella, attaches a TAP and reads one frame,
// against an empty one. A partner sends a frame every 200 us.
import { fileURLToPath } from "node:url";
import { binary } from "../lib/compile.mjs";
import { LINK } from "../lib/link.mjs";

const program = (file) => fileURLToPath(new URL(`../lib/${file}`, import.meta.url));

export const row = {
  name: "start-up",
  place: 60,
  title: "Start to first frame",
  unit: "ns CPU",
  onTap: true,
  cases: [
    {
      name: "one process",
      parameters: {},
      sides: ["miou-solo5", "bare Node"],
      goals: [{ side: "miou-solo5", to: "bare Node", atMost: 1.5 }],
    },
  ],
  partner: () => ({ when: "before", words: ["trickle", LINK.tap] }),
  sides: {
    "miou-solo5": { command: () => started("first-frame.mjs") },
    "bare Node": { command: () => started("nothing.mjs") },
  },
};

function started(file) {
  return [binary("usage"), process.execPath, program(file), LINK.tap];
}
