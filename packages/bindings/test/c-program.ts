// Builds the C library together with a program of native/test, and runs it under valgrind.
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "vitest";

const NATIVE = fileURLToPath(new URL("../native/", import.meta.url));
/** The system calls that a program puts its own in place of. */
const WRAPPED = {
  "host-test": [
    ...["s5_io_pread", "s5_io_pwrite", "s5_io_read", "s5_io_write"],
    ...["write", "getrandom", "fdatasync", "epoll_wait", "ioctl"],
  ],
  "parse-fuzz": ["sendto", "recv", "ioctl", "open"],
};
const SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

export interface CProgramOptions {
  /** With the address and undefined-behaviour sanitizers. They and valgrind exclude each other. Default: true. */
  readonly sanitized?: boolean;
  /** A change of the library that a test must notice: file of native/host, text in it, and what stands there instead. */
  readonly mutation?: readonly [file: string, text: string, replacement: string];
}

/** Builds a program into a folder of its own inside of `folder`, and gives its path. */
export function buildC(
  folder: string,
  program: keyof typeof WRAPPED,
  { sanitized = true, mutation }: CProgramOptions = {},
): string {
  const place = mkdtempSync(join(folder, `${program}-`));
  cpSync(join(NATIVE, "host"), join(place, "host"), { recursive: true });
  cpSync(join(NATIVE, "test"), join(place, "test"), { recursive: true });
  if (mutation !== undefined) {
    const [file, text, replacement] = mutation;
    const path = join(place, "host", file);
    const source = readFileSync(path, "utf8");
    const [before, after, ...more] = source.split(text);
    if (after === undefined || more.length > 0) throw new Error(`${file} has no one ${text}`);
    writeFileSync(path, `${before}${replacement}${after}`);
  }
  const host = readdirSync(join(place, "host")).filter((name) => name.endsWith(".c"));
  const sources = [...host.map((name) => `host/${name}`), `test/${program}.c`];
  const output = join(place, program);
  execFileSync(process.env["CXX"] ?? "g++", [
    ...["-std=c11", "-g", sanitized ? "-O1" : "-O0", "-Wall", "-Wextra", "-Werror"],
    ...(sanitized ? SANITIZERS : []),
    ...WRAPPED[program].map((name) => `-Wl,--wrap=${name}`),
    // The driver of C++ forgets `-x c` after one file.
    ...sources.flatMap((name) => ["-x", "c", join(place, name)]),
    ...["-lpthread", "-o", output],
  ]);
  return output;
}

const VALGRIND = ["--quiet", "--error-exitcode=99", "--track-fds=yes", "--leak-check=full"];

/**
 * The command line that runs `program` under valgrind. Any fault, a lost byte included, ends it with status 99.
 *
 * `kept`: what the C library keeps for itself until the end, such as its modules for lists of users, is no fault.
 */
export function underValgrind(
  program: string,
  words: readonly string[],
  kept = false,
): [string, ...string[]] {
  const kinds = kept ? "definite,indirect,possible" : "all";
  const leaks = [`--show-leak-kinds=${kinds}`, `--errors-for-leak-kinds=${kinds}`];
  return ["valgrind", ...VALGRIND, ...leaks, program, ...words];
}

/** The descriptors that the program opened and left, as valgrind lists them at its end. */
export function leftOpen(errors: string): string[] {
  const plain = errors.replaceAll(/^==\d+== ?/gm, "");
  const open = plain.match(/^Open .*\n(?: .*\n)*/gm) ?? [];
  return open.filter((entry) => !entry.includes("<inherited from parent>"));
}

/** `test`, but skipped with the reason where valgrind can't be run; never in CI. */
export const testWithValgrind =
  spawnSync("valgrind", ["--version"]).status === 0 || process.env["CI"] === "true"
    ? test
    : skipping();

function skipping(): typeof test.skip {
  process.stderr.write("skipped: valgrind can't be run here (apt-get install valgrind)\n");
  return test.skip;
}
