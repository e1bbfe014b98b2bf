// The server's side of iperf3's protocol over our stack, written from what its client does: a connection for control, on which
// states are single bytes and parameters and results are JSON behind their size, and one for each stream.
import { Condition, Mutex, type Suspended, spawn, type Task } from "@miou-solo5/scheduler";
import type { Stack, TcpConnection, TcpListener } from "../../../src/index.ts";

const PORT = 5201;
/** 36 letters and a zero, the same on each connection of a test. */
const COOKIE_SIZE = 37;

const ZERO = 48;

const TEST_START = 1;
const TEST_RUNNING = 2;
const TEST_END = 4;
const PARAM_EXCHANGE = 9;
const CREATE_STREAMS = 10;
const EXCHANGE_RESULTS = 13;
const DISPLAY_RESULTS = 14;
const IPERF_DONE = 16;

export interface Iperf3Test {
  /** In each direction, of all streams together. */
  readonly bytes: number;
  readonly streams: number;
  /** Who sends: the client, the server, or both at once. */
  readonly mode: "forward" | "reverse" | "both";
}

export interface Iperf3Found {
  /** Bytes that came in over all streams, and that were given to all streams. */
  readonly received: number;
  readonly sent: number;
  /** Streams with a byte that can't have been sent. */
  readonly wrong: number;
}

interface Parameters {
  readonly parallel?: number;
  readonly reverse?: boolean;
  readonly bidirectional?: boolean;
  readonly len: number;
}

interface Results {
  readonly streams: readonly { readonly id: number; readonly bytes: number }[];
}

/** Serves one test. Each stream that we send is `data` from its start on. */
export function* iperf3Server(
  ip: Stack,
  data: Uint8Array,
): Generator<Suspended, Iperf3Found, void> {
  const listener = ip.tcp.listen(PORT);
  const control = new Control(yield* listener.accept());
  const cookie = yield* control.read(COOKIE_SIZE);
  yield* control.state(PARAM_EXCHANGE);
  const { parallel = 1, reverse, bidirectional, len }: Parameters = yield* control.json();
  yield* control.state(CREATE_STREAMS);
  const streams = yield* openStreams(listener, cookie, bidirectional ? 2 * parallel : parallel);
  const incoming = reverse ? [] : streams.slice(0, parallel);
  const outgoing = reverse ? streams : streams.slice(parallel);
  yield* control.state(TEST_START);
  yield* control.state(TEST_RUNNING);
  const tally = new Tally();
  const readers = incoming.map((stream) => spawn(() => receive(stream, tally)));
  const writers = outgoing.map((stream) => spawn(() => send(stream, data, len, tally)));
  yield* control.expect(TEST_END);
  yield* cancelAll(writers);
  // The client waits for whole blocks, or the stream's end.
  for (const stream of outgoing) stream.shutdown();
  yield* control.state(EXCHANGE_RESULTS);
  const results: Results = yield* control.json();
  // The client ends when it has written all: what of it is still on its way must come as well.
  const wanted = results.streams.slice(0, incoming.length).reduce((sum, one) => sum + one.bytes, 0);
  yield* tally.lock.lock();
  while (tally.received < wanted) yield* tally.changed.wait(tally.lock);
  tally.lock.unlock();
  yield* control.sendJson({
    cpu_util_total: 0,
    cpu_util_user: 0,
    cpu_util_system: 0,
    sender_has_retransmits: -1,
    streams: results.streams.map(({ id }, i) => ({
      id,
      bytes: tally.bytes.get(streams[i]) ?? 0,
      retransmits: -1,
      jitter: 0,
      errors: 0,
      packets: 0,
      start_time: 0,
      end_time: 1,
    })),
  });
  yield* control.state(DISPLAY_RESULTS);
  yield* control.expect(IPERF_DONE);
  yield* cancelAll(readers);
  for (const stream of streams) stream.abort();
  control.close();
  const { received, sent, wrong } = tally;
  return { received, sent, wrong };
}

/** What has passed over the streams. */
class Tally {
  received = 0;
  sent = 0;
  wrong = 0;
  readonly bytes = new Map<TcpConnection | undefined, number>();
  readonly lock = new Mutex();
  readonly changed = new Condition();

  add(stream: TcpConnection, kind: "received" | "sent", size: number): void {
    this.bytes.set(stream, (this.bytes.get(stream) ?? 0) + size);
    this[kind] += size;
    this.changed.broadcast();
  }
}

function* openStreams(
  listener: TcpListener,
  cookie: Uint8Array,
  count: number,
): Generator<Suspended, TcpConnection[], void> {
  const streams: TcpConnection[] = [];
  while (streams.length < count) {
    const stream = yield* listener.accept();
    const got = yield* readExactly(stream, COOKIE_SIZE);
    if (Buffer.compare(got, cookie) !== 0) throw new Error("a stream of another test's");
    streams.push(stream);
  }
  return streams;
}

/**
 * Takes what comes, which `--repeating-payload` makes 0123456789012… in each of the client's writes: after any byte there is the next
 * digit, or the start of another write.
 */
function* receive(stream: TcpConnection, tally: Tally): Generator<Suspended, void, void> {
  const buffer = new Uint8Array(65_536);
  const read = stream.read(buffer);
  let next = ZERO;
  let isRight = true;
  for (let size = yield* read; size > 0; size = yield* read) {
    for (let i = 0; i < size; i++) {
      const byte = buffer[i] as number;
      if (byte !== next && byte !== ZERO) isRight = false;
      next = byte === ZERO + 9 ? ZERO : byte + 1;
    }
    tally.add(stream, "received", size);
  }
  if (!isRight) tally.wrong++;
}

function* send(
  stream: TcpConnection,
  data: Uint8Array,
  size: number,
  tally: Tally,
): Generator<Suspended, void, void> {
  for (let at = 0; at + size <= data.length; at += size) {
    yield* stream.write(data, at, size);
    tally.add(stream, "sent", size);
  }
}

function* cancelAll(tasks: readonly Task<void>[]): Generator<Suspended, void, void> {
  for (const task of tasks) yield* task.cancel();
}

function* readExactly(
  connection: TcpConnection,
  size: number,
): Generator<Suspended, Uint8Array, void> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; ) {
    const count = yield* connection.read(bytes, at);
    if (count === 0) throw new Error(`the other end has finished after ${at} bytes of ${size}`);
    at += count;
  }
  return bytes;
}

/** The connection on which both sides agree. */
class Control {
  readonly #connection: TcpConnection;

  constructor(connection: TcpConnection) {
    this.#connection = connection;
  }

  read(size: number): Generator<Suspended, Uint8Array, void> {
    return readExactly(this.#connection, size);
  }

  *state(state: number): Generator<Suspended, void, void> {
    yield* this.#connection.write(Uint8Array.of(state));
  }

  *expect(state: number): Generator<Suspended, void, void> {
    const [got] = yield* this.read(1);
    if (got !== state) throw new Error(`the client should be in state ${state}, it is in ${got}`);
  }

  *json<T>(): Generator<Suspended, T, void> {
    const size = Buffer.from(yield* this.read(4)).readUInt32BE();
    return JSON.parse(String(Buffer.from(yield* this.read(size)))) as T;
  }

  *sendJson(value: unknown): Generator<Suspended, void, void> {
    const text = Buffer.from(JSON.stringify(value));
    const size = Buffer.alloc(4);
    size.writeUInt32BE(text.length);
    yield* this.#connection.write(Buffer.concat([size, text]));
  }

  close(): void {
    this.#connection.close();
  }
}
