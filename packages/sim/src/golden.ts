// How a trace is compared with the one that was approved.
import { environment } from "./environment.ts";

/** Where approved traces are: files, usually. */
export interface GoldenStore {
  /** Null where there is none of that name. */
  read(name: string): string | null;
  write(name: string, text: string): void;
}

/**
 * Compares a trace, whole, with the approved one of that name; with UPDATE_GOLDEN=1 in the environment it approves the
 * trace instead.
 *
 * @throws {Error} which shows the first line that differs, and what stands around it; or says that none was approved
 */
export function checkGolden(name: string, lines: readonly string[], store: GoldenStore): void {
  const text = `${lines.join("\n")}\n`;
  if (environment("UPDATE_GOLDEN") === "1") return store.write(name, text);
  const approved = store.read(name);
  const how = "; run with UPDATE_GOLDEN=1 to approve it as it is now";
  if (approved === null) throw new Error(`golden trace ${name}: none was approved yet${how}`);
  const difference = traceDifference(approved.split("\n"), text.split("\n"));
  if (difference === null) return;
  throw new Error(`golden trace ${name} differs${how}\n${difference}`);
}

/** The first line in which two traces differ, with what stands around it; null where they are the same. */
export function traceDifference(wanted: readonly string[], got: readonly string[]): string | null {
  let at = 0;
  while (at < wanted.length && wanted[at] === got[at]) at++;
  if (at === wanted.length && at === got.length) return null;
  const show = (mark: string, lines: readonly string[], from: number, to: number): string[] =>
    lines.slice(Math.max(from, 0), to).map((line) => `${mark} ${line}`);
  return [
    `line ${at + 1}:`,
    ...show(" ", wanted, at - 3, at),
    ...show("-", wanted, at, at + 3),
    ...show("+", got, at, at + 3),
  ].join("\n");
}
