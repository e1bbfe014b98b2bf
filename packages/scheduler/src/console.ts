// What a program says and asks of its world besides devices: console, clocks, command line.
import type { Solo5 } from "./solo5.ts";
import { utf8Bytes } from "./utf8.ts";
import { world } from "./world.ts";

/** Writes `text` to the world's console as UTF-8, no line break added. @throws {SchedulerError} ERR_SOLO5_NO_WORLD */
export function print(text: string): void {
  world().consoleWrite(utf8Bytes(String(text)));
}

/** Nanoseconds since an unspecified start; never goes back. @throws {SchedulerError} ERR_SOLO5_NO_WORLD */
export function clockMonotonic(): number {
  return world().clockMonotonic();
}

/** Nanoseconds since 1970-01-01 UTC. @throws {SchedulerError} ERR_SOLO5_NO_WORLD */
export function clockWall(): bigint {
  return world().clockWall();
}

/** The program's command line, without the program itself. @throws {SchedulerError} ERR_SOLO5_NO_WORLD */
export function programArguments(): Solo5["arguments"] {
  return world().arguments;
}
