// Prints what it was given, and what it finds in process.argv.
import { print, programArguments, run } from "miou-solo5";

await run([], function* main() {
  print(`${JSON.stringify(programArguments())}\n`);
  print(`${JSON.stringify(process.argv.slice(2))}\n`);
});
