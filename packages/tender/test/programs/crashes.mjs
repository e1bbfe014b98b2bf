// Crashes in the way that its first argument says.
import { programArguments, run, spawn, yieldNow } from "miou-solo5";

const ways = {
  *task() {
    const child = spawn(function* worker() {
      yield* yieldNow();
      throw new RangeError("the worker's own");
    });
    yield* child;
  },
  *main() {
    throw new TypeError("main's own", { cause: new Error("deep down") });
  },
  *forgotten() {
    spawn(function* forgottenChild() {});
  },
};
const [way] = programArguments();
if (way === "top") throw new Error("the top level's own");
else if (way === "timer") setTimeout(() => nothing.at.all, 1);
else if (way === "rejection") Promise.reject(new Error("nobody looked"));
else if (way === "not-an-error") throw "a string";
else if (way === "unawaited") run([], ways.main);
else await run([], ways[way]);
