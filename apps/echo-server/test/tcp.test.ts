// TCP echo, asked by another stack over a simulated wire.

import { createWorld } from "@miou-solo5/sim";
import { parseAddress, type Stack, type TcpConnection, type TcpOptions } from "@miou-solo5/tcpip";
import { equal, ms, type Operation, type Suspended, s, sleep, spawn } from "miou-solo5";
import { describe, expect, test } from "vitest";
import { END_DURATION_MAX } from "../src/connections.ts";
import { asking, SERVER_ADDRESS, sceneIn, serving, textOf } from "./scene.ts";

const seed = Number(process.env["SEED"] ?? 1);
const TO = { address: parseAddress(SERVER_ADDRESS), port: 7 };

/** Reads until the other end has finished. */
function* readAll(connection: TcpConnection): Generator<Suspended, Uint8Array, void> {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(8192);
  const read = connection.read(buffer);
  for (let size = yield* read; size > 0; size = yield* read) parts.push(buffer.slice(0, size));
  return Uint8Array.from(Buffer.concat(parts));
}

/** Sends `text` and FIN while it reads; gives what came back. */
function* exchange(
  ip: Stack,
  text: Uint8Array,
  options?: TcpOptions,
): Generator<Suspended, Uint8Array, void> {
  const connection = yield* ip.tcp.connect(TO, options);
  const writer = spawn(function* () {
    yield* connection.write(text);
    connection.shutdown();
  });
  const back = yield* readAll(connection);
  yield* writer;
  connection.close();
  return back;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && equal(a, 0, b, 0, a.length);
}

const settled = (run: { readonly result: Promise<unknown> }) =>
  run.result.then(
    () => "succeeded",
    (error: { code?: unknown }) => error.code,
  );

describe("the TCP echo", () => {
  test("echoes to 500 connections at once, to each its own", async () => {
    const scene = sceneIn(createWorld({ seed }), { bandwidth: 1e9 });
    const { run, echoed } = serving(scene);
    const texts = Array.from({ length: 500 }, (_, key) => textOf((key * 37) % 20_000, key));
    let openMost = 0;
    const client = asking(scene, function* (ip) {
      const tasks = texts.map((text) => spawn(() => exchange(ip, text)));
      const watcher = spawn(function* () {
        for (;;) {
          openMost = Math.max(openMost, ip.tcp.length);
          yield* sleep(ms(1));
        }
      });
      const right: boolean[] = [];
      for (const [key, task] of tasks.entries()) {
        right.push(isSame(yield* task, texts[key] as Uint8Array));
      }
      yield* watcher.cancel();
      return right;
    });
    scene.world.run();
    expect(await client.result).toEqual(texts.map(() => true));
    expect(openMost).toBe(500);
    expect(echoed.connections).toMatchObject({ closed: 500, reset: 0, aborted: 0 });
    expect(echoed.bytes).toBe(texts.reduce((sum, { length }) => sum + length, 0));
    run.cancel();
    scene.world.run();
    expect(await settled(run)).toBe("ERR_SOLO5_CANCELLED");
  });

  test("honours a half-close: all that was sent comes back behind it, then the end", async () => {
    const scene = sceneIn(createWorld({ seed }));
    const { run } = serving(scene);
    const text = textOf(150_000, 1);
    const client = asking(scene, function* (ip) {
      const connection = yield* ip.tcp.connect(TO);
      yield* connection.write(text);
      connection.shutdown();
      yield* sleep(s(1));
      const back = yield* readAll(connection);
      const { state } = connection;
      connection.close();
      return { isWhole: isSame(back, text), state, ending: yield* connection.closed() };
    });
    scene.world.run();
    // Both FINs are there before we close: nobody cut anything.
    expect(await client.result).toEqual({ isWhole: true, state: "TIME-WAIT", ending: "closed" });
    run.cancel();
    scene.world.run();
    await settled(run);
  });

  test("holds a bounded part for a reader that sleeps, serves others meanwhile, and then all", async () => {
    const scene = sceneIn(createWorld({ seed }));
    const { run } = serving(scene);
    const text = textOf(3_000_000, 2);
    const client = asking(scene, function* (ip) {
      const slow = yield* ip.tcp.connect(TO, { receiveBufferSize: 4096 });
      let written = 0;
      const writer = spawn(function* () {
        for (; written < text.length; written += 1000) {
          yield* slow.write(text, written, Math.min(1000, text.length - written));
        }
        slow.shutdown();
      });
      yield* sleep(s(10));
      const taken = written;
      const start = scene.world.now;
      const other = yield* exchange(ip, textOf(5000, 3));
      const duration = scene.world.now - start;
      const back = yield* readAll(slow);
      yield* writer;
      slow.close();
      return {
        taken,
        isPrompt: duration < ms(5),
        other: other.length,
        isWhole: isSame(back, text),
      };
    });
    scene.world.run();
    const { taken, ...rest } = await client.result;
    // Our send buffer, the server's two and its chunk, and 4 KiB.
    expect(taken).toBeLessThan(3 * 256 * 1024 + 65_536 + 8192);
    expect(taken).toBeGreaterThan(500_000);
    expect(rest).toEqual({ isPrompt: true, other: 5000, isWhole: true });
    run.cancel();
    scene.world.run();
    await settled(run);
  });

  test("goes on when a connection is reset in the middle of a text", async () => {
    const scene = sceneIn(createWorld({ seed }));
    const { run, echoed } = serving(scene);
    const text = textOf(400_000, 4);
    const client = asking(scene, function* (ip) {
      const whole = spawn(() => exchange(ip, text));
      for (const count of [0, 1, 5000, 100_000]) {
        const cut = yield* ip.tcp.connect(TO);
        if (count > 0) yield* cut.write(text, 0, count);
        cut.abort();
      }
      return { during: isSame(yield* whole, text), after: (yield* exchange(ip, text)).length };
    });
    scene.world.run();
    expect(await client.result).toEqual({ during: true, after: text.length });
    expect(echoed.connections).toMatchObject({ closed: 2, reset: 4 });
    run.cancel();
    scene.world.run();
    await settled(run);
  });

  test("gives a connection up whose other end has gone without a word", async () => {
    const scene = sceneIn(createWorld({ seed }));
    const { run, echoed } = serving(scene);
    const client = asking(scene, function* (ip) {
      const connection = yield* ip.tcp.connect(TO);
      yield* connection.write(textOf(10, 5));
      yield* sleep(s(1));
    });
    scene.world.run(ms(500));
    scene.wire.partition();
    scene.world.run();
    await client.result;
    expect(echoed.connections).toMatchObject({ "timed-out": 1 });
    expect(scene.world.now).toBeLessThan(s(600));
    run.cancel();
    scene.world.run();
    await settled(run);
  });
});

