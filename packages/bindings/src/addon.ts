// Finds and loads the native half, when it is first needed.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { BindingsError } from "./errors.ts";
import { faultError } from "./faults.ts";

/** The addon's functions; `host` is a number from `hostOpen`, `index` one from an attach call. */
export interface Addon {
  hostOpen(): number;
  hostClose(host: number): void;
  hostCommit(host: number): void;
  attachTap(host: number, label: string, name: string): number;
  adoptTap(host: number, label: string, descriptor: number): number;
  attachFile(
    host: number,
    label: string,
    path: string,
    blockSize: number,
    readOnly: boolean,
  ): number;
  interfaceState(host: number, index: number): [name: string, up: boolean, mtu: number];
  netAcquire(host: number, index: number): number;
  netMtu(host: number, handle: number): number;
  netRelease(host: number, handle: number): void;
  netRead(host: number, handle: number, into: Uint8Array, offset: number, size: number): number;
  netWrite(host: number, handle: number, from: Uint8Array, offset: number, size: number): void;
  netReadBatch(host: number, handle: number): number;
  netReadSlots(host: number, handle: number): ArrayBuffer;
  netSlotSize(host: number, handle: number): number;
  netWriteBatch(
    host: number,
    handle: number,
    bytes: Uint8Array,
    slotSize: number,
    sizes: Int32Array,
    count: number,
  ): void;
  netCounters(host: number, handle: number): [number, number, number];
  blockAcquire(host: number, index: number): number;
  blockCapacity(host: number, handle: number): number;
  blockRelease(host: number, handle: number): void;
  blockRead(host: number, handle: number, position: number, into: Uint8Array, offset: number): void;
  blockWrite(
    host: number,
    handle: number,
    position: number,
    from: Uint8Array,
    offset: number,
  ): void;
  blockFlush(host: number, handle: number, done: (error: Error | null) => void): void;
  blockFlushNow(host: number, handle: number): void;
  yieldUntil(
    host: number,
    deadline: number,
    ready: Uint32Array,
    interestLow: number,
    interestHigh: number,
  ): number;
  /** False where the deadline has come: nothing was begun. */
  waitBegin(host: number, deadline: number, interestLow: number, interestHigh: number): boolean;
  waitEnd(host: number): void;
  clockMonotonic(): number;
  clockWall(): bigint;
  entropy(host: number, into: Uint8Array): void;
  consoleWrite(host: number, bytes: Uint8Array): void;
  /** Empty texts and 0 mean "not given". */
  tapCreate(name: string, address: string, mtu: number, owner: string): void;
  tapDelete(name: string): void;
}

type Wake = (host: number) => void;
interface AddonModule {
  open(fault: typeof faultError, wake: Wake): Addon;
}

const waits = new Map<number, UnderWay>();
let loaded: Addon | undefined;

/** A wait that the addon will end. `owner` is kept alive until then. */
export interface UnderWay {
  readonly wake: () => void;
  readonly owner: object;
}

/** Says whom the addon shall wake for a host; null: nobody. */
export function onWake(host: number, wait: UnderWay | null): void {
  if (wait === null) waits.delete(host);
  else waits.set(host, wait);
}

/**
 * The addon of this machine.
 *
 * @throws {BindingsError} ERR_SOLO5_UNSUPPORTED on other systems than Linux, ERR_SOLO5_NO_ADDON
 * where none fits this machine.
 */
export function addon(): Addon {
  loaded ??= load().open(faultError, (host) => waits.get(host)?.wake());
  return loaded;
}

function load(): AddonModule {
  if (process.platform !== "linux") {
    throw new BindingsError(
      "ERR_SOLO5_UNSUPPORTED",
      `the host needs Linux (TAP interfaces, epoll), this is ${process.platform}; ` +
        "@miou-solo5/sim runs the same program in a simulation",
    );
  }
  const require = createRequire(import.meta.url);
  const failures: unknown[] = [];
  for (const file of candidates()) {
    if (!existsSync(file)) continue;
    try {
      return require(file) as AddonModule;
    } catch (error) {
      // A binary for the other C library, say: the next one may fit.
      failures.push(error);
    }
  }
  throw missing(failures);
}

/**
 * Where the addon may be: the file that MIOU_SOLO5_ADDON names (to try out a build of one's own),
 * or one per C library. The dynamic linker knows best which of those fits, so both are tried.
 */
function candidates(): string[] {
  const named = process.env["MIOU_SOLO5_ADDON"];
  if (named !== undefined && named !== "") return [named];
  return ["glibc", "musl"].map((libc) => {
    const folder = `linux-${process.arch}-${libc}`;
    return fileURLToPath(new URL(`../prebuilds/${folder}/miou-solo5.node`, import.meta.url));
  });
}

function missing(failures: readonly unknown[]): BindingsError {
  const [first] = failures;
  const reason =
    first === undefined
      ? `there is no addon for linux-${process.arch} in ${candidates().join(" or ")}`
      : `the addon can't be loaded: ${first instanceof Error ? first.message : String(first)}`;
  const build = fileURLToPath(new URL("../native/build.mjs", import.meta.url));
  return new BindingsError(
    "ERR_SOLO5_NO_ADDON",
    `${reason}. Build it (needs g++, and npm for two packages of headers) with: node ${build}`,
    first === undefined ? {} : { cause: first },
  );
}
