// The faults of the simulation before a real file: the same program, the kernel's pages, crashes between two runs.
import { Medium, withBlockFaults } from "@miou-solo5/sim";
import { type Block, block, run, type Suspended, spawn } from "miou-solo5";
import { host } from "miou-solo5/host";
import { expect, test } from "vitest";
import { type Kv, openKv } from "../../src/index.ts";
import { seed } from "../machine.ts";
import { Model } from "../model.ts";
import { bytesOf, textOf } from "../text.ts";
import { describeLinux, StoreFile } from "./solo5-node.ts";

const ROUND_COUNT = 30;
const FAULTS = {
  readError: 0.02,
  writeError: 0.05,
  flushError: 0.1,
  misreading: 0.003,
  tearing: 0.5,
};

async function story(): Promise<void> {
  using file = new StoreFile(40 * 1024);
  const model = new Model();
  const medium = new Medium({ seed, name: "store", ...FAULTS });
  let random = seed;
  const below = (bound: number): number => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0;
    return (random >>> 8) % bound;
  };

  function* use(disk: Block): Generator<Suspended, void, void> {
    let store: Kv | null = null;
    while (store === null) store = yield* openOnce(disk);
    const clients = [0, 1, 2].map((client) =>
      spawn(function* write() {
        for (let count = below(25); count > 0; count--) {
          const key = `${client}/${below(4)}`;
          const value = below(5) === 0 ? null : `${count} ${"x".repeat(below(800))}`;
          const write = model.begin([[key, value]]);
          try {
            if (value === null) yield* store.delete(key);
            else yield* store.set(key, bytesOf(value));
            model.end(write, "acknowledged");
          } catch (error) {
            const { code } = error as { code?: unknown };
            if (code !== "ERR_KV_IO" && code !== "ERR_KV_FULL") throw error;
            model.end(write, code === "ERR_KV_IO" ? "unknown" : "refused");
          }
        }
      }),
    );
    for (const client of clients) yield* client;
  }

  function* openOnce(disk: Block): Generator<Suspended, Kv | null, void> {
    try {
      const store = yield* openKv(disk);
      const entries = yield* store.entries();
      model.observe(entries.map(([key, value]) => [key, textOf(value)]));
      return store;
    } catch (error) {
      if ((error as { code?: unknown }).code !== "ERR_KV_IO") throw error;
      return null;
    }
  }

  for (let round = 0; round < ROUND_COUNT; round++) {
    using real = host({ block: { store: { path: file.path, blockSize: 512 } } });
    const solo5 = withBlockFaults(real, { store: medium });
    const last = round === ROUND_COUNT - 1;
    if (last) medium.set({ readError: 0, writeError: 0, flushError: 0, misreading: 0 });
    // The power goes at any moment: some pages of this round are cut off before they are written.
    let writesLeft = last ? Infinity : below(300);
    const ending = {
      ...solo5,
      blockWrite: (handle: number, position: number, from: Uint8Array, offset: number): void => {
        if (writesLeft-- <= 0) throw new Error("the power is gone");
        solo5.blockWrite(handle, position, from, offset);
      },
    };
    await run([block("store")], use, { solo5: ending }).catch((error: Error) => {
      if (error.message !== "the power is gone") throw error;
      model.crash();
    });
    medium.crash();
  }
  const { crashes, lost, torn, writeErrors, flushErrors } = medium.counters;
  console.log(
    `acknowledged ${model.acknowledgedCount}, unknown ${model.unknownCount}; ` +
      JSON.stringify({ crashes, lost, torn, writeErrors, flushErrors }),
  );
  expect(crashes).toBe(ROUND_COUNT);
  expect(lost + torn).toBeGreaterThan(0);
  expect(model.acknowledgedCount).toBeGreaterThan(ROUND_COUNT * 5);
}

describeLinux(`a store on a real file (SEED=${seed})`, () => {
  test("loses nothing under faults and crashes", { timeout: 120_000 }, story);
});
