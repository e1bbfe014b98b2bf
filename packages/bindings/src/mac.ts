// Hardware addresses: six bytes inside, text at the edge.
import { BindingsError, shown } from "./errors.ts";

const SIZE = 6;
const MULTICAST = 0x01;
const LOCALLY_ADMINISTERED = 0x02;

/** The bytes of "02:00:00:00:00:01", or the fault. */
export function parseMac(text: unknown, device: string): Uint8Array | BindingsError {
  const refuse = (why: string): BindingsError =>
    new BindingsError(
      "ERR_SOLO5_INVALID_ARGUMENT",
      `net device ${device}: the hardware address ${shown(text)} ${why}`,
      { device },
    );
  if (typeof text !== "string") return refuse('must be a text such as "02:00:00:00:00:01"');
  const parts = text.split(/[:-]/);
  if (parts.length !== SIZE) {
    return refuse(`must have ${SIZE} bytes, such as 02:00:00:00:00:01; it has ${parts.length}`);
  }
  const odd = parts.find((part) => !/^[0-9a-f]{2}$/i.test(part));
  if (odd !== undefined) {
    return refuse(
      `must have two hexadecimal digits a byte, such as 02:00:00:00:00:01; got "${odd}"`,
    );
  }
  const bytes = Uint8Array.from(parts, (part) => Number.parseInt(part, 16));
  if (((bytes[0] as number) & MULTICAST) !== 0) {
    return refuse("is a multicast address (lowest bit of its first byte), a device needs its own");
  }
  if (bytes.every((byte) => byte === 0)) return refuse("is all zero, which no device may have");
  return bytes;
}

/** Makes of random bytes an address that no manufacturer has given away. */
export function localMac(random: Uint8Array): Uint8Array {
  const bytes = random.slice(0, SIZE);
  bytes[0] = ((bytes[0] as number) & ~MULTICAST) | LOCALLY_ADMINISTERED;
  return bytes;
}
