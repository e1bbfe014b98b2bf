// A simulated world: machines, the wires between them, and one clock that moves only when nothing
// is left to do at its present time.
import { SimError } from "./errors.ts";
import { Machine, type MachineOptions } from "./machine.ts";
import type { NetPort } from "./net-port.ts";
import { Timeline } from "./timeline.ts";

export interface WorldOptions {
  /** Everything that is left to chance follows from it; 0 if not given. */
  readonly seed?: number;
}

export interface WireOptions {
  /** Nanoseconds from one end to the other; 0 if not given. */
  readonly latency?: number;
}

export class World {
  readonly #timeline = new Timeline();
  readonly #seed: number;
  readonly #machines = new Map<string, Machine>();

  constructor(options: WorldOptions = {}) {
    this.#seed = options.seed ?? 0;
  }

  /** Nanoseconds since the world began. */
  get now(): number {
    return this.#timeline.now;
  }

  /** @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT where the name is taken */
  machine(name: string, options: MachineOptions = {}): Machine {
    if (this.#machines.has(name)) {
      throw new SimError("ERR_SOLO5_INVALID_ARGUMENT", `this world has a machine ${name} already`);
    }
    const seed = this.#seed * 1009 + this.#machines.size;
    const machine = new Machine(name, this.#timeline, seed, options);
    this.#machines.set(name, machine);
    return machine;
  }

  /**
   * Connects two network devices by a perfect wire: every frame arrives, whole and in order.
   *
   * @throws {SimError} ERR_SOLO5_BUSY where one of them has a wire
   */
  wire(a: NetPort, b: NetPort, options: WireOptions = {}): void {
    const { latency = 0 } = options;
    if (!(latency >= 0)) {
      throw new SimError(
        "ERR_SOLO5_INVALID_ARGUMENT",
        `a wire's latency is a number of nanoseconds from 0 on, got ${latency}`,
      );
    }
    for (const port of [a, b]) {
      if (port.send !== null) {
        throw new SimError("ERR_SOLO5_BUSY", `network device "${port.name}" has a wire already`);
      }
    }
    a.send = (frame) => void this.#timeline.plan(this.now + latency, () => b.receive(frame));
    b.send = (frame) => void this.#timeline.plan(this.now + latency, () => a.receive(frame));
  }

  /** Plans `happen` for a moment, in nanoseconds since the world began. */
  at(time: number, happen: () => void): void {
    this.#timeline.plan(time, happen);
  }

  /**
   * Lets everything happen that is due by `deadline` (nanoseconds since the world began), in one
   * synchronous call; by default until nothing is planned any more, because every machine has
   * ended or waits for input that will not come. Promises of runs settle after it has returned.
   */
  run(deadline = Infinity): void {
    while (this.#timeline.step(deadline));
    if (deadline !== Infinity) this.#timeline.skipTo(deadline);
  }

  /** Cancels what still runs on any machine, and lets it end. */
  stop(): void {
    for (const machine of this.#machines.values()) machine.stop();
    this.run();
  }
}

export function createWorld(options: WorldOptions = {}): World {
  return new World(options);
}
