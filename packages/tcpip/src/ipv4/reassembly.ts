// Putting fragments together again, with bounded memory and time.
// @see RFC 791, section 3.2; RFC 815; RFC 1122, section 3.3.2; RFC 5722 on overlaps
import type { Counters } from "../counters.ts";
import { Timer, type Timers } from "../timers.ts";
import {
  hasMoreFragments,
  IPV4_SIZE,
  IPV4_TOTAL_SIZE_MAX,
  ipv4FragmentOffset,
  ipv4HeaderSize,
  ipv4Hops,
  ipv4Identification,
  ipv4Protocol,
  ipv4Source,
  ipv4Target,
  ipv4TotalSize,
} from "../wire/ipv4.ts";
import { Partial } from "./partial.ts";

/**
 * From the first fragment that came. RFC 1122 wants 60 to 120 seconds; links are faster now, identifications
 * come round sooner (RFC 4963), and 30 is what Linux uses.
 */
const REASSEMBLY_DURATION = 30_000_000_000;

const COUNT_MAX = 256;
const MEMORY_MAX = 1024 * 1024;

/**
 * Memory: 1 MiB and 256 small objects at most. Where there is more, the oldest datagram makes room: a flood
 * of fragments can cost others their fragmented datagrams, but never for longer than it lasts.
 */
export class Reassembler {
  readonly #timers: Timers;
  readonly #counters: Counters;
  /** The oldest first. */
  readonly #partials: Partial[] = [];
  readonly #timer = new Timer(() => this.#expire());
  #memory = 0;
  /** Hears of datagrams that are given up, of which the first fragment has come. */
  onTimeout: (partial: Partial) => void = () => {};

  constructor(timers: Timers, counters: Counters) {
    this.#timers = timers;
    this.#counters = counters;
  }

  /** How many datagrams are under way. */
  get length(): number {
    return this.#partials.length;
  }

  /** Bytes of memory in use for payloads. */
  get memory(): number {
    return this.#memory;
  }

  /**
   * Takes the fragment whose header, in order, is at `offset`. Gives the datagram where it is now complete, with a
   * header that says so; it is no longer kept here.
   */
  add(bytes: Uint8Array, offset: number, isForMany: boolean): Partial | null {
    const headerSize = ipv4HeaderSize(bytes, offset);
    const size = ipv4TotalSize(bytes, offset) - headerSize;
    const at = ipv4FragmentOffset(bytes, offset);
    const isLast = !hasMoreFragments(bytes, offset);
    // The second is the "ping of death": a fragment that reaches beyond any datagram.
    if (size === 0 || (!isLast && size % 8 !== 0) || IPV4_SIZE + at + size > IPV4_TOTAL_SIZE_MAX) {
      this.#counters.drop("ipv4.fragment-size");
      return null;
    }
    const partial = this.#find(bytes, offset);
    partial.isForMany ||= isForMany;
    if (partial.isRefused) {
      this.#counters.drop("ipv4.fragment-overlap");
      return null;
    }
    this.#memory -= partial.memory;
    if (!partial.add(bytes, offset + headerSize, size, at, isLast)) {
      partial.refuse();
      this.#counters.drop("ipv4.fragment-overlap");
      return null;
    }
    this.#memory += partial.memory;
    if (at === 0) {
      partial.addHeader(bytes, offset, headerSize, size);
      partial.hops = ipv4Hops(bytes, offset);
    }
    if (partial.isComplete) return this.#finish(partial);
    this.#shrink(partial);
    return null;
  }

  close(): void {
    this.#timers.clear(this.#timer);
    this.#partials.length = 0;
    this.#memory = 0;
  }

  #find(bytes: Uint8Array, offset: number): Partial {
    const identification = ipv4Identification(bytes, offset);
    const source = ipv4Source(bytes, offset);
    const target = ipv4Target(bytes, offset);
    const protocol = ipv4Protocol(bytes, offset);
    // From the latest on: fragments of one datagram come together.
    for (let i = this.#partials.length - 1; i >= 0; i--) {
      const it = this.#partials[i] as Partial;
      if (
        it.identification === identification &&
        it.source === source &&
        it.target === target &&
        it.protocol === protocol
      ) {
        return it;
      }
    }
    if (this.#partials.length === COUNT_MAX) this.#evict(0);
    const deadline = this.#timers.now + REASSEMBLY_DURATION;
    const partial = new Partial(source, target, protocol, identification, deadline);
    this.#partials.push(partial);
    if (!this.#timer.isSet) this.#timers.set(this.#timer, deadline);
    return partial;
  }

  #finish(partial: Partial): Partial | null {
    this.#remove(this.#partials.indexOf(partial));
    const totalSize = partial.headerSize + partial.size;
    if (totalSize > IPV4_TOTAL_SIZE_MAX) {
      this.#counters.drop("ipv4.fragment-size");
      return null;
    }
    partial.finishHeader(partial.size);
    return partial;
  }

  /** Makes room, but not at the cost of `latest`, which alone is never too much. */
  #shrink(latest: Partial): void {
    let i = 0;
    while (this.#memory > MEMORY_MAX) {
      const partial = this.#partials[i];
      if (partial === undefined) return;
      // One that is refused holds no memory, and is kept so that it stays refused.
      if (partial === latest || partial.isRefused) i++;
      else this.#evict(i);
    }
  }

  #evict(index: number): void {
    this.#remove(index);
    this.#counters.drop("ipv4.fragment-evicted");
  }

  #remove(index: number): void {
    const [partial] = this.#partials.splice(index, 1);
    this.#memory -= partial?.memory ?? 0;
    if (this.#partials.length === 0) this.#timers.clear(this.#timer);
  }

  #expire(): void {
    const { now } = this.#timers;
    for (let first = this.#partials[0]; first !== undefined; first = this.#partials[0]) {
      if (first.deadline > now) {
        this.#timers.set(this.#timer, first.deadline);
        return;
      }
      this.#remove(0);
      this.#counters.drop("ipv4.fragment-timeout");
      if (first.headerSize > 0) {
        first.finishHeader(first.firstSize);
        this.onTimeout(first);
      }
    }
  }
}
