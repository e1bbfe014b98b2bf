// A switch: many ports, each on a cable of its own.
import { SimError } from "./errors.ts";
import type { NetFaults } from "./net-faults.ts";
import type { NetPort } from "./net-port.ts";
import type { Wire } from "./wire.ts";

export interface SwitchOptions extends NetFaults {
  /** Whether it finds out who is where, as switches do; else every frame goes to all, as through a hub. True. */
  readonly isLearning?: boolean;
  /** Addresses that it remembers; those of others are flooded. 8192, as on a small one. */
  readonly addressCountMax?: number;
}

/** How a cable is made and laid: `towards` carries a frame from the switch to the port. */
export interface Cable {
  readonly wire: Wire;
  readonly towards: (frame: Uint8Array) => void;
}

export class Switch {
  readonly #isLearning: boolean;
  readonly #addressCountMax: number;
  readonly #cables = new Map<NetPort, Cable>();
  /** Where each address was last heard. */
  readonly #known = new Map<number, NetPort>();
  /** The part of each port while the switch is split; empty while it is whole. */
  readonly #parts = new Map<NetPort, number>();
  #flooded = 0;

  /** Use `World.switch`, which plugs in the ports. @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT */
  constructor(isLearning: boolean, addressCountMax: number) {
    if (!Number.isInteger(addressCountMax) || addressCountMax < 1) {
      throw invalid(`addressCountMax is a whole number from 1 on, got ${addressCountMax}`);
    }
    this.#isLearning = isLearning;
    this.#addressCountMax = addressCountMax;
  }

  /** Frames that went to all other ports: to groups, or because nobody knew better. */
  get flooded(): number {
    return this.#flooded;
  }

  get ports(): readonly NetPort[] {
    return [...this.#cables.keys()];
  }

  /** The cable of one port, `forth` towards the switch. @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT */
  cable(port: NetPort): Wire {
    const cable = this.#cables.get(port);
    if (cable === undefined) throw invalid(`network device "${port.name}" is not on this switch`);
    return cable.wire;
  }

  /** Sets faults of all cables. A frame passes two of them. @throws as `Wire.set` */
  set(faults: NetFaults): void {
    for (const { wire } of this.#cables.values()) wire.set(faults);
  }

  /**
   * Splits the switch: only ports of one group hear each other; those in none form one together. Replaces
   * a split of before.
   *
   * @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT for a port of another switch, or in two groups
   */
  partition(...groups: readonly (readonly NetPort[])[]): void {
    const parts = new Map<NetPort, number>();
    groups.forEach((group, part) => {
      for (const port of group) {
        this.cable(port);
        if (parts.has(port)) throw invalid(`network device "${port.name}" is in two groups`);
        parts.set(port, part);
      }
    });
    this.heal();
    for (const [port, part] of parts) this.#parts.set(port, part);
  }

  /** Makes the switch whole again. */
  heal(): void {
    this.#parts.clear();
  }

  /** For `World.switch`. */
  plug(port: NetPort, cable: Cable): void {
    this.#cables.set(port, cable);
  }

  /** A frame has come from `port`. For `World.switch`. */
  forward(from: NetPort, frame: Uint8Array): void {
    if (this.#isLearning) this.#learn(from, frame);
    const to = isGroup(frame, 0) ? undefined : this.#known.get(address(frame, 0));
    if (to !== undefined) {
      // Who hears a frame on the port it came from has heard it already.
      if (to !== from && this.#connects(from, to)) this.#cables.get(to)?.towards(frame);
      return;
    }
    this.#flooded++;
    for (const [port, cable] of this.#cables) {
      if (port !== from && this.#connects(from, port)) cable.towards(frame);
    }
  }

  #connects(a: NetPort, b: NetPort): boolean {
    return this.#parts.get(a) === this.#parts.get(b);
  }

  #learn(port: NetPort, frame: Uint8Array): void {
    // A group can't send; a frame that claims so teaches nothing.
    if (isGroup(frame, 6)) return;
    const source = address(frame, 6);
    if (this.#known.size < this.#addressCountMax || this.#known.has(source)) {
      this.#known.set(source, port);
    }
  }
}

function isGroup(frame: Uint8Array, offset: number): boolean {
  return ((frame[offset] ?? 0) & 1) !== 0;
}

/** 48 bits, which a number holds exactly. */
function address(frame: Uint8Array, offset: number): number {
  let value = 0;
  for (let i = 0; i < 6; i++) value = value * 256 + (frame[offset + i] ?? 0);
  return value;
}

function invalid(message: string): SimError {
  return new SimError("ERR_SOLO5_INVALID_ARGUMENT", message);
}
