// One simulated machine with a network device `service`, its wire in the test's hands.

import {
  type Device,
  type DeviceValues,
  type Operation,
  type Run,
  type Solo5,
  start,
} from "@miou-solo5/scheduler";
import {
  createWorld,
  type Machine,
  type NetPort,
  type NetPortOptions,
  type World,
} from "@miou-solo5/sim";

export interface Station {
  readonly world: World;
  readonly machine: Machine;
  readonly port: NetPort;
  /** Every frame that the machine wrote. */
  readonly sent: Uint8Array[];
  /** A frame of 60 bytes, all of them `byte`, arrives at `time`. */
  arrive(time: number, byte: number): void;
  /** Runs a program until nothing is left to happen, and gives how it ended. */
  run<const D extends readonly Device<unknown>[], T>(
    devices: D,
    main: (...values: DeviceValues<D>) => Operation<T>,
    solo5?: Solo5,
  ): Promise<T>;
}

export function station(options: NetPortOptions = {}): Station {
  const world = createWorld({ seed: 3 });
  const machine = world.machine("station");
  const port = machine.net("service", options);
  const sent: Uint8Array[] = [];
  port.send = (frame) => sent.push(frame);
  return {
    world,
    machine,
    port,
    sent,
    arrive: (time, byte) => world.at(time, () => port.receive(filled(byte))),
    run: (devices, main, solo5 = machine.solo5) => {
      const run: Run<never> = start(devices, main as never, { solo5 });
      run.result.catch(() => {});
      world.run();
      return run.result;
    },
  };
}

export function filled(byte: number, size = 60): Uint8Array {
  return new Uint8Array(size).fill(byte);
}

/** A world that offers no batches: what a plain Solo5 is. */
export function withoutBatches(solo5: Solo5): Solo5 {
  const { netReadBatch, netReadSlots, netWriteBatch, ...rest } = solo5;
  if (!netReadBatch || !netReadSlots || !netWriteBatch) throw new Error("it had none");
  return rest;
}

/** The `code` of what `act` throws. */
export function codeOf(act: () => unknown): string {
  try {
    act();
    return "nothing thrown";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
