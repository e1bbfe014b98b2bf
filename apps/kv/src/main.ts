// kv COMMAND
//
// A key-value store on the block device "store":
//
//   solo5-node --block:store=store.img -- dist/main.js set colour green

import { print, programArguments, run, world } from "miou-solo5";
import { type Command, CommandLineError, parseCommandLine, USAGE } from "./command-line.ts";
import { execute, STATUS_FAILED } from "./commands.ts";
import { KvError } from "./errors.ts";
import { kv } from "./open.ts";

/** What shells give for a wrong command line. */
const STATUS_USAGE = 2;

const command = readArguments(programArguments());
world().exit(command === null ? STATUS_USAGE : await main(command));

async function main(command: Command): Promise<number> {
  try {
    return await run([kv("store")], function* kvCommand(store) {
      const status = yield* execute(store, command);
      yield* store.close();
      return status;
    });
  } catch (error) {
    // A store that can't be opened is a device that could not be acquired.
    const cause = error instanceof KvError ? error : (error as { cause?: unknown }).cause;
    if (!(cause instanceof KvError)) throw error;
    print(`kv: ${cause.message}\n`);
    return STATUS_FAILED;
  }
}

function readArguments(words: readonly string[]): Command | null {
  try {
    return parseCommandLine(words);
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    print(`kv: ${error.message}\n${USAGE}`);
    return null;
  }
}
