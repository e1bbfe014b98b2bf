// What each command does with a store, and what it prints.
import { print, type Suspended, world } from "miou-solo5";
import type { Command } from "./command-line.ts";
import { KvError } from "./errors.ts";
import type { Kv, KvReport } from "./kv.ts";
import { encodeUtf8 } from "./utf8.ts";

/** What a shell is told where there was nothing to get or to delete, or where something is wrong. */
export const STATUS_FAILED = 1;

/** Gives the status to exit with. @throws {KvError} */
export function* execute(store: Kv, command: Command): Generator<Suspended, number, void> {
  switch (command.name) {
    case "get": {
      const value = yield* store.get(command.key);
      if (value === null) return nothing(command.key);
      printLine(value);
      return 0;
    }
    case "set":
      yield* store.set(command.key, bytesOf(command.value));
      return 0;
    case "delete":
      return (yield* store.delete(command.key)) ? 0 : nothing(command.key);
    case "list":
      for (const [key, value] of yield* store.entries(command.prefix)) {
        print(`${key}\t`);
        printLine(value);
      }
      return 0;
    case "compact":
      yield* store.compact();
      return 0;
    case "check":
      return report(yield* store.check());
  }
}

function report(found: KvReport): number {
  const { keyCount, liveSize, pageSize, logPageCount, usedPageCount, livePageCount } = found;
  print(
    `${keyCount} keys, ${liveSize} bytes with their keys\n` +
      `${usedPageCount} of ${logPageCount} pages of ${pageSize} bytes used, ` +
      `${livePageCount} after a compaction; ${found.log - 1} compactions so far\n`,
  );
  for (const key of found.damagedKeys) print(`damaged: ${key}\n`);
  return found.damagedKeys.length === 0 ? 0 : STATUS_FAILED;
}

function nothing(key: string): number {
  print(`kv: there is no "${key}"\n`);
  return STATUS_FAILED;
}

/** Values are bytes, and printed as they are. */
function printLine(value: Uint8Array): void {
  world().consoleWrite(value);
  print("\n");
}

function bytesOf(text: string): Uint8Array {
  const bytes = encodeUtf8(text);
  if (bytes !== null) return bytes;
  throw new KvError("ERR_KV_INVALID_ARGUMENT", "the value has half of a surrogate pair");
}
