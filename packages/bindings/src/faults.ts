// What the C library's faults are called and how they are worded. The library gives a reason and
// numbers; everything that a person reads is here.
import { BindingsError, type BindingsErrorCode } from "./errors.ts";

/** What is being attached or made, for messages. */
export interface Subject {
  /** "net device service", "block device disk" */
  readonly title?: string;
  readonly device?: string;
  readonly interface?: string;
  readonly path?: string;
  readonly address?: string | undefined;
  readonly owner?: string | undefined;
  /** The interface is to be deleted, so nobody wants to hear how one is made. */
  readonly deletes?: true;
}

interface Fault extends Subject {
  readonly text: string;
  readonly syscall: string;
  readonly a: number;
  readonly b: number;
}

type Wording = readonly [BindingsErrorCode, (fault: Fault) => string];

const MISSING_TUN = "/dev/net/tun is missing, which every TAP needs";
const RIGHTS =
  "that takes root, the capability CAP_NET_ADMIN, or a TAP that belongs to the user who runs this";

const create = (name = "NAME"): string => `\`sudo solo5-node tap create ${name} --user $USER\``;

const WORDINGS: Readonly<Record<string, Wording>> = {
  system: ["ERR_SOLO5_IO", (f) => `${f.syscall} failed: ${f.text}`],
  memory: ["ERR_SOLO5_IO", () => "out of memory"],
  closed: ["ERR_SOLO5_CLOSED", () => "the host was closed"],
  argument: ["ERR_SOLO5_INVALID_ARGUMENT", (f) => argument(f.syscall)],
  "bad-handle": [
    "ERR_SOLO5_BAD_HANDLE",
    (f) =>
      `handle ${f.a >= 0xffffffff ? "out of range" : f.a} is not acquired as a device of this kind`,
  ],
  busy: ["ERR_SOLO5_BUSY", () => "the device is acquired already; release it first"],
  "too-many": ["ERR_SOLO5_INVALID_ARGUMENT", (f) => `a host has at most ${f.a} devices`],
  gone: ["ERR_SOLO5_DEVICE_GONE", () => "its interface was deleted; the device will not come back"],
  "no-interface": [
    "ERR_SOLO5_NO_INTERFACE",
    (f) =>
      `there is no interface ${f.interface} in this network namespace, and attaching never makes one; ` +
      `${create(f.interface)} does`,
  ],
  "interface-name": [
    "ERR_SOLO5_INVALID_ARGUMENT",
    (f) => `an interface is named by 1 to 15 bytes without / or blanks, got "${f.interface}"`,
  ],
  "interface-busy": [
    "ERR_SOLO5_BUSY",
    (f) =>
      `interface ${f.interface} is busy: it is attached already, by another program or by another host of this one`,
  ],
  "interface-exists": [
    "ERR_SOLO5_INTERFACE_EXISTS",
    (f) => `an interface ${f.interface} exists already`,
  ],
  "not-a-tap": [
    "ERR_SOLO5_NOT_A_TAP",
    (f) => `interface ${f.interface} is not a TAP; ${create()} makes one`,
  ],
  "not-persistent": [
    "ERR_SOLO5_NO_INTERFACE",
    (f) =>
      `interface ${f.interface} goes away with the program that made it; ${create(f.interface)} makes one that stays`,
  ],
  "not-owner": [
    "ERR_SOLO5_NO_PERMISSION",
    (f) =>
      `no permission to attach interface ${f.interface}: ${RIGHTS}; ${create(f.interface)} makes such a one`,
  ],
  "no-tun": [
    "ERR_SOLO5_NO_TUN",
    () =>
      `${MISSING_TUN}: load the module (\`sudo modprobe tun\`), in a container pass the device in (\`--device /dev/net/tun\`)`,
  ],
  "tun-closed": [
    "ERR_SOLO5_NO_PERMISSION",
    (f) =>
      `no permission to open /dev/net/tun (${f.text}): as root, or after \`sudo chmod 0666 /dev/net/tun\` ` +
      `with a TAP that belongs to the user who runs this (${create(f.interface)})`,
  ],
  "bad-descriptor": [
    "ERR_SOLO5_INVALID_ARGUMENT",
    (f) => `descriptor ${f.a} is not open; it must be inherited, without close-on-exec`,
  ],
  "descriptor-not-a-tap": [
    "ERR_SOLO5_NOT_A_TAP",
    (f) => `descriptor ${f.a} is not an attached TAP`,
  ],
  "descriptor-header": [
    "ERR_SOLO5_NOT_A_TAP",
    (f) =>
      `descriptor ${f.a} carries a header before each frame; attach it with IFF_NO_PI and without IFF_VNET_HDR`,
  ],
  "descriptor-elsewhere": [
    "ERR_SOLO5_NO_PERMISSION",
    (f) =>
      `the interface of the inherited descriptor is in another network namespace, where its MTU can't be read (${f.text}); ` +
      "run in that namespace, or with CAP_NET_ADMIN and CAP_SYS_ADMIN",
  ],
  "frame-size": [
    "ERR_SOLO5_OUT_OF_RANGE",
    (f) => `a frame has 14 to ${f.b} bytes (MTU and Ethernet header), got ${f.a}`,
  ],
  room: ["ERR_SOLO5_OUT_OF_RANGE", (f) => `wanted room for ${f.b} bytes, got ${f.a}`],
  "no-file": ["ERR_SOLO5_NO_FILE", (f) => `there is no file ${f.path}`],
  "file-closed": ["ERR_SOLO5_NO_PERMISSION", (f) => `no permission to open ${f.path} (${f.text})`],
  "file-read-only": [
    "ERR_SOLO5_NO_PERMISSION",
    (f) => `${f.path} can't be written to (${f.text}); attach it with readOnly`,
  ],
  "file-busy": [
    "ERR_SOLO5_BUSY",
    (f) =>
      `${f.path} is busy: it is attached already, by another program or as another device of this one; ` +
      "only with readOnly for all of them can they share it",
  ],
  directory: ["ERR_SOLO5_BAD_FILE", (f) => `${f.path} is a directory`],
  "not-a-file": [
    "ERR_SOLO5_BAD_FILE",
    (f) => `${f.path} is neither a regular file nor a block device`,
  ],
  "block-size": [
    "ERR_SOLO5_INVALID_ARGUMENT",
    (f) => `the block size must be a power of two from 512 to 2^30 bytes, got ${f.a}`,
  ],
  "too-small": [
    "ERR_SOLO5_BAD_FILE",
    (f) => `${f.path} has ${f.a} bytes, less than one block of ${f.b}`,
  ],
  "not-whole": [
    "ERR_SOLO5_BAD_FILE",
    (f) =>
      `${f.path} has ${f.a} bytes, not a whole number of blocks of ${f.b}: ${f.a % f.b} are over; ` +
      `\`truncate --size=%${f.b} FILE\` fills it up`,
  ],
  "too-large": ["ERR_SOLO5_BAD_FILE", (f) => `${f.path} has ${f.a} bytes, more than 2^53 - 1`],
  misaligned: [
    "ERR_SOLO5_MISALIGNED",
    (f) => `position ${f.a} is not a multiple of the block size, ${f.b} bytes`,
  ],
  range: [
    "ERR_SOLO5_OUT_OF_RANGE",
    (f) => `position ${f.a} has no whole block inside the capacity, ${f.b} bytes`,
  ],
  truncated: [
    "ERR_SOLO5_IO",
    (f) =>
      `the file ends within the block at ${f.a}: it was cut while attached (${f.b} bytes came)`,
  ],
  "read-only": ["ERR_SOLO5_READ_ONLY", () => "the device is read-only"],
  address: [
    "ERR_SOLO5_INVALID_ARGUMENT",
    (f) => `an address has the form 10.0.0.1/24 or fd00::1/64, got "${f.address}"`,
  ],
  user: ["ERR_SOLO5_INVALID_ARGUMENT", (f) => `there is no user ${f.owner}`],
  mtu: ["ERR_SOLO5_INVALID_ARGUMENT", (f) => `the kernel refuses an MTU of ${f.a} bytes for a TAP`],
};

