// What a store may say, by what it was told and what it answered. For each key it keeps the writes that may still be
// seen: one that was acknowledged hides those that had ended before it began.
import { compareUtf8 } from "../src/utf8.ts";

/** A value as text, or null where there is none. */
export type Seen = string | null;

type State = "open" | "acknowledged" | "unknown" | "refused";

/** A write of one task. Times count events: of two events the later has the higher one. */
export interface Write {
  readonly changes: ReadonlyMap<string, Seen>;
  readonly start: number;
  end: number;
  state: State;
}

export class Model {
  #time = 0;
  readonly #writes = new Map<string, Write[]>();
  acknowledgedCount = 0;
  unknownCount = 0;
  refusedCount = 0;

  /** A task is about to write. */
  begin(changes: Iterable<readonly [string, Seen]>): Write {
    const write: Write = {
      changes: new Map(changes),
      start: this.now(),
      end: Infinity,
      state: "open",
    };
    for (const key of write.changes.keys()) this.#of(key).push(write);
    return write;
  }

  /** It was told how that ended: done, not done, or (an error of the device, an interruption) one of the two. */
  end(write: Write, state: Exclude<State, "open">): void {
    write.end = this.now();
    write.state = state;
    if (state === "acknowledged") this.acknowledgedCount++;
    if (state === "unknown") this.unknownCount++;
    if (state === "refused") this.refusedCount++;
  }

  /** The time, for the start of a read. */
  now(): number {
    return this.#time++;
  }

  /** The machine is gone: of what was under way nobody knows. */
  crash(): void {
    for (const writes of this.#writes.values()) {
      for (const write of writes) if (write.state === "open") this.end(write, "unknown");
    }
  }

  /** @throws {Error} where no store that keeps its promises gives `seen` for `key` to a read that began at `start` */
  checkRead(key: string, seen: Seen, start: number): void {
    const end = this.now();
    const writes = this.#of(key);
    const isHidden = (write: Write): boolean =>
      writes.some((w) => w.state === "acknowledged" && write.end < w.start && w.end < start);
    const legal = writes.filter((w) => w.state !== "refused" && w.start < end && !isHidden(w));
    if (legal.some(({ changes }) => changes.get(key) === seen)) return;
    const wanted = legal.map(({ changes, state }) => `${shown(changes.get(key))} (${state})`);
    throw new Error(`${key} is ${shown(seen)}, and may be ${wanted.join(" or ")}`);
  }

  /**
   * A store was opened and holds `entries`: from now on it holds exactly that, whatever else might have been.
   *
   * @throws {Error} where it may not
   */
  observe(entries: readonly (readonly [string, Seen])[]): void {
    checkOrder(entries.map(([key]) => key));
    const found = new Map(entries);
    const start = this.now();
    for (const key of found.keys()) this.#of(key);
    for (const key of this.#writes.keys()) {
      const seen = found.get(key) ?? null;
      this.checkRead(key, seen, start);
      const time = this.now();
      const write: Write = {
        changes: new Map([[key, seen]]),
        start: time,
        end: time,
        state: "acknowledged",
      };
      this.#writes.set(key, [write]);
    }
  }

  #of(key: string): Write[] {
    let writes = this.#writes.get(key);
    if (writes === undefined) {
      const never: Write = {
        changes: new Map([[key, null]]),
        start: -1,
        end: -1,
        state: "acknowledged",
      };
      writes = [never];
      this.#writes.set(key, writes);
    }
    return writes;
  }
}

/** @throws {Error} where keys are not in the order of their bytes, each once */
export function checkOrder(keys: readonly string[]): void {
  for (const [i, key] of keys.slice(1).entries()) {
    if (compareUtf8(keys[i] as string, key) >= 0) {
      throw new Error(`${shown(keys[i])} comes before ${shown(key)}`);
    }
  }
}

function shown(seen: Seen | undefined): string {
  if (seen === null || seen === undefined) return "nothing";
  return seen.length > 24 ? `"${seen.slice(0, 24)}..." of ${seen.length}` : `"${seen}"`;
}
