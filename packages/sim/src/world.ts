// A simulated world: machines, the wires between them, and one clock that moves only when nothing
// is left to do at its present time.
import { SimError } from "./errors.ts";
import { Machine, type MachineOptions, type Surroundings } from "./machine.ts";
import type { NetFaults } from "./net-faults.ts";
import type { NetPort } from "./net-port.ts";
import { Switch, type SwitchOptions } from "./switch.ts";
import { Actor, Timeline } from "./timeline.ts";
import { Wire } from "./wire.ts";

export interface WorldOptions {
  /** Everything that is left to chance follows from it: a whole number, 0 if not given. */
  readonly seed?: number;
  /**
   * Turns that one machine may have at one moment before the world counts as stalled; 100,000 if not given. A
   * turn is about a thousand steps of its tasks, or an answer to input.
   */
  readonly turnCountMax?: number;
  /**
   * Hears of all that happens, a line each: `@5 server: step main`, `@7 a.n - b.n forth: lost, 60 bytes`. Costs time.
   */
  readonly trace?: (line: string) => void;
}

export class World {
  readonly #timeline: Timeline;
  readonly #surroundings: Surroundings;
  readonly #machines = new Map<string, Machine>();
  readonly #planner = new Actor("what was planned with World.at");
  #isRunning = false;

  /** @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT */
  constructor(options: WorldOptions = {}) {
    const { seed = 0, turnCountMax = 100_000, trace } = options;
    if (!Number.isSafeInteger(seed)) throw invalid(`a seed is a whole number, got ${seed}`);
    if (!Number.isSafeInteger(turnCountMax) || turnCountMax < 1) {
      throw invalid(`turnCountMax is a whole number from 1 on, got ${turnCountMax}`);
    }
    this.#timeline = new Timeline(turnCountMax);
    this.#surroundings = { timeline: this.#timeline, seed, ports: new Map(), trace: null };
    if (trace !== undefined) {
      this.#surroundings.trace = (who, what) => trace(`@${this.now} ${who}: ${what}`);
    }
  }

  /** Nanoseconds since the world began. */
  get now(): number {
    return this.#timeline.now;
  }

