// A world that follows from its seed: some machines on a switch, each with a disk, all kinds of faults, and what their
// programs saw.
import { type Block, block } from "@miou-solo5/block";
import { type Net, net } from "@miou-solo5/net";
import {
  clockMonotonic,
  ms,
  type Run,
  type Suspended,
  sleep,
  spawn,
  us,
} from "@miou-solo5/scheduler";
import type { Machine, NetFaults, NetPort, Switch, World } from "../src/index.ts";

export const PAGE_SIZE = 512;
const FRAME_COUNT = 60;
/** How long all faults last. */
const TROUBLE_NS = ms(8);
/** When nothing is under way any more. */
const CALM_NS = ms(50);

export interface Station {
  readonly machine: Machine;
  readonly port: NetPort;
  /** Every frame that it was given, as text. */
  readonly sent: Set<string>;
  readonly heard: Uint8Array[];
  /** What it found wrong. */
  readonly complaints: string[];
  /** The highest count that a flush has made durable. */
  acknowledged: number;
  /** What its clock showed last. */
  latest: number;
}

export interface RandomWorld {
  readonly stations: readonly Station[];
  readonly hub: Switch;
  readonly runs: readonly Run<unknown>[];
  /** What the wires did at any time. */
  readonly faults: readonly Required<NetFaults>[];
  readonly crashCount: number;
}

/** Builds it and lets all of it happen. */
export function happen(world: World): RandomWorld {
  const fate = dice(world);
  const runs: Run<unknown>[] = [];
  const stations = Array.from({ length: 2 + fate.below(4) }, (_, i): Station => {
    const machine = world.machine(`m${i}`);
    const queueCountMax = fate.below(3) === 0 ? 1 + fate.below(9) : 1024;
    const port = machine.net("n", { queueCountMax });
    const faults = { latency: fate.below(us(20)), flushLatency: fate.below(us(200)) };
    machine.disk("disk", { capacity: PAGE_SIZE, faults });
    return {
      ...{ machine, port, sent: new Set<string>(), heard: [], complaints: [] },
      ...{ acknowledged: 0, latest: 0 },
    };
  });
  const faults = [netFaults(fate)];
  const hub = world.switch(
    stations.map(({ port }) => port),
    { ...faults[0], isLearning: fate.below(2) === 0 },
  );
  for (const station of stations) {
    const main = (device: Net, disk: Block) => program(device, disk, station);
    runs.push(station.machine.start([net("n"), block("disk")], main));
  }
  let crashCount = 0;
  for (let i = fate.below(8); i > 0; i--) {
    const { machine } = stations[fate.below(stations.length)] as Station;
    const choice = fate.below(5);
    const next = netFaults(fate);
    const duration = fate.below(ms(2));
    world.at(fate.below(TROUBLE_NS), () => {
      if (choice === 0) {
        runs.push(machine.restart());
        crashCount++;
      } else if (choice === 1) machine.pause(duration);
      else if (choice === 2) hub.partition(hub.ports.slice(0, 1));
      else if (choice === 3) hub.heal();
      else {
        hub.set(next);
        faults.push(next);
      }
    });
  }
  world.run();
  return { stations, hub, runs, faults, crashCount };
}

/** Chance of a story's own, from the world's seed. */
function dice(world: World) {
  const { solo5 } = world.machine("fate");
  const bytes = new Uint8Array(4);
  const below = (bound: number): number => {
    solo5.entropy(bytes);
    return new DataView(bytes.buffer).getUint32(0) % bound;
  };
  /** A probability; mostly none. */
  const some = (): number => (below(3) === 0 ? below(101) / 100 : 0);
  return { below, some };
}

function netFaults({ below, some }: ReturnType<typeof dice>): Required<NetFaults> {
  return {
    latency: below(us(50)),
    jitter: below(2) * below(us(50)),
    bandwidth: below(2) === 0 ? Infinity : 1e7 + below(1e9),
    queueCountMax: below(3) === 0 ? 1 + below(5) : Infinity,
    mtu: below(4) === 0 ? 60 + below(100) : Infinity,
    loss: some(),
    duplication: some(),
    reordering: some(),
    reorderingDelay: 1 + below(us(200)),
    corruption: some(),
    corruptionBitCountMax: 1 + below(8),
    truncation: some(),
    partitioned: below(10) === 0,
  };
}

/** The number of a frame that nothing has damaged. */
export function numberOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset).getUint32(14);
}

function* program(device: Net, disk: Block, station: Station): Generator<Suspended, void, void> {
  const listener = spawn(() => listen(device, station), { name: "listener" });
  const page = new Uint8Array(disk.pageSize);
  yield* disk.read(0, page);
  const view = new DataView(page.buffer);
  let count = view.getUint32(0);
  if (count < station.acknowledged) {
    station.complaints.push(`${station.acknowledged} was flushed, ${count} is there`);
  }
  if (page.subarray(4).some((byte) => byte !== (count & 255))) {
    station.complaints.push("a page is half of one and half of another");
  }
  for (let i = 0; i < FRAME_COUNT; i++) {
    look(station);
    const frame = new Uint8Array(60 + ((i * 7) % 90)).fill(i);
    frame.fill(0xff, 0, 6);
    frame.set(device.mac, 6);
    new DataView(frame.buffer).setUint32(14, i);
    station.sent.add(frame.join());
    device.write(frame);
    yield* sleep(us(100));
    view.setUint32(0, ++count);
    yield* disk.write(0, page.fill(count & 255, 4));
    if (i % 2 === 0) continue;
    yield* disk.flush();
    station.acknowledged = count;
  }
  yield* sleep(CALM_NS);
  yield* listener.cancel();
}

function* listen(device: Net, station: Station): Generator<Suspended, never, void> {
  for (;;) {
    station.heard.push(yield* device.readBytes());
    look(station);
  }
}

function look(station: Station): void {
  const now = clockMonotonic();
  if (now < station.latest) station.complaints.push(`${now} comes after ${station.latest}`);
  station.latest = now;
}
