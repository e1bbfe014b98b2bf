// Programs over two stacks on a wire, in virtual time.
import {
  ms,
  type Operation,
  type Suspended,
  s,
  sleep,
  spawn,
  type Task,
  withTimeout,
} from "@miou-solo5/scheduler";
import { createWorld, type World } from "@miou-solo5/sim";
import { describe, expect, test } from "vitest";
import {
  parseAddress,
  type Stack,
  type TcpConnection,
  type TcpOptions,
  tcpip,
} from "../../src/index.ts";
import { byteAt } from "./script.ts";

const SERVER = parseAddress("10.0.0.2");

interface Programs<S, C> {
  readonly server: (ip: Stack) => Generator<Suspended, S, void>;
  readonly client: (ip: Stack) => Generator<Suspended, C, void>;
}

/** Runs both, and gives what both return. */
async function play<S, C>({ server, client }: Programs<S, C>, world: World = createWorld()) {
  const left = world.machine("left");
  const right = world.machine("right");
  world.wire(left.net("service"), right.net("service"), { latency: ms(5) });
  const serving = right.start([tcpip({ device: "service", address: "10.0.0.2/24" })], server);
  const asking = left.start([tcpip({ device: "service", address: "10.0.0.1/24" })], client);
  world.run();
  return { server: await serving.result, client: await asking.result };
}

/** Writes back what comes until the other end has finished. */
function* echo(connection: TcpConnection): Generator<Suspended, number, void> {
  const buffer = new Uint8Array(4096);
  const read = connection.read(buffer);
  let total = 0;
  for (let size = yield* read; size > 0; size = yield* read) {
    total += size;
    yield* connection.write(buffer, 0, size);
  }
  connection.close();
  // The run's end would cut what is still on its way.
  yield* connection.closed();
  return total;
}

