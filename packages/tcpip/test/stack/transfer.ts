// One transfer between two whole stacks in a simulated world: ARP, IP and TCP, with a program on each side. It brings every
// byte, in order, once, and leaves nothing behind; or it throws.
import { type Suspended, s, sleep, spawn, type Tracer } from "@miou-solo5/scheduler";
import type { NetFaultCounters, NetFaults, World } from "@miou-solo5/sim";
import {
  parseAddress,
  type Stack,
  type TcpConnection,
  type TcpOptions,
  tcpip,
} from "../../src/index.ts";
import { byteAt } from "../tcp/script.ts";

const DEVICE = "service";
const SERVER = { address: parseAddress("10.0.0.2"), port: 7 };

/** A transfer that is not over after this is stuck: the slowest of them takes two days. */
const DURATION_MAX = s(30 * 24 * 3600);

/** What the tasks of a machine wait for that has nothing to do. */
const AT_REST = [
  "root: the outcome of main",
  "main: sleep until Infinity",
  `${DEVICE}: frames: a frame from ${DEVICE}`,
  `${DEVICE}: timers: a timer to be set`,
];

/** Nobody gives up: at 30 % loss each way, fifteen retries rightly end a quarter of long transfers. */
const PATIENT: TcpOptions = {
  userTimeout: Infinity,
  retriesMax: Infinity,
  handshakeRetriesMax: Infinity,
};

export interface Transfer {
  /** Bytes from the client to the server. */
  readonly up: number;
  /** Bytes from the server to the client, at the same time. */
  readonly down: number;
  /** Of the wire, each way. */
  readonly faults: NetFaults;
  readonly client: TcpOptions;
  readonly server: TcpOptions;
  /** How long a program takes before each read, in nanoseconds; 0 if not given. */
  readonly readDelay?: number;
}

export interface Report {
  /** Nanoseconds from the end of the client's handshake until both ends had read everything. */
  readonly duration: number;
  readonly frames: NetFaultCounters;
  /** How the client's end of the connection ended, and the server's. */
  readonly client: string;
  readonly server: string;
}

/** Does the transfer in a world without machines. */
export async function transfer(world: World, options: Transfer): Promise<Report> {
  return await new Story(world, options).tell();
}

/** What every transfer writes, or a beginning of it. */
let text = new Uint8Array(0);

function textOf(size: number): Uint8Array {
  if (text.length < size) text = Uint8Array.from({ length: size }, (_, i) => byteAt(i));
  return text.subarray(0, size);
}

/** One machine with its stack and program. */
class Side {
  readonly name: string;
  readonly #options: Transfer;
  stack: Stack | null = null;
  connection: TcpConnection | null = null;
  got = 0;
  /** How the connection ended, once the program is through. */
  ending: string | null = null;
  connectedAt = 0;
  readAllAt = 0;
  /** What each of the machine's tasks waits for. */
  readonly #waits = new Map<{ readonly name: string }, { readonly what: string } | null>();

  constructor(name: string, options: Transfer) {
    this.name = name;
    this.#options = options;
  }

  get tracer(): Tracer {
    return {
      spawn: () => {},
      step: () => {},
      cancel: () => {},
      suppressed: () => {},
      suspend: (task, on) => void this.#waits.set(task, on),
      end: (task) => void this.#waits.delete(task),
    };
  }

