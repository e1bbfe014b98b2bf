// The link: frames between a device and the protocols above it.
import { blit } from "@miou-solo5/bigstring";
import type { FrameBatch } from "@miou-solo5/scheduler";
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
  /** Slots for frames that leave together; a device without them sends each by itself. */
  createBatch?(): FrameBatch;
  /** Sends the frames in slots 0 to `count` - 1, in order. */
  writeBatch?(batch: FrameBatch, count: number): void;
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
  /** What is held: frames in the first slots. Null where the device has no batches, or nothing was held yet. */
  #batch: FrameBatch | null = null;
  #heldCount = 0;
  #holds = 0;

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

  /** Takes a received frame of `size` bytes at `offset`. Never throws for any bytes. */
  receive(frame: Uint8Array, size: number, offset = 0): void {
    const counters = this.#counters;
    counters.framesReceived++;
    if (size < ETHERNET_SIZE) return counters.drop("ethernet.short");
    const source = ethernetSource(offset);
    // A frame that says it is from us comes from a loop on the link, or a liar.
    if (!isInterfaceMac(frame, source) || isMac(frame, source, this.mac)) {
      return counters.drop("ethernet.source");
    }
    const addressee = ethernetAddressee(frame, offset, this.mac);
    // We are in no group, and a device may pass on more than is for it.
    if (addressee !== "one" && addressee !== "all") return counters.drop("ethernet.target");
    const handler = this.#handlers.get(ethernetType(frame, offset));
    if (handler === undefined) return counters.drop("ethernet.type");
    handler(frame, offset + ETHERNET_SIZE, size - ETHERNET_SIZE, addressee);
  }

  /**
   * From now on until `release` frames are collected, to leave together: for the device one call, for whoever waits at the
   * other end one awakening. May be nested. Not for longer than a turn of the tasks: what is held is late.
   */
  hold(): void {
    if (this.#holds++ === 0) this.#batch ??= this.#device.createBatch?.() ?? null;
  }

  /** Lets go what was collected since the outermost `hold`. @throws as the device's `writeBatch` */
  release(): void {
    if (--this.#holds === 0) this.flush();
  }

  /**
   * Sends the `size` bytes at `offset` as a frame's payload: writes the header into the 14 bytes before them.
   *
   * Shape: `size` is at most `mtu`; `target` is 6 bytes.
   */
  send(bytes: Uint8Array, offset: number, size: number, target: Uint8Array, type: number): void {
    const start = offset - ETHERNET_SIZE;
    writeEthernet(bytes, start, target, this.mac, type);
    this.#counters.framesSent++;
    const batch = this.#batch;
    if (this.#holds === 0 || batch === null) {
      this.#device.write(bytes, start, ETHERNET_SIZE + size);
      return;
    }
    const slot = this.#heldCount++;
    batch.sizes[slot] = ETHERNET_SIZE + size;
    blit(bytes, start, batch.bytes, slot * batch.slotSize, ETHERNET_SIZE + size);
    if (this.#heldCount === batch.sizes.length) this.flush();
  }

  /** Lets go what was collected, though it is to be held still: nothing more will come. */
  flush(): void {
    const count = this.#heldCount;
    if (count === 0 || this.#batch === null) return;
    // First, so that a device that fails is not given the same frames again.
    this.#heldCount = 0;
    this.#device.writeBatch?.(this.#batch, count);
  }
}
