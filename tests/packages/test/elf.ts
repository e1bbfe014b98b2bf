// What a binary needs of the machine that loads it, as readelf tells.

import { execFileSync } from "node:child_process";

export interface Elf {
  readonly machine: string;
  readonly libraries: readonly string[];
  readonly undefined: readonly Symbol[];
  readonly defined: readonly string[];
}
interface Symbol {
  readonly name: string;
  /** `GLIBC_2.17`, or null. */
  readonly version: string | null;
  readonly weak: boolean;
}

export function elfOf(file: string): Elf {
  const text = execFileSync("readelf", ["-W", "-h", "-d", "--dyn-syms", file], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 1 << 26,
  });
  const lines = text.split("\n").flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    // The linker leaves sections in, as local symbols.
    const isSymbol = /^\d+:$/.test(fields[0] ?? "") && fields.length >= 8;
    return isSymbol && fields[4] !== "LOCAL" ? [fields] : [];
  });
  const symbols = lines.map((fields) => {
    const [name = "", version = null] = (fields[7] ?? "").split(/@+/);
    return { name, version, weak: fields[4] === "WEAK", defined: fields[6] !== "UND" };
  });
  return {
    machine: /Machine:\s+(.*)/.exec(text)?.[1] ?? "",
    libraries: [...text.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map((match) => match[1] as string),
    undefined: symbols.filter(({ defined }) => !defined),
    defined: symbols.filter(({ defined }) => defined).map(({ name }) => name),
  };
}
