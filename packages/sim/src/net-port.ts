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
  /** Takes a frame of this machine away; null while no wire is attached. */
  send: ((frame: Uint8Array) => void) | null = null;
  /** Called when a frame has come in. */
  onInput: () => void = () => {};
  readonly #queueCountMax: number;
  #queue: Uint8Array[] = [];
  #receiveDropped = 0;
  #receiveOversized = 0;
  #sendDropped = 0;

  constructor(name: string, mac: Uint8Array, options: NetPortOptions) {
    const { mtu = 1500, queueCountMax = 1024 } = options;
    if (!Number.isInteger(mtu) || mtu < MTU_MIN || mtu > MTU_MAX) {
      throw new SimError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `net "${name}": the MTU is ${MTU_MIN} to ${MTU_MAX} bytes, got ${mtu}`,
      );
    }
    if (mac.length !== 6) {
      throw new SimError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `net "${name}": a MAC has 6 bytes, got ${mac.length}`,
      );
    }
    this.name = name;
    this.mac = Uint8Array.from(mac);
    this.mtu = mtu;
    this.frameSizeMax = mtu + ETHERNET_HEADER_SIZE;
    this.#queueCountMax = queueCountMax;
  }

  get hasInput(): boolean {
    return this.#queue.length > 0;
  }

  get counters(): NetCounters {
    return {
      receiveDropped: this.#receiveDropped,
      receiveOversized: this.#receiveOversized,
      sendDropped: this.#sendDropped,
    };
  }

  /** A frame arrives. The port keeps it. */
  receive(frame: Uint8Array): void {
    if (frame.length > this.frameSizeMax) {
      this.#receiveOversized++;
    } else if (this.#queue.length >= this.#queueCountMax) {
      this.#receiveDropped++;
    } else {
      this.#queue.push(frame);
      this.onInput();
    }
  }

  take(): Uint8Array | undefined {
    return this.#queue.shift();
  }

  /** A frame leaves. Without a wire it is lost, as from an interface that is down. */
  transmit(frame: Uint8Array): void {
    if (this.send === null) this.#sendDropped++;
    else this.send(frame);
  }

  /** What an unplugged device forgets. */
  clear(): void {
    this.#queue = [];
  }
}
