// The story that is told for thousands of seeds: tasks use a store all at once, its machine crashes at any moment,
// recovery and compaction included, its disk fails; and after each start the model says whether what is there may be.
import type { BlockFaults, Disk, Machine, World } from "@miou-solo5/sim";
import {
  type Block,
  block,
  type Operation,
  type Run,
  type Suspended,
  sleep,
  spawn,
  us,
  withTimeout,
} from "miou-solo5";
import { type Kv, type KvOptions, openKv } from "../src/index.ts";
import { Dice } from "./dice.ts";
import { checkOrder, Model, type Seen } from "./model.ts";
import { bytesOf, textOf } from "./text.ts";

export interface StoryOptions extends KvOptions {
  readonly faults?: BlockFaults;
  /** Whether the disk fails badly for a while, now and then. */
  readonly storms?: boolean;
}

/** What happened: a story in which nothing does proves nothing. */
export interface StoryCounts {
  acknowledged: number;
  unknown: number;
  refused: number;
  crashes: number;
  /** Crashes while a store was opened, and while one was compacted that was asked to. */
  crashesOfOpening: number;
  crashesOfCompacting: number;
  starts: number;
  compactions: number;
}

const CLIENT_COUNT = 3;
const SHARED_KEYS = ["b", "B", "é", "\u{1F600}", "\uFFFD", ""];
const FAST: BlockFaults = { latency: us(15), jitter: us(20), flushLatency: us(150) };
const STORM: BlockFaults = { readError: 0.1, writeError: 0.3, flushError: 0.7 };
const CALM: BlockFaults = {
  readError: 0,
  writeError: 0,
  flushError: 0,
  misreading: 0,
  miswriting: 0,
};

export function story(world: World, options: StoryOptions = {}): StoryCounts {
  return new Teller(world, options).tell();
}

