// The values that options take. Each reader gives the value, or a sentence saying what is wrong with it.
import { isIP } from "node:net";

/** A value, or why it is none. */
export type Reading<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "fault"; readonly fault: string };

/** As in Solo5's manifest (`MFT_NAME_SIZE` less its terminator). */
const DEVICE_NAME_LENGTH_MAX = 67;
/** `IFNAMSIZ` less its terminator. */
const INTERFACE_NAME_SIZE_MAX = 15;
const SECTOR_SIZE_MIN = 512;
/** The host's limit: a sector is read into memory whole. */
const SECTOR_SIZE_MAX = 2 ** 30;
const FD_MAX = 2 ** 31 - 1;
/** What IPv4 asks of a link (RFC 791). */
const MTU_MIN = 68;
/** The kernel's `ETH_MAX_MTU` less the 14 bytes of the Ethernet header. */
const MTU_MAX = 65_521;

function value<T>(read: T): Reading<T> {
  return { kind: "value", value: read };
}

function fault(sentence: string): Reading<never> {
  return { kind: "fault", fault: sentence };
}

/** What a user typed, in quotes, with control characters made visible. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A device's name: 1 to 67 letters and digits. */
export function readDeviceName(text: string): Reading<string> {
  if (text === "") return fault("the device name is missing");
  if (!/^[A-Za-z0-9]+$/.test(text)) {
    return fault(`the device name ${quoted(text)} may have letters and digits only`);
  }
  if (text.length > DEVICE_NAME_LENGTH_MAX) {
    return fault(
      `the device name has ${text.length} characters; at most ${DEVICE_NAME_LENGTH_MAX} are possible`,
    );
  }
  return value(text);
}

/**
 * A network interface's name, as the kernel's `dev_valid_name` has it. `%` is refused besides: in a
 * request the kernel takes `tap%d` as a pattern, and would make an interface.
 */
export function readInterfaceName(text: string): Reading<string> {
  const size = Buffer.byteLength(text);
  if (size === 0) return fault("the interface name is missing");
  if (size > INTERFACE_NAME_SIZE_MAX) {
    return fault(
      `the interface name ${quoted(text)} has ${size} bytes; at most ${INTERFACE_NAME_SIZE_MAX} are possible`,
    );
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses.
  if (text === "." || text === ".." || /[/:%\s\u0000-\u001f\u007f]/.test(text)) {
    return fault(
      `${quoted(text)} can't be an interface name: no '/', ':', '%', white space or control character, and neither "." nor ".."`,
    );
  }
  return value(text);
}

/** What a network device is attached to: `IFACE`, or `@FD`. */
export function readNetSource(text: string): Reading<{ tap: string } | { fd: number }> {
  if (text.startsWith("@")) {
    const fd = readWhole(text.slice(1), 0, FD_MAX);
    return fd === undefined
      ? fault(`@ wants the number of an open descriptor, such as @3, and got ${quoted(text)}`)
      : value({ fd });
  }
  const name = readInterfaceName(text);
  return name.kind === "value" ? value({ tap: name.value }) : name;
}

/** A unicast hardware address, six pairs of hexadecimal digits; given back in lower case. */
export function readHardwareAddress(text: string): Reading<string> {
  const pairs = text.split(":");
  if (!pairs.every((pair) => /^[0-9A-Fa-f]{2}$/.test(pair))) {
    return fault(`${quoted(text)} is no hardware address; wanted is one like 02:00:00:00:00:01`);
  }
  if (pairs.length !== 6) {
    return fault(`the hardware address ${text} has ${pairs.length} bytes; wanted are 6`);
  }
  const first = Number.parseInt(text.slice(0, 2), 16);
  if ((first & 1) !== 0) {
    const unicast = ((first & 0xfe) | 2).toString(16).padStart(2, "0");
    return fault(
      `${text} is a multicast address (the lowest bit of its first byte is set); a device needs its own, such as ${unicast}${text.slice(2)}`,
    );
  }
  if (pairs.every((pair) => pair === "00")) {
    return fault("an address of zeros only is not a device's; use one like 02:00:00:00:00:01");
  }
  return value(text.toLowerCase());
}

/** A sector size: a power of two of at least 512. */
export function readSectorSize(text: string): Reading<number> {
  const size = readWhole(text, 0, Number.MAX_SAFE_INTEGER);
  if (size === undefined) {
    return fault(`the sector size ${quoted(text)} is not a whole number of bytes`);
  }
  if (size < SECTOR_SIZE_MIN || size > SECTOR_SIZE_MAX || (size & (size - 1)) !== 0) {
    return fault(
      `the sector size ${size} is not a power of two from ${SECTOR_SIZE_MIN} to 1 GiB (${SECTOR_SIZE_MAX})`,
    );
  }
  return value(size);
}

/** An MTU that a TAP interface can have. */
export function readMtu(text: string): Reading<number> {
  const mtu = readWhole(text, MTU_MIN, MTU_MAX);
  if (mtu !== undefined) return value(mtu);
  return fault(`wanted is an MTU of ${MTU_MIN} to ${MTU_MAX} bytes, and got ${quoted(text)}`);
}

/** `ADDRESS/PREFIX`, IPv4 or IPv6, for the kernel's side of a TAP interface. */
export function readAddress(text: string): Reading<string> {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  // A zone (fe80::1%tap0) says which interface is meant; here that is the one being made.
  const version = address.includes("%") ? 0 : isIP(address);
  if (version === 0) {
    return fault(
      `${quoted(text)} is no address with prefix; wanted is one like 10.0.0.1/24 or fd00::1/64`,
    );
  }
  const [prefixMax, usual] = version === 4 ? [32, 24] : [128, 64];
  if (slash < 0) {
    return fault(`the address ${text} has no prefix; wanted is one like ${text}/${usual}`);
  }
  if (readWhole(text.slice(slash + 1), 1, prefixMax) === undefined) {
    return fault(`the prefix of ${quoted(text)} is not a whole number from 1 to ${prefixMax}`);
  }
  return value(text);
}

/** A whole number in plain decimal digits, without a leading zero, or undefined. */
function readWhole(text: string, min: number, max: number): number | undefined {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const number = Number(text);
  return number >= min && number <= max ? number : undefined;
}
