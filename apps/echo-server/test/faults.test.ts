// The program, `main.ts` as it stands, where everything goes wrong: frames are lost, doubled, overtaken, damaged and cut, its
// machine crashes and stands still. A client asks until it has the right answer, and checks all that it gets; whatever the
// server sends is looked at as well, before the wire can damage it.

import { type NetFaults, simulate, type World } from "@miou-solo5/sim";
import {
  formatAddress,
  parseAddress,
  type Stack,
  type TcpConnection,
  TcpipError,
  type TcpOptions,
} from "@miou-solo5/tcpip";
import {
  equal,
  ms,
  type Operation,
  type Run,
  type Suspended,
  s,
  sleep,
  spawn,
  us,
  withTimeout,
} from "miou-solo5";
import { describe, expect, test } from "vitest";
import { END_DURATION_MAX } from "../src/connections.ts";
import { asking, nextTurn, program, type Scene, SERVER_ADDRESS, sceneIn, textOf } from "./scene.ts";
import { frameFault, type Station } from "./soundness.ts";

/** `SIM_SEEDS=10000` for a long run. */
const SEED_COUNT = Number(process.env["SIM_SEEDS"] || 200);
const TIMEOUT_MS = 240_000 + SEED_COUNT * 2000;
const TO = { address: parseAddress(SERVER_ADDRESS), port: 7 };
/** Of each kind of question. */
const QUESTION_COUNT = 6;
const TEXT_SIZES = [0, 1, 1460, 5000, 40_000, 100_000];
/** Does not give up for a bad wire, and finds out when the server has. */
const PATIENT: TcpOptions = {
  userTimeout: Infinity,
  retriesMax: Infinity,
  keepAlive: { idle: s(30), interval: s(1), countMax: 30 },
};
/** Gives up in the end: of a server that is gone, the reset may be lost. */
const MORTAL: TcpOptions = { ...PATIENT, userTimeout: s(120), retriesMax: 15 };
/** What a client may see of a server that ends. */
const CUT = [
  "ERR_SOLO5_CONNECTION_REFUSED",
  "ERR_SOLO5_CONNECTION_RESET",
  "ERR_SOLO5_TIMEOUT",
  "ERR_SOLO5_UNREACHABLE",
];
const EVERYTHING = { pings: QUESTION_COUNT, datagrams: QUESTION_COUNT, texts: QUESTION_COUNT };

/** What the client got right answers to, and what it got wrong. */
interface Answers {
  readonly pings: number;
  readonly datagrams: number;
  readonly texts: number;
  /** Connections that were cut, and had to be opened again. */
  readonly cut: number;
}

/** Asks everything, each thing until it is answered. */
function* ask(ip: Stack): Generator<Suspended, Answers, void> {
  const counts = { pings: 0, datagrams: 0, texts: 0, cut: 0 };
  const tasks = [
    spawn(() => askPings(ip, counts)),
    spawn(() => askDatagrams(ip, counts)),
    ...TEXT_SIZES.map((size, key) => spawn(() => askText(ip, textOf(size, key), counts))),
  ];
  for (const task of tasks) yield* task;
  return counts;
}

/** Does `attempt` until it succeeds. */
function* persist<T>(
  attempt: () => Operation<T>,
  failed = () => {},
): Generator<Suspended, T, void> {
  for (;;) {
    try {
      return yield* attempt();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (!(error instanceof TcpipError) && code !== "ERR_SOLO5_TIMEOUT") throw error;
      failed();
      yield* sleep(ms(10));
    }
  }
}

function* askPings(ip: Stack, counts: { pings: number }): Generator<Suspended, void, void> {
  for (let i = 0; i < QUESTION_COUNT; i++) {
    yield* persist(() => ip.ping(SERVER_ADDRESS, { dataSize: i * 200, timeout: ms(20) }));
    counts.pings += 1;
  }
}

function* askDatagrams(ip: Stack, counts: { datagrams: number }): Generator<Suspended, void, void> {
  // Not for one end only: such a socket would hear of the errors that a crashed server's successor sends.
  const socket = ip.udp.bind();
  // Each in one frame: the damage to two fragments can cancel out in the one checksum over both.
  const texts = Array.from({ length: QUESTION_COUNT }, (_, i) => textOf(4 + i * 290, 100 + i));
  for (const text of texts) {
    const isAnswered = function* () {
      for (;;) {
        const { data } = yield* socket.receive();
        if (isSame(data, text)) return;
        // An earlier answer that came late, or twice. Nothing else may come.
        expect(texts.some((other) => isSame(data, other))).toBe(true);
      }
    };
    yield* persist(() => {
      socket.send(text, TO);
      return withTimeout(ms(20), { [Symbol.iterator]: isAnswered });
    });
    counts.datagrams += 1;
  }
  socket.close();
}