class Teller {
  readonly #world: World;
  readonly #options: StoryOptions;
  readonly #dice: Dice;
  readonly #model = new Model();
  readonly #machine: Machine;
  readonly #disk: Disk;
  readonly #failures: unknown[] = [];
  readonly #counts = {
    ...{ crashes: 0, crashesOfOpening: 0, crashesOfCompacting: 0 },
    ...{ starts: 0, compactions: 0 },
  };
  #isOpening = false;
  #isCompacting = false;
  #valueCount = 0;
  #endings = 0;

  constructor(world: World, options: StoryOptions) {
    this.#world = world;
    this.#options = options;
    this.#dice = new Dice(world);
    this.#machine = world.machine("store");
    const pageSize = this.#dice.pick([512, 512, 1024]);
    this.#disk = this.#machine.disk("disk", {
      capacity: (20 + this.#dice.below(70)) * pageSize,
      blockSize: pageSize,
      faults: { ...FAST, ...options.faults },
    });
  }

  tell(): StoryCounts {
    const dice = this.#dice;
    this.#watch(this.#machine.start([block("disk")], (disk) => this.#noted(this.#use(disk))));
    let time = 0;
    for (let count = 2 + dice.below(5); count > 0; count--) {
      // Short ones come while the store is opened, long ones after several compactions.
      time += us(dice.below(dice.pick([500, 3000, 15_000, 40_000])));
      const rest = us(dice.below(200));
      this.#world.at(time, () => this.#crash());
      this.#world.at(time + rest, () => this.#watch(this.#machine.restart()));
      if (this.#options.storms) this.#storm(time);
      time += rest;
    }
    // At last everybody looks at what is there, on a disk that does nothing wrong any more.
    this.#world.at(time + us(dice.below(5000)), () => {
      this.#crash();
      this.#disk.set(CALM);
      this.#watch(this.#machine.start([block("disk")], (disk) => this.#noted(this.#look(disk))));
    });
    this.#world.run();
    if (this.#failures.length > 0) throw this.#failures[0];
    if (this.#endings !== 1) throw new Error("nobody had a look at last");
    const { acknowledgedCount, unknownCount, refusedCount } = this.#model;
    return {
      ...this.#counts,
      acknowledged: acknowledgedCount,
      unknown: unknownCount,
      refused: refusedCount,
    };
  }

  #storm(before: number): void {
    const start = Math.max(0, before - us(this.#dice.below(8000)));
    const { faults } = this.#options;
    this.#world.at(start, () => this.#disk.set(STORM));
    const end = start + us(this.#dice.below(4000));
    this.#world.at(end, () => this.#disk.set({ ...CALM, ...faults }));
  }

  #crash(): void {
    this.#counts.crashes++;
    if (this.#isOpening) this.#counts.crashesOfOpening++;
    if (this.#isCompacting) this.#counts.crashesOfCompacting++;
    this.#isOpening = false;
    this.#isCompacting = false;
    this.#machine.crash();
    this.#model.crash();
  }

  /** Each run ends in a crash, or as it should. */
  #watch(run: Run<unknown>): void {
    this.#counts.starts++;
    run.result.catch(() => {});
  }

  /**
   * Does what a run consists of, and notes how it fails: the run itself would tell of a crash that comes later, because
   * its result settles when the world stands still.
   */
  *#noted(main: Operation<void>): Generator<Suspended, void, void> {
    try {
      yield* main;
      this.#endings++;
    } catch (error) {
      this.#failures.push(error);
      throw error;
    }
  }

  /** Opens the store again and again, and uses it each time until it is given up, or a crash comes. */
  *#use(disk: Block): Generator<Suspended, void, void> {
    for (;;) {
      const store = yield* this.#open(disk);
      const log = (yield* this.#sure(() => store.check())).log;
      const clients = Array.from({ length: CLIENT_COUNT }, (_, index) =>
        spawn(() => this.#client(store, index), { name: `client ${index}` }),
      );
      for (const client of clients) yield* client;
      this.#counts.compactions += (yield* this.#sure(() => store.check())).log - log;
      if (this.#dice.chance(0.5)) yield* tried(() => store.close());
      yield* sleep(us(10));
    }
  }

  *#look(disk: Block): Generator<Suspended, void, void> {
    const store = yield* this.#open(disk);
    const { damagedKeys } = yield* store.check();
    if (damagedKeys.length > 0) throw new Error(`damaged: ${damagedKeys.join()}`);
    yield* store.close();
  }

  /** Opens the store and tells the model what it holds. */
  *#open(disk: Block): Generator<Suspended, Kv, void> {
    this.#isOpening = true;
    const store = yield* this.#sure(() => openKv(disk, this.#options));
    this.#isOpening = false;
    const entries = yield* this.#sure(() => store.entries());
    const seen = entries.map(([key, value]) => [key, textOf(value)] as const);
    this.#model.observe(seen);
    const found = new Map(seen);
    for (let index = 0; index < CLIENT_COUNT; index++) {
      const [left, right] = pairOf(index).map((key) => found.get(key) ?? null);
      if (left !== right) throw new Error(`half of a write: ${left} beside ${right}`);
    }
    return store;
  }

  /** Does what the device may refuse at times until it doesn't. */
  *#sure<T>(act: () => Operation<T>): Generator<Suspended, T, void> {
    for (;;) {
      try {
        return yield* act();
      } catch (error) {
        if (codeOf(error) !== "ERR_KV_IO") throw error;
        yield* sleep(us(100));
      }
    }
  }

  *#client(store: Kv, index: number): Generator<Suspended, void, void> {
    const dice = this.#dice;
    for (let count = 1 + dice.below(12); count > 0; count--) {
      if (dice.chance(0.3)) yield* sleep(us(dice.below(400)));
      yield* this.#act(store, index);
    }
  }

  #act(store: Kv, index: number): Operation<void> {
    const dice = this.#dice;
    const kind = dice.below(100);
    const own = `${index}/${dice.below(3)}`;
    const key = dice.chance(0.4) ? dice.pick(SHARED_KEYS) : own;
    if (kind < 35) return this.#write(store, [[key, this.#value()]]);
    if (kind < 50) return this.#write(store, [[key, null]]);
    if (kind < 65) {
      const value = dice.chance(0.8) ? this.#value() : null;
      return this.#write(
        store,
        pairOf(index).map((half) => [half, value]),
      );
    }
    if (kind < 90) return this.#read(store, key);
    if (kind < 95) return this.#readAll(store);
    return this.#compact(store);
  }

  *#write(store: Kv, changes: readonly [string, Seen][]): Generator<Suspended, void, void> {
    const encoded = changes.map(
      ([key, value]) => [key, value === null ? null : bytesOf(value)] as const,
    );
    const [first] = changes as [[string, Seen]];
    const write = this.#model.begin(changes);
    // Now and then the task is interrupted while it writes.
    const isShort = this.#dice.chance(0.15);
    try {
      const doing: Operation<unknown> =
        changes.length > 1
          ? store.write(encoded)
          : first[1] === null
            ? store.delete(first[0])
            : store.set(first[0], bytesOf(first[1]));
      yield* isShort ? withTimeout(us(this.#dice.below(600)), doing) : doing;
      this.#model.end(write, "acknowledged");
    } catch (error) {
      const code = codeOf(error);
      const isFull = code === "ERR_KV_FULL" || code === "ERR_KV_TOO_LARGE";
      if (isFull && first[1] !== null) this.#model.end(write, "refused");
      else if (code === "ERR_KV_IO" || (isShort && code === "ERR_SOLO5_TIMEOUT"))
        this.#model.end(write, "unknown");
      else throw error;
    }
  }

  *#read(store: Kv, key: string): Generator<Suspended, void, void> {
    const start = this.#model.now();
    yield* tried(
      () => store.get(key),
      (value) => this.#model.checkRead(key, textOf(value), start),
    );
  }

  *#readAll(store: Kv): Generator<Suspended, void, void> {
    const start = this.#model.now();
    yield* tried(
      () => store.entries(),
      (entries) => {
        checkOrder(entries.map(([key]) => key));
        for (const [key, value] of entries) this.#model.checkRead(key, textOf(value), start);
      },
    );
  }

  *#compact(store: Kv): Generator<Suspended, void, void> {
    this.#isCompacting = true;
    yield* tried(() => store.compact());
    this.#isCompacting = false;
  }

  /** A new one, of which there is no other. Some fill pages to the last byte, some are as long as the log. */
  #value(): string {
    const dice = this.#dice;
    const name = `v${this.#valueCount++} `;
    const size = dice.below(dice.pick([10, 10, 600, 600, 1500, 9000]));
    return name + "abcdefgh".repeat(Math.ceil(size / 8)).slice(0, size);
  }
}

/** Two keys that are only ever written together, with the same value. */
function pairOf(index: number): [string, string] {
  return [`${index}/left`, `${index}/right`];
}

/** Does what the device may refuse. */
function* tried<T>(
  act: () => Operation<T>,
  check: (value: T) => void = () => {},
): Generator<Suspended, void, void> {
  try {
    check(yield* act());
  } catch (error) {
    if (codeOf(error) !== "ERR_KV_IO") throw error;
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code;
}
