// The neighbours, as many as there is room for, and what waits for them.
import type { Counters } from "../counters.ts";
import type { Routes } from "../ipv4/routes.ts";
import { Timer, type Timers } from "../timers.ts";
import { ETHERNET_SIZE } from "../wire/ethernet.ts";
import { Neighbour, type Waiting } from "./neighbour.ts";

/** Neighbours in all; of these, such as are looked for. */
const LENGTH_MAX = 512;
const UNKNOWN_MAX = 128;
/** Bytes that wait for one neighbour: one datagram of any size, in fragments of 576 bytes or more. In all. */
const WAITING_COST_MAX = 128 * 1024;
const WAITING_COST_MAX_TOTAL = 1024 * 1024;

/** Memory: 512 neighbours of about 300 bytes, and 1 MiB of packets that wait, at most. */
export class NeighbourTable {
  readonly #routes: Routes;
  readonly #timers: Timers;
  readonly #counters: Counters;
  readonly #onUnanswered: () => (bytes: Uint8Array, offset: number) => void;
  /** In the order in which they came. */
  readonly #neighbours = new Map<number, Neighbour>();
  #unknownCount = 0;
  #waitingCost = 0;

  constructor(
    routes: Routes,
    timers: Timers,
    counters: Counters,
    onUnanswered: () => (bytes: Uint8Array, offset: number) => void,
  ) {
    this.#routes = routes;
    this.#timers = timers;
    this.#counters = counters;
    this.#onUnanswered = onUnanswered;
  }

  get length(): number {
    return this.#neighbours.size;
  }

  get(address: number): Neighbour | undefined {
    return this.#neighbours.get(address);
  }

  /** Adds one; another of its kind makes room where the table is full. */
  add(address: number, isKnown: boolean, retry: (neighbour: Neighbour) => void): Neighbour {
    if (!isKnown && this.#unknownCount >= UNKNOWN_MAX) this.#evict((one) => !one.isKnown);
    else if (this.#neighbours.size >= LENGTH_MAX) this.#evict((one) => one.isKnown);
    const isGateway = this.#routes.isGateway(address);
    const timer = new Timer(() => retry(neighbour));
    const neighbour: Neighbour = new Neighbour(address, isGateway, timer);
    neighbour.isKnown = isKnown;
    this.#neighbours.set(address, neighbour);
    if (!isKnown) this.#unknownCount++;
    return neighbour;
  }

  becomesKnown(neighbour: Neighbour): void {
    this.#timers.clear(neighbour.timer);
    if (neighbour.isKnown) return;
    neighbour.isKnown = true;
    this.#unknownCount--;
  }

  becomesUnknown(neighbour: Neighbour): void {
    neighbour.isKnown = false;
    this.#unknownCount++;
  }

  hold(address: number, bytes: Uint8Array, offset: number, size: number): void {
    const neighbour = this.#neighbours.get(address);
    if (neighbour === undefined) return this.#counters.drop("arp.queue-full");
    this.#waitingCost += neighbour.hold(bytes, offset, size).cost;
    while (neighbour.waitingCost > WAITING_COST_MAX && neighbour.waiting.length > 1) {
      this.#displaceOldest(neighbour);
    }
    // Whoever came first has waited longest, and is the least likely to be answered still.
    for (const one of this.#neighbours.values()) {
      if (this.#waitingCost <= WAITING_COST_MAX_TOTAL) return;
      while (one.waiting.length > 0 && this.#waitingCost > WAITING_COST_MAX_TOTAL) {
        this.#displaceOldest(one);
      }
    }
  }

  takeWaiting(neighbour: Neighbour): readonly Waiting[] {
    this.#waitingCost -= neighbour.waitingCost;
    return neighbour.waiting.length === 0 ? NONE : neighbour.takeAll();
  }

  /** Forgets a neighbour that does not answer, and says so to those whose packets waited. */
  giveUp(neighbour: Neighbour): void {
    const waiting = this.takeWaiting(neighbour);
    this.#remove(neighbour);
    const report = this.#onUnanswered();
    for (const { frame } of waiting) {
      this.#counters.drop("arp.unanswered");
      report(frame, ETHERNET_SIZE);
    }
  }

  clear(): void {
    for (const neighbour of this.#neighbours.values()) this.#timers.clear(neighbour.timer);
    this.#neighbours.clear();
    this.#unknownCount = 0;
    this.#waitingCost = 0;
  }

  /**
   * Of those that `mayGo`: one that we never sent anything to, else the one that was used least recently, but no
   * gateway. So strangers who ask for us can't push out those that we talk with, however many they claim to be; who makes
   * us answer 512 others on this link can, and costs them a question. Nobody elsewhere can do either.
   */
  #evict(mayGo: (neighbour: Neighbour) => boolean): void {
    let victim: Neighbour | null = null;
    for (const neighbour of this.#neighbours.values()) {
      if (neighbour.isGateway || !mayGo(neighbour)) continue;
      if (victim === null || leavesBefore(neighbour, victim)) victim = neighbour;
    }
    if (victim === null) return;
    this.#counters.drop("arp.evicted");
    this.giveUp(victim);
  }

  #displaceOldest(neighbour: Neighbour): void {
    this.#waitingCost -= neighbour.dropOldest()?.cost ?? 0;
    this.#counters.drop("arp.queue-full");
  }

  #remove(neighbour: Neighbour): void {
    this.#timers.clear(neighbour.timer);
    if (this.#neighbours.delete(neighbour.address) && !neighbour.isKnown) this.#unknownCount--;
  }
}

const NONE: readonly Waiting[] = [];

function leavesBefore(a: Neighbour, b: Neighbour): boolean {
  if (a.isWanted !== b.isWanted) return !a.isWanted;
  return a.isWanted ? a.usedAt < b.usedAt : a.confirmedAt < b.confirmedAt;
}
