// Pages that are in the kernel's cache, one after the other in an order that no read-ahead follows.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { block, run } from "miou-solo5";
import { host } from "miou-solo5/host";
import { timed } from "../lib/measure.mjs";

const PAGE = 4096;
const PAGE_COUNT = 4096;
const LOAD = { count: 150_000, warmUp: 40_000 };
const SIDES = ["c", "atomic", "fs sync"];

let folder;

export const row = {
  name: "pages",
  place: 20,
  title: "Cached page of 4 KiB",
  unit: "ns a page",
  cases: [
    {
      name: "read",
      parameters: { ...LOAD, verb: "read" },
      sides: SIDES,
      goals: [{ side: "atomic", to: "c", atMost: 1.35 }],
    },
    {
      name: "write",
      parameters: { ...LOAD, verb: "write" },
      sides: SIDES,
      goals: [{ side: "atomic", to: "c", atMost: 1.2 }],
    },
  ],
  /** Makes the file that all sides use. */
  open: () => {
    folder = mkdtempSync(join(tmpdir(), "miou-solo5-pages-"));
    const path = join(folder, "disk");
    const file = openSync(path, "w");
    const page = new Uint8Array(PAGE).fill(1);
    for (let i = 0; i < PAGE_COUNT; i++) writeSync(file, page, 0, PAGE, i * PAGE);
    closeSync(file);
    return { path };
  },
  close: () => rmSync(folder, { recursive: true, force: true }),
  sides: {
    c: {
      c: "pages",
      words: ({ path, verb, count, warmUp }) => [path, verb, count, warmUp],
    },
    /** `disk.atomicRead`, `disk.atomicWrite`. */
    atomic: ({ path, verb, ...load }) => {
      const solo5 = host({ block: { disk: { path, blockSize: PAGE } } });
      const main = function* pages(disk) {
        const page = new Uint8Array(PAGE);
        const positions = inDisorder();
        return timed((times) => {
          if (verb === "read") {
            for (let i = 0; i < times; i++) disk.atomicRead(positions.next(), page);
          } else {
            for (let i = 0; i < times; i++) disk.atomicWrite(positions.next(), page);
          }
        }, load);
      };
      return run([block("disk")], main, { solo5 }).finally(() => solo5.close());
    },
    "fs sync": ({ path, verb, ...load }) => {
      const file = openSync(path, "r+");
      const page = new Uint8Array(PAGE);
      const positions = inDisorder();
      const move = verb === "read" ? readSync : writeSync;
      return timed((times) => {
        for (let i = 0; i < times; i++) move(file, page, 0, PAGE, positions.next());
      }, load);
    },
  },
};

/** The positions in the order in which the C side takes them. */
function inDisorder() {
  let state = 1;
  return {
    next: () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return ((state >>> 8) % PAGE_COUNT) * PAGE;
    },
  };
}
