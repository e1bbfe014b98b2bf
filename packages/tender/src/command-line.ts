// Turns arguments into a command, or into everything that is wrong with them.

import { Attachments, DEVICE_OPTIONS } from "./attachments.ts";
import type { CommandLine } from "./command.ts";
import { quoted } from "./option-values.ts";
import { parseTapCommand } from "./tap-command-line.ts";

/** Words that stand in PROGRAM's place and mean a command of the tender's own. */
const SUBCOMMANDS: ReadonlyMap<string, (argv: readonly string[]) => CommandLine> = new Map([
  ["tap", parseTapCommand],
]);

/** Options that speak of no device. Each is a command by itself and wins over everything else. */
const CORE_OPTIONS: ReadonlyMap<string, "help" | "version"> = new Map([
  ["--help", "help"],
  ["-h", "help"],
  ["--version", "version"],
]);

/** Options of Solo5's own tenders that have no meaning here, with what has one instead. */
const SOLO5_OPTIONS: ReadonlyMap<string, string> = new Map([
  ["--mem", "memory is Node's: NODE_OPTIONS=--max-old-space-size=MEGABYTES"],
  ["--gdb", "to debug a program: NODE_OPTIONS=--inspect"],
]);

/**
 * Reads a command line, without the path of Node and of the tender.
 *
 * Options end at `--` or at the first argument that is none: PROGRAM. What follows is the
 * program's, whatever it looks like. Never throws, touches nothing outside.
 *
 * @see solo5-hvt(1) for the spelling of the options
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const subcommand = SUBCOMMANDS.get(argv[0] ?? "");
  if (subcommand !== undefined) return subcommand(argv.slice(1));

  const attachments = new Attachments();
  const faults: string[] = [];
  let debug = false;
  let index = 0;
  for (; index < argv.length; index++) {
    const argument = argv[index] ?? "";
    if (argument === "--") {
      index++;
      break;
    }
    if (!argument.startsWith("-") || argument === "-") break;
    const core = CORE_OPTIONS.get(argument);
    if (core !== undefined) return { kind: "command", command: { kind: core } };
    if (argument === "--debug") {
      debug = true;
      continue;
    }
    const fault = takeOption(attachments, argument);
    if (fault === undefined) continue;
    faults.push(fault.sentence);
    // `--block:disk disk.img`: the value went astray, and is not PROGRAM.
    if (fault.valueMissing && looksLikeValue(argv[index + 1])) index++;
  }

  const program = argv[index];
  if (program === undefined) {
    faults.push("PROGRAM is missing: solo5-node [OPTIONS] [--] PROGRAM [ARGS]");
  }
  const { devices, faults: deviceFaults } = attachments.finish();
  faults.push(...deviceFaults);
  if (program === undefined || faults.length > 0) {
    const sound = program === undefined ? { devices } : { devices, program };
    return { kind: "faults", faults, sound };
  }
  const command = { kind: "run", devices, program, arguments: argv.slice(index + 1) } as const;
  return { kind: "command", command: debug ? { ...command, debug } : command };
}

interface OptionFault {
  readonly sentence: string;
  /** Whether the next argument may be the value that this one lacks. */
  readonly valueMissing: boolean;
}

/** Notes one option of a device down, or says why it is none. */
function takeOption(attachments: Attachments, argument: string): OptionFault | undefined {
  const [, word = "", colon, name = "", equals, value = ""] =
    /^--([^:=]*)(?:(:)([^=]*))?(?:(=)(.*))?$/s.exec(argument) ?? [];
  const option = DEVICE_OPTIONS.find((candidate) => candidate.word === word);
  if (option === undefined) {
    const instead = SOLO5_OPTIONS.get(`--${word}`);
    const remedy = instead ?? "solo5-node --help lists them; the program's own go after PROGRAM";
    return { sentence: `${shown(argument)}: unknown option; ${remedy}`, valueMissing: false };
  }
  if (colon === undefined || equals === undefined) {
    const lacks = colon === undefined ? "names no device" : "has no value";
    const wanted = `--${word}:${name || "NAME"}=${value || option.value}`;
    return { sentence: `${shown(argument)}: ${lacks}; wanted is ${wanted}`, valueMissing: true };
  }
  option.take(attachments, shown(argument), name, value);
  return undefined;
}

function looksLikeValue(argument: string | undefined): boolean {
  return argument !== undefined && !argument.startsWith("-") && !/\.[mc]?[jt]s$/.test(argument);
}

/** An argument as it was typed, in quotes only where it would be hard to read without. */
function shown(argument: string): string {
  return /^[\x21-\x7e\u00a1-\uffff]+$/.test(argument) ? argument : quoted(argument);
}