function* askText(
  ip: Stack,
  text: Uint8Array,
  counts: { texts: number; cut: number },
): Generator<Suspended, void, void> {
  const back = yield* persist(
    () => exchange(ip, text),
    () => {
      counts.cut += 1;
    },
  );
  expect(isSame(back, text)).toBe(true);
  counts.texts += 1;
}

/** How it ended; the beginning of the echo is right in any case. */
function* attempt(ip: Stack, text: Uint8Array): Generator<Suspended, string, void> {
  try {
    return isSame(yield* exchange(ip, text, MORTAL), text) ? "whole" : "finished early";
  } catch (error) {
    if (!(error instanceof TcpipError)) throw error;
    return error.code;
  }
}

/** Sends `text` and FIN; what comes back must be its beginning at every moment. */
function* exchange(
  ip: Stack,
  text: Uint8Array,
  options = PATIENT,
): Generator<Suspended, Uint8Array, void> {
  const connection = yield* ip.tcp.connect(TO, options);
  const writer = spawn(() => send(connection, text));
  const back = new Uint8Array(text.length + 1);
  let count = 0;
  try {
    for (;;) {
      const size = yield* connection.read(back, count);
      expect(equal(back, 0, text, 0, Math.min(count + size, text.length))).toBe(true);
      if (size === 0) break;
      count += size;
    }
  } finally {
    yield* writer.cancel();
    connection.close();
  }
  return back.subarray(0, count);
}

function* send(connection: TcpConnection, text: Uint8Array): Generator<Suspended, void, void> {
  yield* connection.write(text);
  connection.shutdown();
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && equal(a, 0, b, 0, a.length);
}

/** Notes what is wrong with frames that the server sends. */
function watch({ port, world }: Scene): string[] {
  const faults: string[] = [];
  const station: Station = { mac: port.mac, address: Uint8Array.of(10, 0, 0, 2) };
  const { send } = port;
  port.send = (frame, time) => {
    const fault = frameFault(frame, station);
    if (fault !== null)
      faults.push(`t=${world.now} ${fault}: ${Buffer.from(frame).toString("hex")}`);
    send?.(frame, time);
  };
  return faults;
}

async function outcome<T>(run: Run<T>, world: World): Promise<T> {
  let isOver = false;
  const ended = run.result.finally(() => {
    isOver = true;
  });
  ended.catch(() => {});
  // In steps, since connections that are kept alive would go on for days behind what is asked for.
  for (let minute = 0; minute < 120 && !isOver; minute++) {
    world.run(world.now + s(60));
    await nextTurn();
  }
  if (!isOver) throw new Error(`not everything was answered within ${world.now / s(1)} s`);
  return await ended;
}

async function conclude({ world, server }: Scene, { stop, end }: { stop(): void; end: unknown }) {
  stop();
  world.run(world.now + s(10));
  expect(await end).toBe("ERR_SOLO5_CANCELLED");
  return server.console;
}

const scenes: [string, NetFaults, (scene: Scene) => number][] = [
  ["loss", { loss: 0.2 }, ({ wire }) => wire.counters.lost],
  ["duplication", { duplication: 0.5 }, ({ wire }) => wire.counters.duplicated],
  ["reordering", { reordering: 0.3, jitter: us(40) }, ({ wire }) => wire.counters.reordered],
  ["corruption", { corruption: 0.2 }, ({ wire }) => wire.counters.corrupted],
  ["truncation", { truncation: 0.2 }, ({ wire }) => wire.counters.truncated],
  [
    "everything at once",
    { loss: 0.1, duplication: 0.1, reordering: 0.1, corruption: 0.1, truncation: 0.05 },
    ({ wire }) => wire.counters.lost + wire.counters.duplicated,
  ],
];

describe.each(scenes)("the program under %s", (name, faults, countIn) => {
  test(`answers rightly, for ${SEED_COUNT} seeds`, { timeout: TIMEOUT_MS }, async () => {
    let faultCount = 0;
    await simulate(
      1,
      async (world) => {
        const scene = sceneIn(world, faults);
        const wrong = watch(scene);
        const serving = await program(scene);
        expect(await outcome(asking(scene, ask), world)).toMatchObject(EVERYTHING);
        const printed = await conclude(scene, serving);
        faultCount += countIn(scene);
        expect(wrong).toEqual([]);
        expect(printed).toMatch(/^ping {5}[1-9]/m);
      },
      { count: SEED_COUNT, command: `npx vitest run test/faults.test.ts -t "${name}"` },
    );
    expect(faultCount).toBeGreaterThan(SEED_COUNT);
  });
});

