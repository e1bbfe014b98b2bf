// The same program, `dist/main.js`, in a simulated world: a machine of its own, a wire, and at the wire's other end a
// machine that asks.

import { createWorld } from "@miou-solo5/sim";
import { parseAddress, type Stack, tcpip } from "@miou-solo5/tcpip";
import {
  attach,
  clockMonotonic,
  equal,
  type Operation,
  type Suspended,
  s,
  spawn,
  us,
  withTimeout,
} from "miou-solo5";
import { allAnswered, isWhole, type Row, type Transfer, table, transferLine } from "./samples.ts";
import { pattern } from "./tcp.ts";

const SERVER_PLACE = "10.0.0.2/24";
const CLIENT_PLACE = "10.0.0.1/24";
const SERVER = { address: parseAddress("10.0.0.2"), port: 7 };
const WIRE = { latency: us(50), bandwidth: 1e9 };
const ANSWER_DURATION_MAX = s(1);
const TRANSFER_SIZE = 4_000_000;

/** Gives the status to end with: 0 if everything was answered. */
export async function simulate(): Promise<number> {
  const world = createWorld({ seed: 1 });
  let printed = "";
  const server = world.machine("server", {
    arguments: [SERVER_PLACE],
    onConsole: (bytes) => {
      printed += new TextDecoder().decode(bytes);
    },
  });
  const client = world.machine("client");
  world.wire(server.net("service"), client.net("service"), WIRE);

  const stop = new AbortController();
  const detach = attach(server.solo5, { signal: stop.signal });
  const wire = `${WIRE.latency / 1000} us and ${WIRE.bandwidth / 1e9} Gbit/s`;
  console.log(`$ apps/echo-server/dist/main.js ${SERVER_PLACE}, at a wire of ${wire}\n`);
  // The module awaits its run, which ends when it is stopped. Loading it takes real time.
  const ended = import("../src/main.ts").then(
    () => new Error("the server ended by itself"),
    (error: unknown) => error,
  );
  while (printed === "" && (await Promise.race([ended, nextTurn()])) === undefined) world.run();
  console.log(`  ${printed.trim()}\n`);
  printed = "";

  const asking = client.start([tcpip({ device: "service", address: CLIENT_PLACE })], ask);
  world.run();
  const { rows, text } = await asking.result;
  console.log(table(rows));
  console.log(transferLine(text));
  console.log("  All times are virtual: the wire's, there and back, and nothing else.\n");

  stop.abort();
  world.run();
  const end = await ended;
  detach();
  console.log(printed.trimEnd().replaceAll(/^/gm, "  "));
  if ((end as { code?: unknown }).code !== "ERR_SOLO5_CANCELLED") throw end;
  return allAnswered(rows) && isWhole(text) ? 0 : 1;
}

function* ask(ip: Stack): Generator<Suspended, { rows: Row[]; text: Transfer }, void> {
  // One before the clock runs: ARP.
  yield* ip.ping(SERVER.address);
  const rows = [
    yield* oneByOne("ping, 56 bytes", 100, () => ping(ip)),
    yield* datagrams(ip, 0),
    yield* datagrams(ip, 64),
    yield* datagrams(ip, 1472),
    yield* lines(ip, 64),
    yield* lines(ip, 1460),
  ];
  return { rows, text: yield* transfer(ip) };
}

/** `echo` tells whether the answer was the right one. */
function* oneByOne(
  what: string,
  count: number,
  echo: (index: number) => Operation<boolean>,
): Generator<Suspended, Row, void> {
  const roundTrips: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = clockMonotonic();
    try {
      const isRight = yield* withTimeout(ANSWER_DURATION_MAX, echo(index));
      if (isRight) roundTrips.push((clockMonotonic() - start) / 1e6);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ERR_SOLO5_TIMEOUT") throw error;
    }
  }
  return { what, sent: count, answered: roundTrips.length, roundTrips };
}

function* ping(ip: Stack): Generator<Suspended, boolean, void> {
  return (yield* ip.ping(SERVER.address)).duration > 0;
}

function* datagrams(ip: Stack, size: number): Generator<Suspended, Row, void> {
  const socket = ip.udp.bind(0, { remote: SERVER });
  const row = yield* oneByOne(`UDP echo, ${size} bytes`, 200, function* (index) {
    const data = pattern(size, index);
    socket.send(data);
    return data.equals((yield* socket.receive()).data);
  });
  socket.close();
  return row;
}

function* lines(ip: Stack, size: number): Generator<Suspended, Row, void> {
  const connection = yield* ip.tcp.connect(SERVER, { noDelay: true });
  const answer = new Uint8Array(size);
  const row = yield* oneByOne(`TCP echo, ${size} bytes`, 200, function* (index) {
    const line = pattern(size, index);
    yield* connection.write(line);
    for (let count = 0; count < size; ) count += yield* connection.read(answer, count);
    return line.equals(answer);
  });
  connection.close();
  yield* connection.closed();
  return row;
}

function* transfer(ip: Stack): Generator<Suspended, Transfer, void> {
  const text = pattern(TRANSFER_SIZE, 1);
  const back = new Uint8Array(TRANSFER_SIZE + 1);
  const start = clockMonotonic();
  const connection = yield* ip.tcp.connect(SERVER);
  const writer = spawn(function* () {
    yield* connection.write(text);
    connection.shutdown();
  });
  let received = 0;
  for (let size = -1; size !== 0; received += size) size = yield* connection.read(back, received);
  yield* writer;
  connection.close();
  const isSame = equal(back, 0, text, 0, Math.min(received, TRANSFER_SIZE));
  return { size: TRANSFER_SIZE, received, isSame, duration: (clockMonotonic() - start) / 1e9 };
}

function nextTurn(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => resolve(undefined)));
}