describe("when it is told to end, the TCP echo", () => {
  /** Cancels the server at `time` while `body` has connections; tells when, in nanoseconds from there, the server was over. */
  async function ending<T>(time: number, body: (ip: Stack) => Operation<T>) {
    const scene = sceneIn(createWorld({ seed }), { bandwidth: 1e8 });
    const { run, echoed } = serving(scene);
    let duration = Number.NaN;
    const client = asking(scene, body);
    scene.world.run(time);
    run.cancel();
    const ended = settled(run).then((code) => {
      expect(code).toBe("ERR_SOLO5_CANCELLED");
    });
    // The end shows as a promise only, so the world is let go on in short steps.
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    for (let now = time; now < time + s(10) && !isOver; now += ms(1)) {
      scene.world.run(now);
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
      duration = now - time;
    }
    scene.world.run();
    await ended;
    return { value: await client.result, duration, echoed };
  }

  test("closes idle connections at once", async () => {
    const { value, duration, echoed } = await ending(ms(100), function* (ip) {
      const ends: unknown[] = [];
      const tasks = Array.from({ length: 50 }, () => spawn(() => exchangeLine(ip)));
      for (const task of tasks) ends.push(yield* task);
      return ends;
    });
    expect(value).toEqual(new Array(50).fill({ line: 20, rest: 0, ending: "closed" }));
    expect(duration).toBeLessThan(ms(50));
    expect(echoed.connections).toMatchObject({ closed: 50, aborted: 0, reset: 0 });
  });

  /** Sends a line and reads its echo, then waits for the end. */
  function* exchangeLine(ip: Stack): Generator<Suspended, unknown, void> {
    const connection = yield* ip.tcp.connect(TO);
    yield* connection.write(textOf(20, 6));
    const buffer = new Uint8Array(100);
    const line = yield* connection.read(buffer);
    const rest = yield* connection.read(buffer);
    connection.close();
    return { line, rest, ending: yield* connection.closed() };
  }

  test("echoes what it has read of a text, then finishes: the other end sees no reset", async () => {
    const text = textOf(20_000_000, 7);
    const { value, duration, echoed } = await ending(ms(100), function* (ip) {
      const connection = yield* ip.tcp.connect(TO);
      const writer = spawn(function* () {
        yield* connection.write(text);
      });
      const back = yield* readAll(connection);
      yield* writer.cancel();
      connection.close();
      const isPrefix = isSame(back, text.subarray(0, back.length));
      return { count: back.length, isPrefix, ending: yield* connection.closed() };
    });
    expect(value).toMatchObject({ isPrefix: true, ending: "closed" });
    expect(value.count).toBe(echoed.bytes);
    expect(value.count).toBeGreaterThan(100_000);
    expect(value.count).toBeLessThan(text.length);
    expect(duration).toBeLessThan(s(1));
    expect(echoed.connections).toMatchObject({ closed: 1, aborted: 0 });
  });

  test("waits for who reads the rest of an echo slowly", async () => {
    const text = textOf(400_000, 9);
    const { value, duration, echoed } = await ending(ms(100), function* (ip) {
      const connection = yield* ip.tcp.connect(TO);
      yield* connection.write(text);
      connection.shutdown();
      // The end comes meanwhile; half of the echo is still the server's.
      yield* sleep(s(1));
      const back = yield* readAll(connection);
      connection.close();
      return { isWhole: isSame(back, text), ending: yield* connection.closed() };
    });
    expect(value).toEqual({ isWhole: true, ending: "closed" });
    expect(duration).toBeGreaterThan(ms(800));
    expect(echoed.connections).toMatchObject({ closed: 1, aborted: 0 });
  });

  test("resets who does not finish within its time, and refuses who is new", async () => {
    const { value, duration, echoed } = await ending(ms(100), function* (ip) {
      const idle = yield* ip.tcp.connect(TO);
      // The echo of this does not fit anywhere, and the server waits for room when it is told to end.
      const stuck = yield* ip.tcp.connect(TO, { receiveBufferSize: 4096 });
      const writer = spawn(function* () {
        yield* stuck.write(textOf(2_000_000, 8));
      });
      yield* sleep(ms(500));
      const outcomes: unknown[] = [];
      try {
        yield* ip.tcp.connect(TO);
      } catch (error) {
        outcomes.push((error as { code: unknown }).code);
      }
      outcomes.push(yield* idle.closed(), yield* stuck.closed());
      yield* writer.result();
      return outcomes;
    });
    expect(value).toEqual(["ERR_SOLO5_CONNECTION_REFUSED", "reset", "reset"]);
    expect(duration / END_DURATION_MAX).toBeCloseTo(1, 2);
    expect(echoed.connections).toMatchObject({ aborted: 2, closed: 0 });
  });
});