  /** What is still there though all is over: nothing, one hopes. */
  get leftovers(): string[] {
    const waits = [...this.#waits].map(([{ name }, on]) => `${name}: ${on?.what}`);
    const count = this.stack?.tcp.length;
    return [...(count === 0 ? [] : [`${count} connections`]), ...waits].filter(
      (one) => !AT_REST.includes(one),
    );
  }

  get words(): string {
    const { connection } = this;
    const state = `${connection?.state} ${connection?.ending}, ${this.got} bytes read`;
    return `${this.name}: ${state}, ${connection?.unsettled} unsettled, ${JSON.stringify(connection?.flow)}`;
  }

  /** Writes and reads at once, closes, waits for the end of the connection, and stays. */
  *converse(
    connection: TcpConnection,
    { size, wanted, now }: { size: number; wanted: number; now: () => number },
  ): Generator<Suspended, void, void> {
    this.connection = connection;
    this.connectedAt = now();
    const writer = spawn(function* write() {
      yield* connection.write(textOf(size));
      connection.shutdown();
    });
    yield* this.#readAll(connection, textOf(wanted));
    this.readAllAt = now();
    yield* writer;
    connection.close();
    this.ending = yield* connection.closed();
    // The run's end would reset what waits for its last timer.
    yield* sleep(Infinity);
  }

  *#readAll(connection: TcpConnection, wanted: Uint8Array): Generator<Suspended, void, void> {
    const { readDelay = 0 } = this.#options;
    const buffer = new Uint8Array(20_000);
    const read = connection.read(buffer);
    for (;;) {
      if (readDelay > 0) yield* sleep(readDelay);
      const count = yield* read;
      if (count === 0) break;
      const isRight =
        Buffer.compare(buffer.subarray(0, count), wanted.subarray(this.got, this.got + count)) ===
        0;
      if (!isRight) throw new Error(`${this.name}: bytes from ${this.got} on are wrong`);
      this.got += count;
    }
    if (this.got !== wanted.length) throw new Error(`${this.name}: only ${this.got} bytes came`);
  }
}

class Story {
  readonly #world: World;
  readonly #options: Transfer;
  readonly #client: Side;
  readonly #server: Side;

  constructor(world: World, options: Transfer) {
    this.#world = world;
    this.#options = options;
    this.#client = new Side("client", options);
    this.#server = new Side("server", options);
  }

  async tell(): Promise<Report> {
    const world = this.#world;
    const sides = [this.#client, this.#server];
    const machines = sides.map(({ name }) => world.machine(name));
    const [left, right] = machines.map((machine) => machine.net(DEVICE));
    if (left === undefined || right === undefined) throw new Error("there are two machines");
    const wire = world.wire(left, right, this.#options.faults);
    const runs = sides.map((side, i) =>
      machines[i]?.start(
        [tcpip({ device: DEVICE, address: `10.0.0.${i + 1}/24` })],
        (ip) => (side === this.#client ? this.#ask(ip) : this.#serve(ip)),
        { tracer: side.tracer },
      ),
    );
    const results = Promise.allSettled(runs.map((one) => one?.result));
    world.run(DURATION_MAX);
    const isOver = sides.every(({ ending }) => ending !== null);
    const words = sides.map((side) => side.words).join("\n");
    const leftovers = sides.flatMap((side) => side.leftovers);
    world.stop();
    for (const one of await results) {
      if (one.status === "rejected" && one.reason.code !== "ERR_SOLO5_CANCELLED") throw one.reason;
    }
    if (!isOver) throw new Error(`it is stuck:\n${words}`);
    if (leftovers.length > 0) throw new Error(`left behind: ${leftovers.join("; ")}\n${words}`);
    return {
      duration: Math.max(...sides.map((side) => side.readAllAt)) - this.#client.connectedAt,
      frames: wire.counters,
      client: String(this.#client.ending),
      server: String(this.#server.ending),
    };
  }

  *#serve(ip: Stack): Generator<Suspended, void, void> {
    const side = this.#server;
    side.stack = ip;
    const { server, up, down } = this.#options;
    const listener = ip.tcp.listen(SERVER.port, { ...PATIENT, ...server });
    const connection = yield* listener.accept();
    yield* side.converse(connection, { size: down, wanted: up, now: () => this.#world.now });
  }

  *#ask(ip: Stack): Generator<Suspended, void, void> {
    const side = this.#client;
    side.stack = ip;
    const { client, up, down } = this.#options;
    const connection = yield* connect(ip, { ...PATIENT, ...client });
    yield* side.converse(connection, { size: up, wanted: down, now: () => this.#world.now });
  }
}

/** ARP asks three times: where all of that is lost, a program has to try again. */
function* connect(ip: Stack, options: TcpOptions): Generator<Suspended, TcpConnection, void> {
  for (;;) {
    try {
      return yield* ip.tcp.connect(SERVER, options);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ERR_SOLO5_UNREACHABLE") throw error;
    }
  }
}
