// A worker that plays a scenario in Node's own engine, in a realm without anything of Node.
import { setImmediate as nextTurn } from "node:timers/promises";
import { createContext, runInContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";
import { BARE, startOf } from "./bare.mjs";

const { prelude, script, name, seeds, expression } = workerData;

/** The one thing beyond ES2023 that our types name. Node adds it to its own realm just so, where V8 is older. */
const DISPOSE = `
  if (Symbol.dispose === undefined) {
    Object.defineProperty(Symbol, "dispose", { value: Symbol("Symbol.dispose") });
  }
`;

// Promises of tests that need a host, which both engines refuse alike.
process.on("unhandledRejection", () => {});

function realm() {
  const context = createContext({});
  runInContext((workerData.isOld ? "" : DISPOSE) + BARE + prelude + script, context);
  return (code) => runInContext(code, context);
}

if (name !== null) {
  const evaluate = realm();
  for (const seed of seeds) {
    evaluate(`globalThis.progress = ${startOf(name, seed)}`);
    // What is to happen happens in microtasks; a few turns of the event loop let all of them run.
    for (let i = 0; i < 3; i++) await nextTurn();
    parentPort.postMessage(evaluate("JSON.stringify(progress)"));
  }
}
if (expression !== null) parentPort.postMessage(realm()(`String(${expression})`));
