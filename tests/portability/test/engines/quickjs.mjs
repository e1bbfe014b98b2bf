// A worker that plays a scenario in QuickJS-NG, compiled to WebAssembly: an interpreter that shares nothing with Node's
// engine.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { MAX_STACK_SIZE, QuickJS } from "quickjs-wasi";
import { BARE, startOf } from "./bare.mjs";

const { prelude, script, name, seeds, expression } = workerData;
const wasm = new WebAssembly.Module(
  readFileSync(createRequire(import.meta.url).resolve("quickjs-wasi/quickjs.wasm")),
);

async function withEngine(act) {
  // Room for about 2,200 calls or 960 nested `yield*`, which is what a guest's engine has.
  const vm = await QuickJS.create({ wasm, maxStackSize: MAX_STACK_SIZE });
  try {
    const evaluate = (code) => vm.evalCode(code).consume((value) => value.toString());
    evaluate(BARE + prelude + script);
    return act(evaluate, () => vm.executePendingJobs());
  } finally {
    vm.dispose();
  }
}

if (name !== null) {
  await withEngine((evaluate, settle) => {
    for (const seed of seeds) {
      evaluate(`globalThis.progress = ${startOf(name, seed)}`);
      settle();
      parentPort.postMessage(evaluate("JSON.stringify(progress)"));
    }
  });
}
if (expression !== null) {
  parentPort.postMessage(await withEngine((evaluate) => evaluate(`String(${expression})`)));
}
