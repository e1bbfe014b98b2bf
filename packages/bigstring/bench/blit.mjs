// What a blit costs beside each single strategy, by size: `node packages/bigstring/bench/blit.mjs`
// after a build. Medians of interleaved rounds in ns a call; compare figures of one run only.
//
// `pairs` arrays take turns (default 2, as a frame's slot and a program's buffer do; 8 and more do not
// fit the view cache), half of them Buffers unless `--plain`, so that call sites are polymorphic as
// in a real program. Every strategy has blit's own signature and does the same job, but only blit
// checks ranges, and only blit and memmove care about overlap.
import { blit } from "../dist/index.js";

const argument = (name, fallback) =>
  Number(process.argv.find((given) => given.startsWith(`--${name}=`))?.split("=")[1] ?? fallback);
const pairCount = argument("pairs", 2);
const roundCount = argument("rounds", 9);
const plain = process.argv.includes("--plain");

const views = new WeakMap();
function wordsOf(array) {
  let view = views.get(array);
  if (view === undefined) {
    view = new Int32Array(array.buffer, array.byteOffset, array.length >> 2);
    views.set(array, view);
  }
  return view;
}

const strategies = {
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
  // Aligned offsets only; its views come from a WeakMap.
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

const ARRAY_SIZE = 72 * 1024;
const array = (index) =>
  plain || index % 2 === 0 ? new Uint8Array(ARRAY_SIZE) : Buffer.alloc(ARRAY_SIZE);
const pairs = Array.from({ length: pairCount }, (_, i) => [array(i), array(i >> 1)]);

function nanosecondsPerCall(move, size) {
  const callCount = Math.max(500, Math.min(50_000, Math.floor(4_000_000 / size)));
  let start = 0n;
  for (let call = -200; call < callCount; call++) {
    if (call === 0) start = process.hrtime.bigint();
    const [source, target] = pairs[(call + 200) % pairCount];
    move(source, (call & 15) * 4, target, (call & 7) * 4, size);
  }
  return Number(process.hrtime.bigint() - start) / callCount;
}

const names = Object.keys(strategies);
const median = (figures) => figures.toSorted((a, b) => a - b)[figures.length >> 1];
const row = (cells) => cells.map((cell) => String(cell).padStart(14)).join("");

console.log(row(["size", ...names, "of best", "of set(sub)"]));
for (const size of [8, 16, 32, 48, 64, 96, 128, 256, 512, 1514, 4096, 16384, 65536]) {
  const figures = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < roundCount; round++) {
    for (const name of names) figures[name].push(nanosecondsPerCall(strategies[name], size));
  }
  const medians = Object.fromEntries(names.map((name) => [name, median(figures[name])]));
  const best = Math.min(...names.slice(1).map((name) => medians[name]));
  const ratios = [medians.blit / best, medians.blit / medians["set(subarray)"]];
  console.log(
    row([
      size,
      ...names.map((name) => medians[name].toFixed(1)),
      ...ratios.map((r) => r.toFixed(2)),
    ]),
  );
}
