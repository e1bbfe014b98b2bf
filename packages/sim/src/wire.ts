// A wire between two ends: a line each way, set together or apart.
import { Line, newNetCounters } from "./line.ts";
import type { NetFaultCounters, NetFaults } from "./net-faults.ts";

export interface WireOptions extends NetFaults {
  /** What its faults follow from; 0 if not given. `World.wire` gives the world's. */
  readonly seed?: number;
  /** Tells it from others of the same seed. */
  readonly name?: string;
}

export class Wire {
  readonly name: string;
  /** From the first end to the second; before a real device: what the program sends. */
  readonly forth: Line;
  /** From the second end to the first; before a real device: what the program receives. */
  readonly back: Line;

  /** `World.wire` makes one between two ports; make one yourself for `withNetFaults`. @throws as `set` */
  constructor(options: WireOptions = {}) {
    const { seed = 0, name = "wire", ...faults } = options;
    this.name = name;
    this.forth = new Line(seed, `${name} forth`, faults);
    this.back = new Line(seed, `${name} back`, faults);
  }

  /**
   * Changes what `faults` names, both ways, for frames that are sent from now on.
   *
   * @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT for a name or number that makes no sense
   */
  set(faults: NetFaults): void {
    this.forth.set(faults);
    this.back.set(faults);
  }

  /** Lets nothing through any more, until `heal`. What is under way arrives. */
  partition(): void {
    this.set({ partitioned: true });
  }

  heal(): void {
    this.set({ partitioned: false });
  }

  /** What became of the frames of both directions. */
  get counters(): NetFaultCounters {
    const sum = newNetCounters();
    const [forth, back] = [this.forth.counters, this.back.counters];
    for (const name of Object.keys(sum) as (keyof NetFaultCounters)[]) {
      sum[name] = forth[name] + back[name];
    }
    return sum;
  }
}
