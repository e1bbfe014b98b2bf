// Tasks that write without end, each its own two keys together, and say what was acknowledged.
import { awaitAll, print, run, spawn } from "miou-solo5";
import { decodeUtf8, encodeUtf8, kv } from "../../dist/index.js";

const TASK_COUNT = 3;

print("opening\n");
await run([kv("store")], function* (store) {
  print("open\n");
  function* writer(task) {
    const [left, right] = [`${task}/left`, `${task}/right`];
    const found = yield* store.get(left);
    for (let count = found === null ? 1 : parseInt(decodeUtf8(found), 10) + 1; ; count++) {
      // Of a size of its own, so that batches end everywhere in a page.
      const value = encodeUtf8(`${count} ${"x".repeat((count * 37) % 900)}`);
      yield* store.write([
        [left, value],
        [right, value],
      ]);
      print(`${task} ${count}\n`);
    }
  }
  const tasks = Array.from({ length: TASK_COUNT }, (_, task) => spawn(() => writer(task)));
  yield* awaitAll(tasks);
});
