// A datagram as a program has it.
import type { Address, Endpoint } from "../address.ts";
import { TcpipError } from "../errors.ts";

/** The most data that a datagram can have over IPv4. */
export const UDP_DATA_SIZE_MAX = 65_507;

/**
 * A place for one datagram, filled again and again by `UdpSocket.receive`. It is an endpoint too, its sender's: to
 * answer is to `send` to it.
 */
export class Datagram implements Endpoint {
  readonly bytes: Uint8Array;
  /** Where the data starts. */
  readonly offset: number;
  /** How much room there is from there on, in bytes. */
  readonly capacity: number;
  /** Bytes of data. */
  size = 0;
  /** The data was longer than the room for it: the rest is lost. */
  isTruncated = false;
  /** Who sent it. */
  address: Address = 0;
  /** From which port; 0 where the sender wants no answer. */
  port = 0;
  /** The address it was sent to: ours, or a broadcast address. */
  target: Address = 0;

  /** @throws {TcpipError} ERR_SOLO5_OUT_OF_RANGE */
  constructor(
    bytes: Uint8Array = new Uint8Array(UDP_DATA_SIZE_MAX),
    offset = 0,
    capacity: number = bytes.length - offset,
  ) {
    checkRange("Datagram", bytes, offset, capacity);
    this.bytes = bytes;
    this.offset = offset;
    this.capacity = capacity;
  }

  /** The data, as a view of `bytes`: good until the next receive. */
  get data(): Uint8Array {
    return this.bytes.subarray(this.offset, this.offset + this.size);
  }
}

export function checkRange(verb: string, bytes: Uint8Array, offset: number, size: number): void {
  const isRange = Number.isInteger(offset) && Number.isInteger(size) && offset >= 0 && size >= 0;
  if (isRange && offset + size <= bytes.length) return;
  throw new TcpipError(
    "ERR_SOLO5_OUT_OF_RANGE",
    `${verb}: offset ${offset} and size ${size} (bytes) are not inside the buffer of ${bytes.length} bytes`,
  );
}
