// Waits for a signal; what it does then is its first argument's choice.
import { ms, print, programArguments, run, runSync, shield, sleep } from "miou-solo5";

const [way] = programArguments();

function* main() {
  try {
    print("ready\n");
    yield* sleep(Infinity);
  } finally {
    if (way === "slow") yield* shield(sleep(ms(300)));
    if (way === "endless") {
      print("cleaning\n");
      yield* shield(sleep(Infinity));
    }
    if (way === "fails") nothing.at.all;
    print("cleaned up\n");
  }
}

function* blocks() {
  yield* sleep(ms(1));
  print("blocking\n");
  yield* sleep(Infinity);
}

if (way === "sync") runSync([], blocks);
else if (way === "run-then-sync") {
  await run([], function* first() {});
  runSync([], blocks);
} else if (way === "no-run") {
  process.stdout.write("ready\n");
  setInterval(() => {}, 1_000);
} else if (way === "after-run") {
  await run([], function* first() {});
  process.stdout.write("ready\n");
  setInterval(() => {}, 1_000);
} else if (way === "own-handler") {
  await run([], function* first() {});
  process.on("SIGINT", () => {
    process.stdout.write("mine\n");
    process.exit(3);
  });
  process.stdout.write("ready\n");
  setInterval(() => {}, 1_000);
} else if (way === "unawaited") run([], main);
else if (way === "goes-on") {
  await run([], main).catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 100));
  process.stdout.write("saved\n");
} else await run([], main);
