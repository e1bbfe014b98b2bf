// The server, unchanged, where everything goes wrong: frames are lost, doubled, overtaken, damaged and cut, its machine
// crashes and stands still. A client machine asks until it has the right answer, and checks all that it hears; and
// whatever the server sends is looked at as well, before the wire can damage it.
//
// ARP is left out: it has no checksum, so a damaged question is another question.

import { type Machine, type NetFaults, simulate, type Wire, type World } from "@miou-solo5/sim";
import { ms, type Net, net, type Suspended, sleep, spawn, us } from "miou-solo5";
import { describe, expect, test } from "vitest";
import { parsePlace } from "../src/address.ts";
import { Responder } from "../src/responder.ts";
import { serve } from "../src/server.ts";
import {
  CLIENT,
  CLIENT_MAC,
  hexOf,
  icmpMessage,
  ipv4Frame,
  SERVER,
  SERVER_MAC,
  udpDatagram,
  word,
} from "./frames.ts";

const PLACE = parsePlace("10.0.0.2/24");
const QUESTION_COUNT = 12;
/** `SIM_SEEDS=10000` for a long run. */
const SEED_COUNT = Number(process.env["SIM_SEEDS"] || 200);
const TIMEOUT_MS = 60_000 + SEED_COUNT * 100;

interface Question {
  readonly frame: Uint8Array;
  readonly answer: Uint8Array;
}

/** A ping or a datagram, told from all others by its data; and what the one right answer is. */
function question(index: number): Question {
  const data = [...word(index), ...Array.from({ length: index * 7 }, (_, i) => (i * 31) & 255)];
  const back = { source: SERVER, target: CLIENT, from: SERVER_MAC, to: CLIENT_MAC };
  if (index % 2 === 0) {
    const message = { sequence: index, data };
    return {
      frame: ipv4Frame({ protocol: 1, payload: icmpMessage(message) }),
      answer: ipv4Frame({ protocol: 1, payload: icmpMessage({ ...message, type: 0 }), ...back }),
    };
  }
  const swapped = { source: SERVER, target: CLIENT, sourcePort: 7, targetPort: 40_000, data };
  return {
    frame: ipv4Frame({ protocol: 17, payload: udpDatagram({ data }) }),
    answer: ipv4Frame({ protocol: 17, payload: udpDatagram(swapped), ...back }),
  };
}

const QUESTIONS = Array.from({ length: QUESTION_COUNT }, (_, i) => question(i));
const ANSWERS = new Map(QUESTIONS.map(({ answer }, index) => [hexOf(answer), index]));
/** Without the address that they go to, which a damaged question can change: no checksum covers it. */
const BODIES = new Set(QUESTIONS.map(({ answer }) => hexOf(answer.subarray(6))));

interface Setting {
  readonly wire: Wire;
  readonly server: Machine;
  readonly client: Machine;
  /** What the server sent. */
  readonly sent: Uint8Array[];
}

function* serveEcho(service: Net): Generator<Suspended, void, void> {
  yield* serve(service, new Responder(service.mac, PLACE));
}

function serving(world: World, faults: NetFaults, program = serveEcho): Setting {
  const server = world.machine("server");
  const client = world.machine("client");
  const port = server.net("service", { mac: SERVER_MAC });
  const wire = world.wire(port, client.net("service", { mac: CLIENT_MAC }), {
    latency: us(50),
    ...faults,
  });
  const sent: Uint8Array[] = [];
  const { send } = port;
  port.send = (frame, time) => {
    sent.push(frame);
    send?.(frame, time);
  };
  server.start([net("service")], program);
  return { wire, server, client, sent };
}

/** Asks everything, again and again until the right answer is there. Gives how often each came. */
async function ask(world: World, { wire, client, sent }: Setting): Promise<number[]> {
  const counts = new Array<number>(QUESTION_COUNT).fill(0);
  let damaged = 0;
  const asking = client.start([net("service")], function* (service) {
    const listener = spawn(function* (): Generator<Suspended, void, void> {
      for (;;) {
        const index = ANSWERS.get(hexOf(yield* service.readBytes()));
        if (index === undefined) damaged++;
        else counts[index] = (counts[index] ?? 0) + 1;
      }
    });
    for (const [index, { frame }] of QUESTIONS.entries()) {
      while (counts[index] === 0) {
        service.write(frame);
        yield* sleep(ms(1));
      }
    }
    // What is late or held up comes, too.
    yield* sleep(ms(20));
    yield* listener.cancel();
  });
  world.run(ms(5000));
  world.stop();
  await asking.result;
  for (const frame of sent) expect(BODIES).toContain(hexOf(frame.subarray(6)));
  // What the client could not make sense of is what the wires changed: each perhaps twice, where it doubles.
  const { forth, back } = wire;
  const changed = [forth, back].reduce(
    (sum, { counters }) => sum + counters.corrupted + counters.truncated,
    0,
  );
  expect(damaged).toBeLessThanOrEqual(2 * changed);
  return counts;
}