/** Wordings of their own where an interface is to be deleted. */
const DELETING: Readonly<Record<string, (fault: Fault) => string>> = {
  "no-interface": (f) => `there is no interface ${f.interface} in this network namespace`,
  "not-a-tap": (f) =>
    `interface ${f.interface} is not a TAP: \`sudo ip link delete ${f.interface}\``,
  "not-persistent": (f) => `interface ${f.interface} goes away with the program that made it`,
  "not-owner": (f) =>
    `no permission to delete interface ${f.interface}: that takes root, the capability CAP_NET_ADMIN, or being its owner`,
  "no-tun": () => `${MISSING_TUN}: load the module (\`sudo modprobe tun\`)`,
  "tun-closed": (f) =>
    `no permission to open /dev/net/tun (${f.text}): as root, or after \`sudo chmod 0666 /dev/net/tun\` as its owner`,
};

const ARGUMENTS: Readonly<Record<string, string>> = {
  interface: "an interface is named by 1 to 15 bytes without / or blanks, got a longer text",
  path: "a path has at most 4095 bytes, got a longer text",
  handle: "handle must be a number",
  "bytes, offset, size": "wanted a Uint8Array and a range of whole bytes inside of it",
  "bytes, offset": "wanted a Uint8Array and an offset in bytes inside of it",
  position: "position must be a whole number of bytes",
  deadline: "deadline must be a number of nanoseconds",
  ready: "ready must be a Uint32Array of two words",
  batch: "wanted a batch of bytes (Uint8Array), slotSize (bytes) and sizes (Int32Array)",
  count: "count must be 0 to 64, and within the batch's bytes and sizes",
  slots: "the slots' buffer was transferred away; acquire the device again",
  into: "into must be a Uint8Array",
  bytes: "bytes must be a Uint8Array",
  done: "done must be a function",
};

function argument(what: string): string {
  return ARGUMENTS[what] ?? `wrong argument: ${what}`;
}

let subject: Subject = {};

/** Calls `call`; faults in it are worded as being about `about`. */
export function regarding<T>(about: Subject, call: () => T): T {
  const before = subject;
  subject = about;
  try {
    return call();
  } finally {
    subject = before;
  }
}

/** Makes the error for a fault; the addon calls this, and throws what it gets. */
export function faultError(
  reason: string,
  errno: number,
  syscall: string,
  text: string,
  a: number,
  b: number,
  label: string,
): BindingsError {
  const [code, words] = WORDINGS[reason] ?? (WORDINGS["system"] as Wording);
  const device = label === "" ? subject.device : label;
  const title = subject.title ?? (device === undefined ? undefined : `device ${device}`);
  const worded = (subject.deletes ? DELETING[reason] : undefined) ?? words;
  const message = worded({ ...subject, text, syscall, a, b });
  return new BindingsError(code, title === undefined ? message : `${title}: ${message}`, {
    device,
    ...(errno === 0 ? {} : { errno, syscall }),
  });
}
