// Checks of what faults are set to: a wrong name or number is told at once, not by a test that finds nothing.
import { SimError } from "./errors.ts";

/** What a setting may be. A count may be Infinity, which is "no limit". */
export type SettingKind = "probability" | "duration" | "count" | "rate" | "flag";

const CHECKS: Record<SettingKind, [wanted: string, fits: (value: unknown) => boolean]> = {
  probability: ["a probability from 0 to 1", (v) => isNumber(v) && v >= 0 && v <= 1],
  duration: ["0 ns or more, and finite", (v) => isNumber(v) && v >= 0 && v !== Infinity],
  count: [
    "a whole number from 1 on, or Infinity",
    (v) => isNumber(v) && v >= 1 && (Number.isInteger(v) || v === Infinity),
  ],
  rate: ["more than 0, or Infinity", (v) => isNumber(v) && v > 0],
  flag: ["true or false", (v) => typeof v === "boolean"],
};

/**
 * Checks what `settings` names against `kinds`.
 *
 * @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT
 */
export function checkSettings(
  what: string,
  settings: object,
  kinds: Readonly<Record<string, SettingKind>>,
): void {
  for (const [name, value] of Object.entries(settings)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) {
      throw invalid(
        `${what} has no setting "${name}": there are ${Object.keys(kinds).sort().join(", ")}`,
      );
    }
    const [wanted, fits] = CHECKS[kind];
    if (!fits(value)) throw invalid(`${what}: ${name} is ${wanted}, got ${String(value)}`);
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(value);
}

function invalid(message: string): SimError {
  return new SimError("ERR_SOLO5_INVALID_ARGUMENT", message);
}
