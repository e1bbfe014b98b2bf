// A server and a client, each with a stack of its own, at the two ends of a simulated wire.

import type { Machine, NetFaults, NetPort, Wire, World } from "@miou-solo5/sim";
import { type Stack, type TcpipOptions, tcpip } from "@miou-solo5/tcpip";
import { attach, type Operation, type Run, us } from "miou-solo5";
import { Echoed } from "../src/echoed.ts";
import { serve } from "../src/server.ts";

export const SERVER_ADDRESS = "10.0.0.2";
const SERVER: TcpipOptions = { device: "service", address: `${SERVER_ADDRESS}/24` };
const CLIENT: TcpipOptions = { device: "service", address: "10.0.0.1/24" };

export interface Scene {
  readonly world: World;
  readonly server: Machine;
  readonly client: Machine;
  /** The server's. */
  readonly port: NetPort;
  /** `forth` is what the server sends. */
  readonly wire: Wire;
}

export interface SceneOptions extends NetFaults {
  readonly arguments?: readonly string[];
  /** Of both interfaces. */
  readonly mtu?: number;
}

export function sceneIn(world: World, options: SceneOptions = {}): Scene {
  const { arguments: words = [], mtu = 1500, ...faults } = options;
  const server = world.machine("server", { arguments: words });
  const client = world.machine("client");
  const port = server.net("service", { mtu });
  const wire = world.wire(port, client.net("service", { mtu }), { latency: us(50), ...faults });
  return { world, server, client, port, wire };
}

export interface Serving {
  readonly run: Run<never>;
  readonly echoed: Echoed;
}

/** Starts the server without its program. */
export function serving({ server }: Scene): Serving {
  const echoed = new Echoed();
  return { run: server.start([tcpip(SERVER)], (ip) => serve(ip, echoed)), echoed };
}

/** Starts a client. */
export function asking<T>({ client }: Scene, body: (ip: Stack) => Operation<T>): Run<T> {
  return client.start([tcpip(CLIENT)], body);
}

export interface Program {
  /** How it ended: the code of what it threw, or "ended". */
  readonly end: Promise<unknown>;
  stop(): void;
}

let evaluations = 0;

/** Evaluates `main.ts`, as it stands, on the server's machine, until it has printed. */
export async function program({ world, server }: Scene): Promise<Program> {
  const stop = new AbortController();
  const detach = attach(server.solo5, { signal: stop.signal });
  const before = server.console;
  // Another name for each time: a module is evaluated once.
  const module = `../src/main.ts?evaluation=${evaluations++}`;
  const end = import(/* @vite-ignore */ module).then(
    () => "ended",
    (error: { code?: unknown }) => error.code ?? error,
  );
  try {
    // Loading takes real time; none of the world's may pass meanwhile.
    for (let fault: unknown; server.console === before; ) {
      fault = await Promise.race([end, nextTurn()]);
      if (fault !== undefined) break;
      world.run(world.now);
    }
  } finally {
    detach();
  }
  return { end, stop: () => stop.abort() };
}

/** After what Node does next: promises of the world's are settled then. */
export function nextTurn(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => resolve(undefined)));
}

/** Bytes that differ from place to place, and from text to text. */
export function textOf(size: number, key: number): Uint8Array {
  const text = new Uint8Array(size);
  let state = (key + 1) * 0x9e3779b1;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 0x41c64e6d) + 12_345) | 0;
    text[i] = state >>> 16;
  }
  return text;
}
