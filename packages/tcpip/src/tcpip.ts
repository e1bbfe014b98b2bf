// The stack as a device of a run.
import { type Net, net } from "@miou-solo5/net";
import {
  closeAtEnd,
  type Device,
  map,
  type Suspended,
  spawn,
  world,
  yieldNow,
} from "@miou-solo5/scheduler";
import { Alarm } from "./alarm.ts";
import type { Ethernet } from "./ethernet.ts";
import { parsePlace } from "./ipv4/address.ts";
import { type RouteOptions, Routes } from "./ipv4/routes.ts";
import { Stack } from "./stack.ts";
import { requireMemoryMax } from "./tcp/memory.ts";
import { Timers } from "./timers.ts";

export interface TcpipOptions {
  /** The name of the network device. */
  readonly device: string;
  /** Our address, and the network it is in: `10.0.0.2/24`. */
  readonly address: string;
  /** Whoever gets packets to other networks: `10.0.0.1`. Without it there are none but those of `routes`. */
  readonly gateway?: string;
  /** Gateways to single networks; the longest prefix wins. */
  readonly routes?: readonly RouteOptions[];
  /**
   * Bytes that the text of all TCP connections may take together; 256 MiB if not given, 64 KiB at least. Where it becomes short, windows
   * become small first; then text that comes is dropped, and new connections are refused: counted as `tcp.memory`.
   */
  readonly memoryMax?: number;
}

/**
 * TCP/IP on a network device: acquired before main, closed after it. Two tasks serve it in the root, one that reads
 * frames and one that keeps its timers; both sleep while there is nothing to do.
 *
 * @throws {TcpipError} ERR_SOLO5_OUT_OF_RANGE for `memoryMax`; ERR_SOLO5_INVALID_ARGUMENT for addresses that don't fit together; as `net`
 */
export function tcpip(options: TcpipOptions): Device<Stack> {
  const { device, address, gateway, routes, memoryMax } = options;
  if (memoryMax !== undefined) requireMemoryMax(memoryMax);
  const table = new Routes(parsePlace(address), gateway ?? null, routes);
  return map([net(device)], (frames) => make(frames, table, memoryMax));
}

function* make(
  device: Net,
  routes: Routes,
  memoryMax: number | undefined,
): Generator<Suspended, Stack, void> {
  const solo5 = world();
  const timers = new Timers(() => solo5.clockMonotonic());
  const alarm = new Alarm(() => timers.deadline);
  timers.onEarlier = () => alarm.moved();
  const entropy = (into: Uint8Array) => solo5.entropy(into);
  const stack = new Stack(device, routes, { timers, entropy, memoryMax });
  closeAtEnd(() => stack.close());
  spawn(() => receiveFrames(device, stack), { name: `${device.name}: frames` });
  spawn(() => keepTime(timers, alarm, stack.link), { name: `${device.name}: timers` });
  stack.arp.announce();
  return stack;
}

function* receiveFrames(device: Net, stack: Stack): Generator<Suspended, void, void> {
  const { received } = device;
  const { link } = stack;
  const read = device.readBatch();
  const others = yieldNow();
  while (true) {
    const count = yield* read;
    link.hold();
    try {
      stack.receive(received, count);
      // Whoever was sent something takes it before more comes, else windows shut. What they send in answer leaves together.
      yield* others;
    } finally {
      link.release();
    }
  }
}

function* keepTime(timers: Timers, alarm: Alarm, link: Ethernet): Generator<Suspended, void, void> {
  while (true) {
    yield* alarm;
    link.hold();
    try {
      timers.run();
    } finally {
      link.release();
    }
  }
}
