// The arguments of `solo5-node tap create` and `solo5-node tap delete`.

import type { Command, CommandLine } from "./command.ts";
import { quoted, type Reading, readAddress, readInterfaceName, readMtu } from "./option-values.ts";

const CREATE = "solo5-node tap create IFACE [ADDRESS/PREFIX] [--mtu N] [--user U]";
const DELETE = "solo5-node tap delete IFACE";

/** Reads what follows `tap`. As `parseCommandLine`: never throws, and finds all faults at once. */
export function parseTapCommand(argv: readonly string[]): CommandLine {
  const [action, ...rest] = argv;
  if (rest.concat(action ?? []).some((argument) => argument === "--help" || argument === "-h")) {
    return { kind: "command", command: { kind: "help" } };
  }
  if (action === "create") return parseCreate(rest);
  if (action === "delete") return parseDelete(rest);
  const got = action === undefined ? "is missing" : `can't be ${quoted(action)}`;
  return faulty([`tap: what to do ${got}; wanted is one of\n    ${CREATE}\n    ${DELETE}`]);
}

function parseCreate(argv: readonly string[]): CommandLine {
  const faults: string[] = [];
  const { words, values } = split(argv, ["--mtu", "--user"], faults);
  const [name, address, ...tooMany] = words;
  if (name === undefined) faults.push(`tap create: IFACE is missing: ${CREATE}`);
  else check(readInterfaceName(name), faults);
  if (address !== undefined) check(readAddress(address), faults);
  for (const word of tooMany) faults.push(`${quoted(word)}: one argument too many: ${CREATE}`);
  const mtuText = values.get("--mtu");
  const mtu = mtuText === undefined ? undefined : check(readMtu(mtuText), faults, "--mtu: ");
  const user = values.get("--user");
  if (user === "") faults.push("--user: a user's name or number is missing");
  if (name === undefined || faults.length > 0) return faulty(faults);
  return sound({
    kind: "tap-create",
    name,
    ...(address === undefined ? {} : { address }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(user === undefined ? {} : { user }),
  });
}

function parseDelete(argv: readonly string[]): CommandLine {
  const faults: string[] = [];
  const { words } = split(argv, [], faults);
  const [name, ...tooMany] = words;
  if (name === undefined) faults.push(`tap delete: IFACE is missing: ${DELETE}`);
  else check(readInterfaceName(name), faults);
  for (const word of tooMany) faults.push(`${quoted(word)}: one argument too many: ${DELETE}`);
  if (name === undefined || faults.length > 0) return faulty(faults);
  return sound({ kind: "tap-delete", name });
}

/** Parts words from options; an option's value follows it, after a blank or `=`. */
function split(
  argv: readonly string[],
  options: readonly string[],
  faults: string[],
): { readonly words: readonly string[]; readonly values: ReadonlyMap<string, string> } {
  const words: string[] = [];
  const values = new Map<string, string>();
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? "";
    const equals = argument.indexOf("=");
    const option = equals < 0 ? argument : argument.slice(0, equals);
    if (!argument.startsWith("-")) {
      words.push(argument);
    } else if (!options.includes(option)) {
      faults.push(`${quoted(argument)}: unknown option; solo5-node --help lists them`);
    } else if (values.has(option)) {
      faults.push(`${option}: given twice`);
      if (equals < 0) index++;
    } else {
      const value = equals < 0 ? argv[++index] : argument.slice(equals + 1);
      if (value === undefined) faults.push(`${option}: its value is missing`);
      else values.set(option, value);
    }
  }
  return { words, values };
}

function check<T>(reading: Reading<T>, faults: string[], at = ""): T | undefined {
  if (reading.kind === "value") return reading.value;
  faults.push(at + reading.fault);
  return undefined;
}

function sound(command: Command): CommandLine {
  return { kind: "command", command };
}

function faulty(faults: readonly string[]): CommandLine {
  return { kind: "faults", faults, sound: { devices: [] } };
}
