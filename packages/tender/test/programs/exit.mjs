// Ends by Solo5's own exit, with the status that its first argument says.
import { programArguments, run, world } from "miou-solo5";

await run([], function* main() {
  world().exit(Number(programArguments()[0]));
});
