// Copying bytes between two buffers, by size, against every single way to do it. As in a program, some of the arrays
// are Buffers, offsets change, and other sizes have been copied at the same place before.
import { blit } from "miou-solo5";
import { cpuTime, sample } from "../lib/measure.mjs";

const SIZES = [8, 16, 32, 64, 128, 256, 1024, 1514, 4096, 16_384, 65_536];
const SINGLE = ["set(subarray)", "set(new view)", "byte loop", "int32 loop", "Buffer.copy"];
const BYTES = 160_000_000;
const ARRAY_SIZE = 72 * 1024;

const views = new WeakMap();

const copies = {
  blit,
  "set(subarray)": (source, sourceOffset, target, targetOffset, size) => {
    target.set(source.subarray(sourceOffset, sourceOffset + size), targetOffset);
  },
  "set(new view)": (source, sourceOffset, target, targetOffset, size) => {
    const view = new Uint8Array(source.buffer, source.byteOffset + sourceOffset, size);
    target.set(view, targetOffset);
  },
  "byte loop": (source, sourceOffset, target, targetOffset, size) => {
    for (let i = 0; i < size; i++) target[targetOffset + i] = source[sourceOffset + i];
  },
  /** Aligned offsets only. */
  "int32 loop": (source, sourceOffset, target, targetOffset, size) => {
    const from = wordsOf(source);
    const to = wordsOf(target);
    const fromIndex = sourceOffset >> 2;
    const toIndex = targetOffset >> 2;
    for (let i = 0; i < size >> 2; i++) to[toIndex + i] = from[fromIndex + i];
  },
  "Buffer.copy": (source, sourceOffset, target, targetOffset, size) => {
    Buffer.prototype.copy.call(source, target, targetOffset, sourceOffset, sourceOffset + size);
  },
};

export const row = {
  name: "blit",
  place: 50,
  title: "Copy of bytes",
  unit: "ns a copy",
  cases: SIZES.map((size) => ({
    name: `${size.toLocaleString("en-US")} B`,
    parameters: { size, count: Math.round(Math.min(2_000_000, BYTES / size)) },
    sides: ["blit", ...SINGLE],
    goals: [
      { side: "blit", to: SINGLE, atMost: 1.15 },
      ...(size <= 64 ? [{ side: "set(subarray)", to: "blit", atLeast: 2 }] : []),
    ],
  })),
  sides: Object.fromEntries(
    Object.entries(copies).map(([name, copy]) => [name, (load) => measure(copy, load)]),
  ),
};

function measure(copy, { size, count }) {
  const pairs = [
    [new Uint8Array(ARRAY_SIZE), Buffer.alloc(ARRAY_SIZE)],
    [Buffer.alloc(ARRAY_SIZE), new Uint8Array(ARRAY_SIZE)],
  ];
  const work = (bytes, times) => {
    for (let i = 0; i < times; i++) {
      const [source, target] = pairs[i & 1];
      copy(source, (i & 15) * 4, target, (i & 7) * 4, bytes);
    }
  };
  for (const other of SIZES) work(other, Math.min(20_000, Math.ceil(4_000_000 / other)));
  work(size, Math.ceil(count / 4));
  const start = cpuTime();
  work(size, count);
  return sample(cpuTime() - start, count);
}

function wordsOf(array) {
  let view = views.get(array);
  if (view === undefined) {
    view = new Int32Array(array.buffer, array.byteOffset, array.length >> 2);
    views.set(array, view);
  }
  return view;
}