function* readAll(connection: TcpConnection): Generator<Suspended, Uint8Array, void> {
  const chunks: Uint8Array[] = [];
  const buffer = new Uint8Array(10_000);
  for (let size = yield* connection.read(buffer); size > 0; ) {
    chunks.push(buffer.slice(0, size));
    size = yield* connection.read(buffer);
  }
  const all = new Uint8Array(chunks.reduce((total, chunk) => total + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function text(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => byteAt(i));
}

/** The code of the error that `operation` throws. */
function* codeOf(operation: () => Operation<unknown>): Generator<Suspended, unknown, void> {
  try {
    yield* operation();
    return "nothing was thrown";
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}

describe("a conversation", () => {
  test("an echo comes back, half-close is honoured, both ends hear of an end without loss", async () => {
    const result = await play({
      *server(ip) {
        const connection = yield* ip.tcp.listen(7).accept();
        const total = yield* echo(connection);
        return [total, yield* connection.closed()];
      },
      *client(ip) {
        const connection = yield* ip.tcp.connect({ address: SERVER, port: 7 });
        yield* connection.write(text(100));
        connection.shutdown();
        const answer = yield* readAll(connection);
        connection.close();
        return [answer, yield* connection.closed()];
      },
    });
    expect(result).toEqual({ server: [100, "closed"], client: [text(100), "closed"] });
  });

  test.each<[string, TcpOptions]>([
    ["with the usual buffers", {}],
    ["with 4 KiB of buffer", { sendBufferSize: 4096, receiveBufferSize: 4096 }],
    ["without options", { useSack: false, useTimestamps: false, useWindowScale: false }],
  ])("a megabyte in each direction at once arrives whole, %s", async (_, options) => {
    const size = 1_000_000;
    const sent = text(size);
    const result = await play({
      *server(ip) {
        const connection = yield* ip.tcp.listen(7, options).accept();
        return yield* echo(connection);
      },
      *client(ip) {
        const connection = yield* ip.tcp.connect({ address: SERVER, port: 7 }, options);
        const writer = spawn(function* () {
          yield* connection.write(sent);
          connection.shutdown();
        });
        const answer = yield* readAll(connection);
        yield* writer;
        connection.close();
        return answer;
      },
    });
    expect(result.server).toBe(size);
    // Compared as a whole: a million comparisons by the assertion take seconds.
    expect(Buffer.compare(result.client, sent)).toBe(0);
  });

  test("a hundred at once don't mix", async () => {
    const result = await play({
      *server(ip) {
        const listener = ip.tcp.listen(7);
        const tasks: Task<number>[] = [];
        for (let i = 0; i < 100; i++) {
          const connection = yield* listener.accept();
          tasks.push(spawn(() => echo(connection)));
        }
        let total = 0;
        for (const task of tasks) total += yield* task;
        return total;
      },
      *client(ip) {
        const tasks = Array.from({ length: 100 }, (_, i) =>
          spawn(function* () {
            const connection = yield* ip.tcp.connect({ address: SERVER, port: 7 });
            yield* connection.write(new Uint8Array(1000 + i).fill(i));
            connection.shutdown();
            const answer = yield* readAll(connection);
            connection.close();
            return answer.length === 1000 + i && answer.every((byte) => byte === i);
          }),
        );
        let right = 0;
        for (const task of tasks) right += (yield* task) ? 1 : 0;
        return right;
      },
    });
    expect(result).toEqual({ server: 104_950, client: 100 });
  });

  test("connections are closed in the background, and forgotten after TIME-WAIT", async () => {
    const counts: number[] = [];
    const result = await play({
      *server(ip) {
        const connection = yield* ip.tcp.listen(7).accept();
        connection.close();
        yield* sleep(s(30));
        counts.push(ip.tcp.length);
        yield* sleep(s(40));
        return ip.tcp.length;
      },
      *client(ip) {
        const connection = yield* ip.tcp.connect({ address: SERVER, port: 7 });
        yield* readAll(connection);
        connection.close();
        yield* sleep(s(1));
        return ip.tcp.length;
      },
    });
    // Who closes first keeps the memory of it.
    expect(counts).toEqual([1]);
    expect(result).toEqual({ server: 0, client: 0 });
  });
});

describe("what fails", () => {
  test("nobody listens: refused, at once", async () => {
    const { client } = await play({
      *server() {
        yield* sleep(s(1));
      },
      *client(ip) {
        const code = yield* codeOf(() => ip.tcp.connect({ address: SERVER, port: 7 }));
        return [code, ip.tcp.length];
      },
    });
    expect(client).toEqual(["ERR_SOLO5_CONNECTION_REFUSED", 0]);
  });

  test("nobody has the address: unreachable, as soon as ARP gives up", async () => {
    const { client } = await play({
      *server() {},
      *client(ip) {
        const address = parseAddress("10.0.0.9");
        return yield* codeOf(() => ip.tcp.connect({ address, port: 7 }));
      },
    });
    expect(client).toBe("ERR_SOLO5_UNREACHABLE");
  });

  test("no route leads there: unreachable", async () => {
    const { client } = await play({
      *server() {},
      *client(ip) {
        const address = parseAddress("192.168.0.9");
        return yield* codeOf(() => ip.tcp.connect({ address, port: 7 }));
      },
    });
    expect(client).toBe("ERR_SOLO5_UNREACHABLE");
  });

  test("a reset ends reads and writes that wait, with its code", async () => {
    const { client } = await play({
      *server(ip) {
        const connection = yield* ip.tcp.listen(7).accept();
        yield* sleep(s(1));
        connection.abort();
        yield* sleep(s(1));
      },
      *client(ip) {
        const options = { sendBufferSize: 4096 };
        const connection = yield* ip.tcp.connect({ address: SERVER, port: 7 }, options);
        const reader = spawn(() => codeOf(() => connection.read(new Uint8Array(10))));
        const second = spawn(() => codeOf(() => connection.read(new Uint8Array(10))));
        const writer = spawn(() => codeOf(() => connection.write(new Uint8Array(10_000_000))));
        const ending = yield* connection.closed();
        return [ending, yield* reader, yield* second, yield* writer];
      },
    });
    const code = "ERR_SOLO5_CONNECTION_RESET";
    expect(client).toEqual(["reset", code, code, code]);
  });

  test("a machine whose run ends resets what was open", async () => {
    const { client } = await play({
      *server(ip) {
        yield* ip.tcp.listen(7).accept();
        yield* sleep(s(100));
      },
      *client(ip) {
        const connection = yield* ip.tcp.connect({ address: SERVER, port: 7 });
        return yield* codeOf(() => connection.read(new Uint8Array(10)));
      },
    });
    expect(client).toBe("ERR_SOLO5_CONNECTION_RESET");
  });

  test("a closed connection, a closed listener and a taken port say so", async () => {
    const { client } = await play({
      *server(ip) {
        yield* echo(yield* ip.tcp.listen(7).accept());
      },
      *client(ip) {
        const connection = yield* ip.tcp.connect({ address: SERVER, port: 7 });
        const waiting = spawn(() => codeOf(() => connection.read(new Uint8Array(1))));
        yield* sleep(ms(1));
        connection.close();
        const listener = ip.tcp.listen(9);
        const accepting = spawn(() => codeOf(() => listener.accept()));
        yield* sleep(ms(1));
        const taken = yield* codeOf(() => ip.tcp.listen(9) as never);
        listener.close();
        ip.tcp.listen(9).close();
        return [
          yield* waiting,
          yield* codeOf(() => connection.read(new Uint8Array(1))),
          yield* codeOf(() => connection.write(new Uint8Array(1))),
          yield* accepting,
          taken,
          yield* codeOf(() => listener.accept()),
          yield* codeOf(() => connection.read(new Uint8Array(0))),
        ];
      },
    });
    const closed = "ERR_SOLO5_CLOSED";
    expect(client).toEqual([
      closed,
      closed,
      closed,
      closed,
      "ERR_SOLO5_ADDRESS_IN_USE",
      closed,
      closed,
    ]);
  });

  test("a write after shutdown is refused, what was written before arrives", async () => {
    const result = await play({
      *server(ip) {
        return (yield* readAll(yield* ip.tcp.listen(7).accept())).length;
      },
      *client(ip) {
        const connection = yield* ip.tcp.connect({ address: SERVER, port: 7 });
        yield* connection.write(text(50));
        connection.shutdown();
        const code = yield* codeOf(() => connection.write(text(5)));
        yield* sleep(s(1));
        return code;
      },
    });
    expect(result).toEqual({ server: 50, client: "ERR_SOLO5_CLOSED" });
  });
});

test("what came before the other end's FIN is read to its end, even where a reset follows at once", async () => {
  const { client } = await play({
    *server(ip) {
      const connection = yield* ip.tcp.listen(7).accept();
      yield* connection.write(text(10));
      connection.close();
      // The run ends here, and its stack resets what is not over.
    },
    *client(ip) {
      const connection = yield* ip.tcp.connect({ address: SERVER, port: 7 });
      yield* sleep(s(1));
      return [connection.state, yield* readAll(connection)];
    },
  });
  expect(client).toEqual(["CLOSED", text(10)]);
});

describe("cancellation", () => {
  test("of a connect leaves nothing behind", async () => {
    const { client } = await play({
      *server() {
        yield* sleep(s(10));
      },
      *client(ip) {
        const address = parseAddress("10.0.0.9");
        const code = yield* codeOf(() =>
          withTimeout(ms(100), ip.tcp.connect({ address, port: 7 })),
        );
        return [typeof code, ip.tcp.length];
      },
    });
    expect(client[1]).toBe(0);
  });

  test("of a read loses nothing: the next one gets it", async () => {
    const { client } = await play({
      *server(ip) {
        const connection = yield* ip.tcp.listen(7).accept();
        yield* sleep(s(1));
        yield* connection.write(text(10));
        connection.close();
      },
      *client(ip) {
        const connection = yield* ip.tcp.connect({ address: SERVER, port: 7 });
        const reader = spawn(() => connection.read(new Uint8Array(10)));
        yield* sleep(ms(100));
        yield* reader.cancel();
        return yield* readAll(connection);
      },
    });
    expect(client).toEqual(text(10));
  });

  test("of a write leaves what was taken, and the next write follows it", async () => {
    const result = await play({
      *server(ip) {
        const listener = ip.tcp.listen(7, { receiveBufferSize: 2048 });
        const connection = yield* listener.accept();
        yield* sleep(s(1));
        return (yield* readAll(connection)).length;
      },
      *client(ip) {
        const options = { sendBufferSize: 4096 };
        const connection = yield* ip.tcp.connect({ address: SERVER, port: 7 }, options);
        const writer = spawn(() => connection.write(text(100_000)));
        yield* sleep(ms(500));
        yield* writer.cancel();
        const taken = 2048 + connection.unsettled;
        connection.shutdown();
        yield* connection.closed();
        return taken;
      },
    });
    expect(result.server).toBe(result.client);
    expect(result.server).toBeLessThan(10_000);
  });
});

describe("order", () => {
  test("texts of two writers don't mix, though both must wait for room", async () => {
    const { server } = await play({
      *server(ip) {
        return yield* readAll(yield* ip.tcp.listen(7, { receiveBufferSize: 4096 }).accept());
      },
      *client(ip) {
        const options = { sendBufferSize: 2048 };
        const connection = yield* ip.tcp.connect({ address: SERVER, port: 7 }, options);
        const first = spawn(() => connection.write(new Uint8Array(20_000).fill(1)));
        const second = spawn(() => connection.write(new Uint8Array(20_000).fill(2)));
        yield* first;
        yield* second;
        connection.shutdown();
        yield* sleep(s(10));
      },
    });
    expect(server).toEqual(Uint8Array.from({ length: 40_000 }, (_, i) => (i < 20_000 ? 1 : 2)));
  });

  test("accepted connections go to tasks in the order in which both came", async () => {
    const { server } = await play({
      *server(ip) {
        const listener = ip.tcp.listen(7);
        const tasks = [1, 2, 3].map((number) =>
          spawn(function* () {
            const connection = yield* listener.accept();
            const buffer = new Uint8Array(1);
            yield* connection.read(buffer);
            connection.close();
            return [number, buffer[0]];
          }),
        );
        const pairs: unknown[] = [];
        for (const task of tasks) pairs.push(yield* task);
        return pairs;
      },
      *client(ip) {
        for (const number of [10, 20, 30]) {
          const connection = yield* ip.tcp.connect({ address: SERVER, port: 7 });
          yield* connection.write(Uint8Array.of(number));
          yield* readAll(connection);
          connection.close();
        }
      },
    });
    expect(server).toEqual([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
  });
});
