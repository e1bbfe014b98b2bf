// The link: frames between a device and the protocols above it.
import type { Counters } from "./counters.ts";
import {
  type Addressee,
  ETHERNET_SIZE,
  ethernetAddressee,
  ethernetSource,
  ethernetType,
  isInterfaceMac,
  isMac,
  writeEthernet,
} from "./wire/ethernet.ts";

/** What the stack needs of a network device to send; `Net` has it. */
export interface FrameDevice {
  /** 6 bytes. */
  readonly mac: Uint8Array;
  /** Payload bytes of a frame. */
  readonly mtu: number;
  /** Sends one frame, whole, at once. */
  write(bytes: Uint8Array, offset: number, size: number): void;
}

/**
 * Takes the payload of a frame: `size` bytes at `offset`, padding included.
 *
 * `addressee` is whose frame it was: "one" for us alone, else "all".
 */
export type FrameHandler = (
  bytes: Uint8Array,
  offset: number,
  size: number,
  addressee: Addressee,
) => void;

export class Ethernet {
  readonly mac: Uint8Array;
  readonly mtu: number;
  readonly #device: FrameDevice;
  readonly #counters: Counters;
  readonly #handlers = new Map<number, FrameHandler>();

  constructor(device: FrameDevice, counters: Counters) {
    this.mac = device.mac;
    this.mtu = device.mtu;
    this.#device = device;
    this.#counters = counters;
  }

  /** Gives frames of `type` to `handler`. One handler a type. */
  attach(type: number, handler: FrameHandler): void {
    this.#handlers.set(type, handler);
  }

  /** Takes a received frame of `size` bytes at the start of `frame`. Never throws for any bytes. */
  receive(frame: Uint8Array, size: number): void {
    const counters = this.#counters;
    counters.framesReceived++;
    if (size < ETHERNET_SIZE) return counters.drop("ethernet.short");
    const source = ethernetSource(0);
    // A frame that says it is from us comes from a loop on the link, or a liar.
    if (!isInterfaceMac(frame, source) || isMac(frame, source, this.mac)) {
      return counters.drop("ethernet.source");
    }
    const addressee = ethernetAddressee(frame, 0, this.mac);
    // We are in no group, and a device may pass on more than is for it.
    if (addressee !== "one" && addressee !== "all") return counters.drop("ethernet.target");
    const handler = this.#handlers.get(ethernetType(frame, 0));
    if (handler === undefined) return counters.drop("ethernet.type");
    handler(frame, ETHERNET_SIZE, size - ETHERNET_SIZE, addressee);
  }

  /**
   * Sends the `size` bytes at `offset` as a frame's payload: writes the header into the 14 bytes before them.
   *
   * Shape: `size` is at most `mtu`; `target` is 6 bytes.
   */
  send(bytes: Uint8Array, offset: number, size: number, target: Uint8Array, type: number): void {
    const start = offset - ETHERNET_SIZE;
    writeEthernet(bytes, start, target, this.mac, type);
    this.#device.write(bytes, start, ETHERNET_SIZE + size);
    this.#counters.framesSent++;
  }
}
