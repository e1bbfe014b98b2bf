// Hours of many machines: memory returns to where it was, whatever happened meanwhile.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Block, block } from "@miou-solo5/block";
import { type Net, net } from "@miou-solo5/net";
import {
  clockMonotonic,
  ms,
  type Suspended,
  s,
  sleep,
  spawn,
  withTimeout,
} from "@miou-solo5/scheduler";
import { expect, test } from "vitest";
import { createWorld, type World } from "../src/index.ts";
import { seed } from "./seed.ts";

const MACHINE_COUNT = 12;
const HOUR = s(3600);
/** Bytes: what the test runner itself keeps meanwhile. A start of a machine that is kept takes 14,000. */
const GROWTH_MAX = 400_000;

const EVERYBODY = new Uint8Array(6).fill(0xff);
const macOf = (i: number): Uint8Array => Uint8Array.of(2, 0, 0, 0, 0, i % MACHINE_COUNT);
const NEXT = new Map(
  Array.from({ length: MACHINE_COUNT }, (_, i) => [macOf(i).join(), macOf(i + 1)]),
);

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

async function heapSize(): Promise<number> {
  // Promises of what has crashed settle first.
  await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 3; i++) collect();
  return process.memoryUsage().heapUsed;
}

/** Says something to the next one each second, to everybody each minute, listens with a timeout, and keeps a count on its disk. */
function* station(device: Net, disk: Block): Generator<Suspended, void, void> {
  spawn(
    function* listen() {
      for (;;) {
        try {
          yield* withTimeout(ms(700), device.readBytes());
        } catch (error) {
          if ((error as { code?: string }).code !== "ERR_SOLO5_TIMEOUT") throw error;
        }
      }
    },
    { name: "listener" },
  );
  const frame = new Uint8Array(100);
  frame.set(device.mac, 6);
  const page = new Uint8Array(disk.pageSize);
  for (let i = 0; ; i++) {
    frame.set(i % 60 === 0 ? EVERYBODY : (NEXT.get(device.mac.join()) ?? EVERYBODY));
    device.write(frame);
    yield* disk.write(512 * (i % 8), page.fill(i & 255));
    if (i % 10 === 0) yield* disk.flush();
    // A child a second, too.
    yield* spawn(() => sleep(s(1)), { name: `pause ${clockMonotonic()}` });
  }
}

function town(): World {
  const world = createWorld({ seed });
  const machines = Array.from({ length: MACHINE_COUNT }, (_, i) => world.machine(`m${i}`));
  const hub = world.switch(
    machines.map((machine, i) => machine.net("n", { mac: macOf(i) })),
    {
      latency: ms(1),
      jitter: ms(1),
      bandwidth: 1e8,
      queueCountMax: 50,
      loss: 0.01,
      duplication: 0.01,
      reordering: 0.01,
      corruption: 0.01,
      truncation: 0.01,
    },
  );
  for (const machine of machines) {
    machine.disk("disk", { capacity: 8 * 512, faults: { latency: ms(1), flushLatency: ms(5) } });
    machine.start([net("n"), block("disk")], station);
  }
  let minute = 0;
  const fate = (): void => {
    const machine = machines[minute % MACHINE_COUNT];
    if (minute % 3 === 0) machine?.restart();
    else if (minute % 3 === 1) machine?.pause(s(5));
    else if (minute % 6 === 2) hub.partition(hub.ports.slice(0, minute % MACHINE_COUNT));
    else hub.heal();
    world.at(s(60) * ++minute, fate);
  };
  world.at(s(60), fate);
  return world;
}

test(`memory of ${MACHINE_COUNT} machines is the same after hours as after one`, async () => {
  const world = town();
  world.run(HOUR);
  const before = await heapSize();
  for (let hour = 2; hour <= 4; hour++) {
    world.run(hour * HOUR);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await heapSize()) - before).toBeLessThan(GROWTH_MAX);
  expect(world.now).toBe(4 * HOUR);
}, 240_000);

test("a world that nobody keeps is given back", async () => {
  town().run(s(60));
  const before = await heapSize();
  for (let i = 0; i < 20; i++) town().run(s(60));
  expect((await heapSize()) - before).toBeLessThan(GROWTH_MAX);
});
