// Any value as text that is the same in every engine.
import { errorName } from "../scenarios/scenario.ts";

const DEPTH_MAX = 6;
/** Longer ones are told by their hash. */
const BYTE_COUNT_MAX = 64;

export function show(value: unknown, depth = 0): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "symbol") return `symbol ${value.description}`;
  if (typeof value === "function") return "function";
  if (typeof value !== "object" || value === null) return String(value);
  if (depth === DEPTH_MAX) return "...";
  const inner = (one: unknown): string => show(one, depth + 1);
  if (value instanceof Uint8Array) return bytes(value);
  if (ArrayBuffer.isView(value))
    return `[${Array.from(value as Int32Array)
      .map(inner)
      .join(",")}]`;
  if (Array.isArray(value)) return `[${value.map(inner).join(",")}]`;
  if (value instanceof Error) return errorName(value);
  if (value instanceof Promise) return "promise";
  if (value instanceof Map) return `Map ${inner([...value])}`;
  if (value instanceof Set) return `Set ${inner([...value])}`;
  const fields = Object.keys(value).map((key) => `${key}:${inner(Reflect.get(value, key))}`);
  return `{${fields.join(",")}}`;
}

function bytes(all: Uint8Array): string {
  if (all.length > BYTE_COUNT_MAX) return `${all.length} bytes ${hash(all)}`;
  return `bytes ${Array.from(all, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** FNV-1a, of 32 bits. */
function hash(all: Uint8Array): string {
  let sum = 0x811c9dc5;
  for (const byte of all) sum = Math.imul(sum ^ byte, 0x01000193);
  return (sum >>> 0).toString(16);
}
