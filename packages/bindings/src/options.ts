// The options of `host()`: what they are, and every fault in them at once.
import { BindingsError, wrongArgument } from "./errors.ts";
import { parseMac } from "./mac.ts";

/** A TAP interface: one that exists, by name, or an attached descriptor that this process inherited. */
export type NetAttachment = ({ readonly tap: string } | { readonly fd: number }) & {
  /** The address that the program shall use, "02:00:00:00:00:01". Default: random, locally administered. */
  readonly mac?: string;
};

/** A regular file or a block device. */
export interface BlockAttachment {
  readonly path: string;
  /** Bytes; a power of two from 512 on. Default: 512. */
  readonly blockSize?: number;
  /** Opens for reading only. Default: false. */
  readonly readOnly?: boolean;
}

export interface HostOptions {
  /** Network devices by the program's names for them: 1 to 67 letters and digits. */
  readonly net?: Readonly<Record<string, NetAttachment>>;
  /** Block devices by the program's names for them. At most 63 devices of both kinds together. */
  readonly block?: Readonly<Record<string, BlockAttachment>>;
  /** The program's command line. Default: empty. */
  readonly arguments?: readonly string[];
  /** Takes what the program prints. Default: it is written to descriptor 1. */
  readonly console?: (bytes: Uint8Array) => void;
  /** Called by `exit`, after every device has been released. Default: `process.exit`. */
  readonly exit?: (status: number) => void;
}

export interface NetPlan {
  readonly kind: "net";
  readonly name: string;
  readonly from: { readonly tap: string } | { readonly fd: number };
  readonly mac: Uint8Array | undefined;
}

export interface BlockPlan {
  readonly kind: "block";
  readonly name: string;
  readonly path: string;
  readonly blockSize: number;
  readonly readOnly: boolean;
}

/** What to attach in place of a device, or why it can't be. */
export type Planned = NetPlan | BlockPlan | BindingsError;

const DEVICE_MAX = 63;
const NAME = /^[A-Za-z0-9]{1,67}$/;
const OPTIONS = ["net", "block", "arguments", "console", "exit"];

/**
 * Reads the options, in the order of the devices. Those described well are planned even where
 * others are not, so that attaching can find its own faults and all come in one error.
 *
 * @throws {BindingsError} ERR_SOLO5_INVALID_ARGUMENT where the options themselves have the wrong
 * form.
 */
export function plan(options: HostOptions): Planned[] {
  const problem = unknownKey("host()", options, OPTIONS);
  if (problem !== undefined) throw problem;
  checkRest(options);
  const net = entries("net", options.net);
  const block = entries("block", options.block);
  const count = net.length + block.length;
  if (count > DEVICE_MAX) return [wrongArgument(`a host has at most ${DEVICE_MAX} devices`, count)];
  const taken = new Map<string, string>();
  return [
    ...net.map(([name, entry]) => planNet(name, entry, taken)),
    ...block.map(([name, entry]) => planBlock(name, entry)),
  ];
}

function checkRest(options: HostOptions): void {
  const { arguments: words = [], console: print, exit } = options;
  if (!Array.isArray(words) || words.some((word) => typeof word !== "string")) {
    throw wrongArgument("host(): arguments must be an array of strings", words);
  }
  for (const [name, value] of Object.entries({ console: print, exit })) {
    if (value !== undefined && typeof value !== "function") {
      throw wrongArgument(`host(): ${name} must be a function`, value);
    }
  }
}

function entries(kind: "net" | "block", group: unknown): [string, unknown][] {
  if (group === undefined) return [];
  if (typeof group === "object" && group !== null && !Array.isArray(group)) {
    return Object.entries(group);
  }
  throw wrongArgument(`host(): ${kind} must be an object of devices by name`, group);
}

// A mistyped option must not be passed over: `readonly` for `readOnly` would open a disk for
// writing.
function unknownKey(
  title: string,
  value: unknown,
  known: readonly string[],
  device?: string,
): BindingsError | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return wrongArgument(`${title}: options must be an object`, value, device);
  }
  const odd = Object.keys(value).find((key) => !known.includes(key));
  if (odd === undefined) return undefined;
  return wrongArgument(`${title}: the options are ${known.join(", ")}`, odd, device);
}

function badName(kind: string, name: string): BindingsError | undefined {
  if (NAME.test(name)) return undefined;
  return wrongArgument(`a ${kind} device is named by 1 to 67 letters and digits`, name, name);
}

function planNet(
  name: string,
  entry: unknown,
  taken: Map<string, string>,
): NetPlan | BindingsError {
  const title = `net device ${name}`;
  const problem = badName("net", name) ?? unknownKey(title, entry, ["tap", "fd", "mac"], name);
  if (problem !== undefined) return problem;
  const { tap, fd, mac } = entry as { tap?: unknown; fd?: unknown; mac?: unknown };
  if ((tap === undefined) === (fd === undefined)) {
    return wrongArgument(
      `${title}: wanted either tap (an interface) or fd (a descriptor)`,
      tap === undefined ? "neither" : "both",
      name,
    );
  }
  const bytes = mac === undefined ? undefined : parseMac(mac, name);
  if (bytes instanceof BindingsError) return bytes;
  if (tap !== undefined && (typeof tap !== "string" || tap.includes("\0"))) {
    return wrongArgument(`${title}: tap must be the name of an interface`, tap, name);
  }
  if (
    fd !== undefined &&
    !(Number.isSafeInteger(fd) && 0 <= (fd as number) && (fd as number) < 2 ** 31)
  ) {
    return wrongArgument(`${title}: fd must be a descriptor, a whole number from 0`, fd, name);
  }
  const key = tap === undefined ? `descriptor ${fd}` : `interface ${tap}`;
  const other = taken.get(key);
  if (other !== undefined) {
    return new BindingsError(
      "ERR_SOLO5_BUSY",
      `${title}: ${key} is attached as net device ${other} already; each needs its own`,
      { device: name },
    );
  }
  taken.set(key, name);
  return {
    kind: "net",
    name,
    from: tap === undefined ? { fd: fd as number } : { tap },
    mac: bytes,
  };
}

function planBlock(name: string, entry: unknown): BlockPlan | BindingsError {
  const title = `block device ${name}`;
  const problem =
    badName("block", name) ?? unknownKey(title, entry, ["path", "blockSize", "readOnly"], name);
  if (problem !== undefined) return problem;
  const {
    path,
    blockSize = 512,
    readOnly = false,
  } = entry as {
    path?: unknown;
    blockSize?: unknown;
    readOnly?: unknown;
  };
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    return wrongArgument(`${title}: path must be the name of a file`, path, name);
  }
  if (!Number.isSafeInteger(blockSize)) {
    return wrongArgument(
      `${title}: the block size must be a power of two from 512 to 2^30 bytes`,
      blockSize,
      name,
    );
  }
  if (typeof readOnly !== "boolean") {
    return wrongArgument(`${title}: readOnly must be true or false`, readOnly, name);
  }
  return { kind: "block", name, path, blockSize: blockSize as number, readOnly };
}