describe("the program that is told to end", () => {
  test("in the midst of texts ends within its time, and what was echoed is right", {
    timeout: TIMEOUT_MS,
  }, async () => {
    const ends: Record<string, number> = {};
    await simulate(
      2000,
      async (world) => {
        const faults = { loss: 0.03, duplication: 0.03, reordering: 0.03, corruption: 0.03 };
        const scene = sceneIn(world, { ...faults, bandwidth: 1e7 });
        const wrong = watch(scene);
        const serving = await program(scene);
        const client = asking(scene, function* (ip) {
          const texts = TEXT_SIZES.map((size, key) => textOf(size, key));
          const tasks = texts.map((text) => spawn(() => attempt(ip, text)));
          for (const task of tasks) {
            const end = yield* task;
            ends[end] = (ends[end] ?? 0) + 1;
          }
        });
        const bytes = new Uint8Array(1);
        world.machine("fate").solo5.entropy(bytes);
        world.run(world.now + ms(2 * (bytes[0] as number)));
        serving.stop();
        const start = world.now;
        let code: unknown;
        while (code === undefined && world.now < start + s(10)) {
          world.run(world.now + ms(10));
          code = await Promise.race([serving.end, nextTurn()]);
        }
        expect(code).toBe("ERR_SOLO5_CANCELLED");
        expect(world.now - start).toBeLessThanOrEqual(END_DURATION_MAX + ms(20));
        await outcome(client, world);
        expect(wrong).toEqual([]);
      },
      { count: SEED_COUNT, command: 'npx vitest run test/faults.test.ts -t "told to end"' },
    );
    // Both have happened: texts that were over by then, and such that ended early without a reset.
    expect(ends["whole"]).toBeGreaterThan(SEED_COUNT / 10);
    expect(ends["finished early"]).toBeGreaterThan(SEED_COUNT / 10);
    const others = ["whole", "finished early", ...CUT];
    expect(Object.keys(ends).filter((end) => !others.includes(end))).toEqual([]);
  });
});

describe("the program on a machine that fails", () => {
  test("is there again after every crash", { timeout: TIMEOUT_MS }, async () => {
    let cut = 0;
    await simulate(
      1000,
      async (world) => {
        // Slow enough that every crash meets texts on their way.
        const scene = sceneIn(world, { loss: 0.02, duplication: 0.05, bandwidth: 1e7 });
        const wrong = watch(scene);
        let serving = await program(scene);
        const client = asking(scene, ask);
        const bytes = new Uint8Array(12);
        world.machine("fate").solo5.entropy(bytes);
        for (let i = 0; i < bytes.length; i += 2) {
          world.run(world.now + ms(bytes[i] as number));
          scene.server.crash();
          world.run(world.now + us(100 * (bytes[i + 1] as number)));
          serving = await program(scene);
        }
        const answers = await outcome(client, world);
        cut += answers.cut;
        expect(answers).toMatchObject(EVERYTHING);
        await conclude(scene, serving);
        expect(wrong).toEqual([]);
      },
      { count: SEED_COUNT, command: 'npx vitest run test/faults.test.ts -t "crash"' },
    );
    expect(cut).toBeGreaterThan(SEED_COUNT);
  });

  test("answers what waited for it while it stood still", async () => {
    await simulate(1, async (world) => {
      const scene = sceneIn(world);
      const serving = await program(scene);
      const client = asking(scene, function* (ip) {
        yield* ip.ping(SERVER_ADDRESS);
        scene.server.pause(ms(100));
        const tasks = Array.from({ length: 50 }, () => spawn(() => ip.ping(SERVER_ADDRESS)));
        const waited: boolean[] = [];
        for (const task of tasks) waited.push((yield* task).duration >= ms(99));
        return waited;
      });
      expect(await outcome(client, world)).toEqual(new Array(50).fill(true));
      expect(await conclude(scene, serving)).toContain("ping     51 answered");
    });
  });

  test("finishes a text behind a partition that heals", async () => {
    await simulate(1, async (world) => {
      const scene = sceneIn(world, { bandwidth: 1e7 });
      const serving = await program(scene);
      world.at(ms(50), () => scene.wire.partition());
      world.at(s(5), () => scene.wire.heal());
      const answers = await outcome(asking(scene, ask), world);
      expect(answers).toEqual({ ...EVERYTHING, cut: 0 });
      expect(scene.wire.counters.partitioned).toBeGreaterThan(0);
      await conclude(scene, serving);
    });
  });
});

test("an echo that is wrong in one byte is found", async () => {
  const lying = simulate(7, async (world) => {
    const scene = sceneIn(world);
    const wrong = watch(scene);
    const { send } = scene.port;
    scene.port.send = (frame, time) => {
      const changed = frame.slice();
      if (frame.length > 1000) changed[700] = (changed[700] as number) ^ 1;
      send?.(changed, time);
    };
    const serving = await program(scene);
    world.run(world.now);
    const client = asking(scene, (ip) =>
      ip.ping(SERVER_ADDRESS, { dataSize: 1200, timeout: s(1) }),
    );
    await outcome(client, world).catch(() => {});
    await conclude(scene, serving);
    expect(wrong, formatAddress(TO.address)).toEqual([]);
  });
  const first = Number(process.env["SEED"] || 7);
  await expect(lying).rejects.toMatchObject({ code: "ERR_SOLO5_SIMULATION_FAILED", seed: first });
});