  /**
   * Adds a machine. What is left to chance in it follows from the world's seed and its name.
   *
   * @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT where the name is taken
   */
  machine(name: string, options: MachineOptions = {}): Machine {
    if (this.#machines.has(name)) throw invalid(`this world has a machine ${name} already`);
    const machine = new Machine(name, this.#surroundings, options);
    this.#machines.set(name, machine);
    return machine;
  }

  /**
   * Connects two network devices. Where nothing is said of faults every frame arrives, whole and in order;
   * faults follow from the world's seed and the names of both ends.
   *
   * @throws {SimError} ERR_SOLO5_BUSY where one of them has a wire; ERR_SOLO5_INVALID_ARGUMENT
   */
  wire(a: NetPort, b: NetPort, faults: NetFaults = {}): Wire {
    if (a === b) throw invalid(`a wire has two ends, got network device "${a.name}" twice`);
    const name = `${this.#free(a)} - ${this.#free(b)}`;
    const wire = this.#newWire(name, faults);
    const [toA, toB] = [this.#arriveAt(a), this.#arriveAt(b)];
    a.send = (frame, time) => wire.forth.carry(frame, Math.max(time, this.now), toB);
    b.send = (frame, time) => wire.back.carry(frame, Math.max(time, this.now), toA);
    return wire;
  }

  /**
   * Connects any number of network devices, each by a cable to a switch, which has the faults that are named:
   * a frame passes two cables. What goes to a group, or to an address that was not heard yet, goes to all.
   *
   * @throws as `wire`
   */
  switch(ports: readonly NetPort[], options: SwitchOptions = {}): Switch {
    const { isLearning = true, addressCountMax = 8192, ...faults } = options;
    const hub = new Switch(isLearning, addressCountMax);
    const names = ports.map((port) => this.#free(port));
    if (new Set(ports).size < ports.length) throw invalid("a switch has each network device once");
    const wires = names.map((name) => this.#newWire(`${name} - switch`, faults));
    ports.forEach((port, i) => {
      const wire = wires[i] as Wire;
      const arrive = this.#arriveAt(port);
      const forward = (frame: Uint8Array, time: number): void =>
        void this.#timeline.plan(time, null, () => hub.forward(port, frame));
      hub.plug(port, { wire, towards: (frame) => wire.back.carry(frame, this.now, arrive) });
      port.send = (frame, time) => wire.forth.carry(frame, Math.max(time, this.now), forward);
    });
    return hub;
  }

  #newWire(name: string, faults: NetFaults): Wire {
    const { seed, trace } = this.#surroundings;
    const wire = new Wire({ ...faults, seed, name });
    if (trace !== null) {
      for (const way of ["forth", "back"] as const) {
        wire[way].onFault = (fault, size) => trace(`${name} ${way}`, `${fault}, ${size} bytes`);
      }
    }
    return wire;
  }

  #arriveAt(port: NetPort): (frame: Uint8Array, time: number) => void {
    return (frame, time) => void this.#timeline.plan(time, null, () => port.receive(frame));
  }

  /** The name of a port without a wire. */
  #free(port: NetPort): string {
    const machine = this.#surroundings.ports.get(port);
    if (machine === undefined) {
      throw invalid(`network device "${port.name}" belongs to a machine of another world`);
    }
    if (port.send !== null) {
      throw new SimError(
        "ERR_SOLO5_BUSY",
        `network device "${port.name}" has a wire already`,
        port.name,
      );
    }
    return `${machine}.${port.name}`;
  }

  /**
   * Plans `happen` for a moment, in nanoseconds since the world began: now, if that has passed. What it throws,
   * `run` throws.
   *
   * @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT for what is no finite time
   */
  at(time: number, happen: () => void): void {
    checkTime("a moment", time);
    // Only what keeps the world at its present moment counts as a turn, not a plan made before it ran.
    const keepsMoment = this.#isRunning && time <= this.now;
    this.#timeline.plan(time, keepsMoment ? this.#planner : null, happen);
  }

  /**
   * Lets everything happen that is due by `deadline` (nanoseconds since the world began), in one
   * synchronous call; by default until nothing is planned any more, because every machine has
   * ended or waits for input that will not come. (A program that never stops sleeping needs a
   * deadline.) Promises of runs settle after it has returned.
   *
   * @throws {SimError} ERR_SOLO5_STALLED where a machine always has something left to do, so that
   * time can't move: `stop` ends it; ERR_SOLO5_BUSY inside itself; ERR_SOLO5_INVALID_ARGUMENT
   */
  run(deadline = Infinity): void {
    if (deadline !== Infinity) checkTime("a deadline", deadline);
    if (this.#isRunning) {
      throw new SimError(
        "ERR_SOLO5_BUSY",
        "the world runs already: World.run was called by what it runs; plan that with World.at",
      );
    }
    this.#isRunning = true;
    this.#timeline.beginRound();
    try {
      while (this.#timeline.step(deadline));
      if (deadline !== Infinity) this.#timeline.skipTo(deadline);
    } finally {
      this.#isRunning = false;
    }
  }

  /**
   * Cancels what `Machine.start` started and still runs, on all machines, and lets it end, with all else that
   * is planned.
   *
   * @throws as `run`
   */
  stop(): void {
    for (const machine of this.#machines.values()) machine.stop();
    this.run();
  }
}

/** Makes a world without machines, at time 0. @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT */
export function createWorld(options: WorldOptions = {}): World {
  return new World(options);
}

function checkTime(what: string, time: number): void {
  if (Number.isFinite(time)) return;
  throw invalid(`${what} is a finite number of nanoseconds, got ${time}`);
}

function invalid(message: string): SimError {
  return new SimError("ERR_SOLO5_INVALID_ARGUMENT", message);
}
