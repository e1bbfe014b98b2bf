// What stands between programs and where pages are: its faults, and what a crash does to unflushed pages. The same
// before a simulated disk and before a real device.
import {
  type BlockFaultCounters,
  type BlockFaults,
  checkBlockFaults,
  newBlockCounters,
  PERFECT_BLOCK,
} from "./block-faults.ts";
import { Chance, flipBits } from "./chance.ts";
import { SimError } from "./errors.ts";
import { Unflushed } from "./unflushed.ts";

/** Where pages are. Both throw before anything has happened, or move one page whole. */
export interface Pages {
  readonly pageSize: number;
  /** Lets `act` read and write at a time at which no program has the device. */
  outside(act: () => void): void;
  read(position: number, into: Uint8Array, offset: number): void;
  write(position: number, from: Uint8Array, offset: number): void;
}

export interface MediumOptions extends BlockFaults {
  /** What its faults follow from; 0 if not given. A machine gives its disks the world's. */
  readonly seed?: number;
  /** Tells it from others of the same seed. */
  readonly name?: string;
}

export class Medium {
  readonly name: string;
  /** Hears of each fault as it happens, for a trace. */
  onFault: ((fault: string, position: number | null) => void) | null = null;
  readonly #chance: Chance;
  readonly #counters = newBlockCounters();
  readonly #unflushed = new Unflushed();
  #faults = PERFECT_BLOCK;
  #pages: Pages | null = null;

  /** Make one yourself for `withBlockFaults`; disks have their own. @throws as `set` */
  constructor(options: MediumOptions = {}) {
    const { seed = 0, name = "disk", ...faults } = options;
    this.name = name;
    this.#chance = new Chance(seed, name);
    this.set(faults);
  }

  /** A copy of the counts as they are now. */
  get counters(): BlockFaultCounters {
    return { ...this.#counters };
  }

  /**
   * Changes what `faults` names, from the next operation on.
   *
   * @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT for a name or number that makes no sense
   */
  set(faults: BlockFaults): void {
    checkBlockFaults(this.name, faults);
    this.#faults = { ...this.#faults, ...faults };
  }

  /** Nanoseconds that the next page takes. */
  duration(): number {
    const { latency, jitter } = this.#faults;
    return jitter > 0 ? latency + this.#chance.below("jitter", jitter + 1) : latency;
  }

  /** Nanoseconds that a flush takes. */
  flushDuration(): number {
    return this.#faults.flushLatency;
  }

  /** Reads a page. @throws {SimError} ERR_SOLO5_IO; what `pages` throws */
  read(position: number, into: Uint8Array, offset: number): void {
    const { readError, misreading } = this.#faults;
    const pages = this.#attached;
    pages.read(position, into, offset);
    this.#counters.reads++;
    if (this.#chance.happens("read error", readError)) {
      // Part of the page may have come before the error: nobody must rely on what is there.
      this.#chance.fill("read error", into, offset, pages.pageSize);
      this.#count("readErrors", position);
      throw ioError(this.name, "pread", `page at ${position}`);
    }
    if (!this.#chance.happens("misreading", misreading)) return;
    this.#count("misread", position);
    flipBits(this.#chance, into, { offset, size: pages.pageSize, count: 1 });
  }

  /** Writes a page. @throws {SimError} ERR_SOLO5_IO; what `pages` throws */
  write(position: number, from: Uint8Array, offset: number): void {
    const { writeError, miswriting } = this.#faults;
    const pages = this.#attached;
    const { pageSize } = pages;
    let before: Uint8Array | null = null;
    if (!this.#unflushed.has(position)) {
      before = new Uint8Array(pageSize);
      pages.read(position, before, 0);
    }
    if (this.#chance.happens("write error", writeError)) {
      this.#count("writeErrors", position);
      throw ioError(this.name, "pwrite", `page at ${position}`);
    }
    const after = Uint8Array.prototype.slice.call(from, offset, offset + pageSize);
    if (this.#chance.happens("miswriting", miswriting)) {
      this.#count("miswritten", position);
      flipBits(this.#chance, after, { offset: 0, size: pageSize, count: 1 });
    }
    pages.write(position, after, 0);
    this.#counters.writes++;
    this.#unflushed.note(position, before, after);
  }

  /** Begins a flush; what it gives ends it: throws ERR_SOLO5_IO, or what was written before is durable. */
  beginFlush(): () => void {
    const { mark } = this.#unflushed;
    return () => {
      this.#counters.flushes++;
      if (this.#chance.happens("flush error", this.#faults.flushError)) {
        this.#count("flushErrors", null);
        throw ioError(this.name, "fdatasync", "flush");
      }
      this.#unflushed.flushed(mark);
    };
  }

  /** A page was put there from outside, durably. */
  forget(position: number): void {
    this.#unflushed.forget(position);
  }

  /**
   * The power goes: each page that was written since the last flush holds afterwards any of what it held
   * since then, whole, or (with `tearing`) one of these in its first bytes and an older one in the rest.
   * Nothing, everything and any subset survive in about a third of the crashes each.
   *
   * A simulated machine does this to its disks; before a real device, end the program and then call it.
   */
  crash(): void {
    this.#pages?.outside(() => this.#crash());
  }

  /** What it stands before. For `Machine.disk` and `withBlockFaults`. */
  attach(pages: Pages): void {
    this.#pages = pages;
  }

  #crash(): void {
    this.#count("crashes", null);
    const survival = [0, 1, this.#chance.below("survival", 1001) / 1000];
    const probability = survival[this.#chance.below("survivors", 3)] ?? 0;
    for (const { position, versions } of this.#unflushed.crash()) {
      const survives = this.#chance.happens("survivor", probability);
      // Any version may be what the cache wrote back last; the durable one where nothing was.
      const chosen = survives
        ? probability === 1
          ? versions.length - 1
          : 1 + this.#chance.below("version", versions.length - 1)
        : 0;
      const torn = this.#torn(versions, Math.max(1, chosen), position);
      if (torn === null && chosen === 0) this.#count("lost", position);
      const page = torn ?? versions[chosen];
      if (page !== undefined && page !== versions.at(-1)) this.#pages?.write(position, page, 0);
    }
  }

  get #attached(): Pages {
    if (this.#pages !== null) return this.#pages;
    throw new SimError("ERR_SOLO5_BAD_HANDLE", `${this.name} stands before no device yet`);
  }

  #torn(versions: readonly Uint8Array[], chosen: number, position: number): Uint8Array | null {
    if (!this.#chance.happens("tearing", this.#faults.tearing)) return null;
    const [older, newer] = [versions[chosen - 1], versions[chosen]];
    if (older === undefined || newer === undefined) return null;
    this.#count("torn", position);
    const page = Uint8Array.from(older);
    page.set(newer.subarray(0, 1 + this.#chance.below("tear", newer.length - 1)));
    return page;
  }

  #count(fault: keyof BlockFaultCounters, position: number | null): void {
    this.#counters[fault]++;
    this.onFault?.(fault, position);
  }
}

/** As the Linux host tells of a failed system call. */
function ioError(name: string, syscall: string, what: string): SimError {
  return new SimError("ERR_SOLO5_IO", `${name}: ${what}: ${syscall} failed: Input/output error`, {
    device: name,
    errno: 5,
    syscall,
  });
}
