// The words behind `main.js`.

export const USAGE = `usage: kv COMMAND
  get KEY          prints the value
  set KEY VALUE    sets it, durably
  delete KEY
  list [PREFIX]    prints keys and values, a tab between them, in the order of their bytes
  compact          gives up the room of what was overwritten or deleted
  check            reads everything, and tells how much room there is
`;

export type Command =
  | { readonly name: "get" | "delete"; readonly key: string }
  | { readonly name: "set"; readonly key: string; readonly value: string }
  | { readonly name: "list"; readonly prefix: string }
  | { readonly name: "compact" | "check" };

/** Thrown for words that are no command. */
export class CommandLineError extends Error {
  override readonly name = "CommandLineError";
  readonly code = "ERR_KV_COMMAND_LINE";
}

/** @throws {CommandLineError} */
export function parseCommandLine(words: readonly string[]): Command {
  const [name, first = "", second = ""] = words;
  const count = words.length - 1;
  switch (name) {
    case "get":
    case "delete":
      requireCount(name, count, 1, "KEY");
      return { name, key: first };
    case "set":
      requireCount(name, count, 2, "KEY VALUE");
      return { name, key: first, value: second };
    case "list":
      requireCount(name, Math.max(count, 1), 1, "[PREFIX]");
      return { name, prefix: first };
    case "compact":
    case "check":
      requireCount(name, count, 0, "");
      return { name };
    case undefined:
      throw new CommandLineError("a command is missing");
    default:
      throw new CommandLineError(`there is no command "${name}"`);
  }
}

function requireCount(name: string, count: number, wanted: number, words: string): void {
  if (count === wanted) return;
  const usage = words === "" ? "nothing" : words;
  throw new CommandLineError(`${name} wants ${usage}, got ${count} words`);
}