describe.each<[string, NetFaults, (wire: Wire) => number]>([
  ["loss", { loss: 0.3 }, ({ counters }) => counters.lost],
  ["duplication", { duplication: 0.5 }, ({ counters }) => counters.duplicated],
  ["reordering", { reordering: 0.5, jitter: us(40) }, ({ counters }) => counters.reordered],
  ["corruption", { corruption: 0.5 }, ({ counters }) => counters.corrupted],
  ["truncation", { truncation: 0.3 }, ({ counters }) => counters.truncated],
  [
    "everything at once",
    { loss: 0.2, duplication: 0.2, reordering: 0.2, corruption: 0.2, truncation: 0.1 },
    ({ counters }) => counters.lost + counters.duplicated,
  ],
])("the server under %s", (name, faults, count) => {
  test(`answers rightly or not at all, for ${SEED_COUNT} seeds`, {
    timeout: TIMEOUT_MS,
  }, async () => {
    let faultCount = 0;
    await simulate(
      1,
      async (world) => {
        const setting = serving(world, faults);
        const counts = await ask(world, setting);
        faultCount += count(setting.wire);
        expect(Math.min(...counts)).toBeGreaterThan(0);
      },
      { count: SEED_COUNT, command: `npx vitest run test/faults.test.ts -t "${name}"` },
    );
    expect(faultCount).toBeGreaterThan(SEED_COUNT);
  });
});

describe("the server on a machine that fails", () => {
  test("is there again after every crash", { timeout: TIMEOUT_MS }, async () => {
    await simulate(
      1000,
      async (world) => {
        const setting = serving(world, { loss: 0.1, duplication: 0.1, corruption: 0.1 });
        const bytes = new Uint8Array(20);
        world.machine("fate").solo5.entropy(bytes);
        let crashCount = 0;
        let at = 0;
        for (const byte of bytes) {
          at += us(10 * byte);
          world.at(at, () => {
            setting.server.crash();
            crashCount++;
          });
          world.at(at + us(byte), () => setting.server.restart());
        }
        expect(Math.min(...(await ask(world, setting)))).toBeGreaterThan(0);
        expect(crashCount).toBe(20);
      },
      { count: SEED_COUNT, command: 'npx vitest run test/faults.test.ts -t "crash"' },
    );
  });

  test("answers what waited for it while it stood still", async () => {
    await simulate(1, async (world) => {
      const setting = serving(world, {});
      world.at(0, () => setting.server.pause(ms(10)));
      const counts = await ask(world, setting);
      // The first question was asked once a millisecond all the while; no frame was lost.
      expect(counts[0]).toBeGreaterThanOrEqual(10);
      expect(counts.slice(1)).toEqual(new Array(QUESTION_COUNT - 1).fill(1));
    });
  });

  test("is reached again when a partition heals", async () => {
    await simulate(1, async (world) => {
      const setting = serving(world, {});
      setting.wire.partition();
      world.at(ms(30), () => setting.wire.heal());
      expect(await ask(world, setting)).toEqual(new Array(QUESTION_COUNT).fill(1));
      expect(setting.wire.counters.partitioned).toBe(30);
    });
  });
});

test("a server that answers wrongly is found", async () => {
  const lying = simulate(7, async (world) => {
    const setting = serving(world, {}, function* lie(service) {
      const responder = new Responder(service.mac, PLACE);
      const frame = new Uint8Array(service.frameSizeMax);
      for (;;) {
        const size = responder.respond(frame, yield* service.read(frame), frame);
        frame[size - 1] = (frame[size - 1] as number) ^ 1;
        service.write(frame, 0, size);
      }
    });
    await ask(world, setting);
  });
  const first = Number(process.env["SEED"] || 7);
  await expect(lying).rejects.toMatchObject({ code: "ERR_SOLO5_SIMULATION_FAILED", seed: first });
});
