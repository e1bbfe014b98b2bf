// The lesson of the README: a shop counts its stock, and compacts its store now and then. The machine crashes once.
import type { World } from "@miou-solo5/sim";
import { type Block, block, type Suspended, us } from "miou-solo5";
import { type KvOptions, openKv } from "../src/index.ts";
import { Dice } from "./dice.ts";
import { bytesOf, textOf } from "./text.ts";

const KEYS = ["apples", "pears", "plums"];

export async function lesson(world: World, options: KvOptions): Promise<void> {
  const machine = world.machine("shop");
  const faults = { latency: us(10), flushLatency: us(200) };
  machine.disk("disk", { capacity: 20 * 512, faults });
  /** What the store said that it has, and what it was asked to. */
  const stock = new Map<string, string>();
  const asked = new Map<string, string>();

  function* shop(disk: Block): Generator<Suspended, void, void> {
    const store = yield* openKv(disk, options);
    for (const [key, count] of stock) {
      const found = textOf(yield* store.get(key));
      if (found === count || found === asked.get(key)) continue;
      throw new Error(`${key}: ${count} were acknowledged, ${found} are there`);
    }
    for (let count = 0; count < 30; count++) {
      const key = KEYS[count % KEYS.length] as string;
      asked.set(key, `${count}`);
      yield* store.set(key, bytesOf(`${count}`));
      stock.set(key, `${count}`);
      if (count % 5 === 4) yield* store.compact();
    }
    yield* store.close();
  }

  machine.start([block("disk")], shop);
  const [time, rest] = [new Dice(world).below(12_000), us(50)];
  let again: Promise<unknown> = Promise.resolve();
  world.at(us(time), () => machine.crash());
  world.at(us(time) + rest, () => {
    again = machine.restart().result;
    again.catch(() => {});
  });
  world.run();
  await again;
}
