// Forgets a star, then a child: what only `--debug` shows the place of.
import { run, sleep, spawn } from "miou-solo5";

await run([], function* main() {
  sleep(5);
  spawn(function* forgottenChild() {});
});
