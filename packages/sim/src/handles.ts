// What is attached to a machine, and which of it a program has acquired.
import { type FrameBatch, HANDLE_MAX, type ReadySet } from "@miou-solo5/scheduler";
import { isDeviceName } from "@miou-solo5/scheduler/devices";
import type { AttachedDisk } from "./disk.ts";
import { SimError } from "./errors.ts";
import type { NetPort } from "./net-port.ts";

export interface AttachedNet {
  readonly kind: "net";
  readonly name: string;
  readonly port: NetPort;
  /** Made when a program first reads a batch; dropped when it releases the device. */
  slots: FrameBatch | null;
}

export interface AttachedBlock {
  readonly kind: "block";
  readonly name: string;
  readonly disk: AttachedDisk;
}

type Attached = AttachedNet | AttachedBlock;
type OfKind<K extends Attached["kind"]> = Extract<Attached, { readonly kind: K }>;

const KIND_NAMES = { net: "network", block: "block" } as const;

export class Handles {
  readonly #machine: string;
  readonly #attached = new Map<string, Attached>();
  /** By handle; 0 is never given out. */
  readonly #acquired: (Attached | null)[] = new Array(HANDLE_MAX + 1).fill(null);
  /** The highest handle that is given out: each wait looks at all up to it. */
  #highest = 0;

  constructor(machine: string) {
    this.#machine = machine;
  }

  /** @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT */
  checkName(name: string): void {
    const wrong = !isDeviceName(name)
      ? `a device name is 1 to 67 letters and digits, got "${name}"`
      : this.#attached.has(name)
        ? `${this.#machine} has a device "${name}" already`
        : null;
    if (wrong !== null) throw new SimError("ERR_SOLO5_INVALID_ARGUMENT", wrong, name);
  }

  attach(device: Attached): void {
    this.#attached.set(device.name, device);
  }

  /** @throws {SimError} ERR_SOLO5_NO_DEVICE, ERR_SOLO5_BUSY */
  acquire<K extends Attached["kind"]>(kind: K, name: string): [handle: number, device: OfKind<K>] {
    const device = this.#attached.get(name);
    if (device?.kind !== kind) {
      throw new SimError(
        "ERR_SOLO5_NO_DEVICE",
        `${this.#machine} has no ${KIND_NAMES[kind]} device "${name}"`,
        name,
      );
    }
    if (this.#acquired.includes(device)) {
      throw new SimError(
        "ERR_SOLO5_BUSY",
        `device "${name}" of ${this.#machine} is acquired already`,
        name,
      );
    }
    const handle = this.#acquired.indexOf(null, 1);
    if (handle === -1) {
      throw new SimError(
        "ERR_SOLO5_BUSY",
        `${this.#machine} has no handle left for device "${name}" (${HANDLE_MAX} in use)`,
        name,
      );
    }
    this.#acquired[handle] = device;
    this.#highest = Math.max(this.#highest, handle);
    return [handle, device as OfKind<K>];
  }

  /** @throws {SimError} ERR_SOLO5_BAD_HANDLE */
  get<K extends Attached["kind"]>(kind: K, handle: number): OfKind<K> {
    const device = this.#acquired[handle];
    if (device?.kind === kind) return device as OfKind<K>;
    throw new SimError(
      "ERR_SOLO5_BAD_HANDLE",
      `handle ${handle} is no acquired ${KIND_NAMES[kind]} device of ${this.#machine}`,
    );
  }

  /** @throws as `get` */
  release(kind: Attached["kind"], handle: number): void {
    const device = this.get(kind, handle);
    if (device.kind === "net") device.slots = null;
    this.#acquired[handle] = null;
    while (this.#highest > 0 && this.#acquired[this.#highest] === null) this.#highest--;
  }

  /** The machine crashed: nothing is acquired any more, frames that wait are lost, disks lose what they can. */
  crash(): void {
    this.#acquired.fill(null);
    this.#highest = 0;
    for (const device of this.#attached.values()) {
      if (device.kind === "block") device.disk.crash();
      else {
        device.slots = null;
        device.port.goDown();
      }
    }
  }

  /** Sets in `ready` the acquired network devices of two words of interest that have input. */
  poll(ready: ReadySet, low: number, high: number): boolean {
    let word0 = 0;
    let word1 = 0;
    for (let handle = 1; handle <= this.#highest; handle++) {
      const device = this.#acquired[handle];
      if (device?.kind !== "net" || !device.port.hasInput) continue;
      if (handle < 32) word0 |= 1 << handle;
      else word1 |= 1 << (handle - 32);
    }
    ready[0] = word0 & low;
    ready[1] = word1 & high;
    return ready[0] !== 0 || ready[1] !== 0;
  }
}
