// One end of a wire: what a machine's network device is made of.
import { ETHERNET_HEADER_SIZE, type NetCounters } from "@miou-solo5/scheduler";
import { SimError } from "./errors.ts";

export interface NetPortOptions {
  /** Payload bytes of a frame; 1500 if not given. */
  readonly mtu?: number;
  /** 6 bytes; else one that follows from the world's seed. */
  readonly mac?: Uint8Array;
  /** Frames that wait for the machine to read them; a further one is dropped and counted. 1024 if not given. */
  readonly queueCountMax?: number;
}

const MTU_MIN = 68;
const MTU_MAX = 65_521;

export class NetPort {
  readonly name: string;
  readonly mac: Uint8Array;
  readonly mtu: number;
  readonly frameSizeMax: number;
  /**
   * Takes every frame that the machine writes, and may keep it, with the time at which it leaves; null
   * while no wire is attached. `World.wire` sets it; a test may set it as well, to see what a program sends.
   */
  send: ((frame: Uint8Array, time: number) => void) | null = null;
  /** Called by the port when a program that waits may go on. */
  onInput: () => void = () => {};
  readonly #queueCountMax: number;
  readonly #queue: Uint8Array[] = [];
  #isGone = false;
  #isDown = false;
  #receiveDropped = 0;
  #receiveOversized = 0;
  #sendDropped = 0;

  /** Use `Machine.net`. */
  constructor(name: string, mac: Uint8Array, options: NetPortOptions) {
    const { mtu = 1500, queueCountMax = 1024 } = options;
    if (!Number.isInteger(mtu) || mtu < MTU_MIN || mtu > MTU_MAX) {
      throw invalid(name, `the MTU is ${MTU_MIN} to ${MTU_MAX} bytes, got ${mtu}`);
    }
    if (mac.length !== 6) throw invalid(name, `a MAC has 6 bytes, got ${mac.length}`);
    if (!Number.isInteger(queueCountMax) || queueCountMax < 1) {
      throw invalid(name, `queueCountMax is a whole number from 1 on, got ${queueCountMax}`);
    }
    this.name = name;
    this.mac = Uint8Array.from(mac);
    this.mtu = mtu;
    this.frameSizeMax = mtu + ETHERNET_HEADER_SIZE;
    this.#queueCountMax = queueCountMax;
  }

  /** Whether the machine has something to find out: a frame waits, or the device is gone. */
  get hasInput(): boolean {
    return this.#isGone || this.#queue.length > 0;
  }

  get counters(): NetCounters {
    return {
      receiveDropped: this.#receiveDropped,
      receiveOversized: this.#receiveOversized,
      sendDropped: this.#sendDropped,
    };
  }

  /**
   * A frame arrives: from the wire, or from a test. The port keeps it, so give it a copy of what will change.
   *
   * @throws {SimError} ERR_SOLO5_OUT_OF_RANGE for less than an Ethernet header
   */
  receive(frame: Uint8Array): void {
    if (frame.length < ETHERNET_HEADER_SIZE) {
      throw new SimError(
        "ERR_SOLO5_OUT_OF_RANGE",
        `a frame has at least ${ETHERNET_HEADER_SIZE} bytes, got ${frame.length}`,
        this.name,
      );
    }
    if (this.#isGone) return;
    if (this.#isDown) {
      this.#receiveDropped++;
      return;
    }
    if (frame.length > this.frameSizeMax) {
      this.#receiveOversized++;
    } else if (this.#queue.length >= this.#queueCountMax) {
      this.#receiveDropped++;
    } else {
      this.#queue.push(frame);
      this.onInput();
    }
  }

  /** The machine takes the frame that has waited longest. */
  take(): Uint8Array | undefined {
    return this.#queue.shift();
  }

  /**
   * A frame leaves the machine: now, or at `time` where the machine's clock is ahead of the world's. Without
   * a wire it is lost, as from an interface that is down.
   */
  transmit(frame: Uint8Array, time = 0): void {
    if (this.send === null) this.#sendDropped++;
    else this.send(frame, time);
  }

  /** The machine crashed: frames that wait are lost, and those that come until a program acquires the device. */
  goDown(): void {
    this.#isDown = true;
    this.#queue.length = 0;
  }

  /** A program acquired the device. */
  goUp(): void {
    this.#isDown = false;
  }

  /**
   * Takes the device away for good, as an interface that is deleted: from now on every call of the machine's
   * programs on it fails with ERR_SOLO5_DEVICE_GONE, and who waits for a frame is woken to find out.
   */
  remove(): void {
    this.#isGone = true;
    this.#queue.length = 0;
    this.onInput();
  }

  /** @throws {SimError} ERR_SOLO5_DEVICE_GONE */
  requirePresent(): void {
    if (!this.#isGone) return;
    throw new SimError(
      "ERR_SOLO5_DEVICE_GONE",
      `network device "${this.name}" was removed and will not come back`,
      this.name,
    );
  }
}

function invalid(name: string, message: string): SimError {
  return new SimError("ERR_SOLO5_INVALID_ARGUMENT", `net "${name}": ${message}`, name);
}
