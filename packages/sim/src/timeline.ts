// The clock of a world, and what is going to happen: events in order of time, those of one moment
// in the order in which they were planned.
import { type Entry, PriorityQueue } from "@miou-solo5/pqueue";
import { SimError } from "./errors.ts";

/** Who keeps things happening, and how often at the present moment. */
export class Actor {
  readonly name: string;
  moment = -1;
  round = -1;
  count = 0;

  constructor(name: string) {
    this.name = name;
  }
}

export interface Event {
  /** Nanoseconds since the world began. */
  readonly time: number;
  /** Whose turn this is; null where something happens only because of an earlier event. */
  readonly actor: Actor | null;
  readonly happen: () => void;
}

export class Timeline {
  readonly #events = new PriorityQueue<Event>((a, b) => a.time - b.time);
  readonly #turnCountMax: number;
  #now = 0;
  #round = 0;

  /** `turnCountMax`: how many turns an actor may have at one moment. */
  constructor(turnCountMax: number) {
    this.#turnCountMax = turnCountMax;
  }

  /** Nanoseconds since the world began. */
  get now(): number {
    return this.#now;
  }

  /** Plans an event; one for the past happens now, after what is planned for now. */
  plan(time: number, actor: Actor | null, happen: () => void): Entry<Event> {
    return this.#events.push({ time: Math.max(time, this.#now), actor, happen });
  }

  cancel(entry: Entry<Event>): void {
    this.#events.cancel(entry);
  }

  /**
   * Moves to the next event that is due by `deadline` and lets it happen; false where none is.
   *
   * @throws {SimError} ERR_SOLO5_STALLED before the event happens, which it may do in a later round
   */
  step(deadline: number): boolean {
    const event = this.#events.peek();
    if (event === undefined || event.time > deadline) return false;
    if (event.actor !== null) this.count(event.actor, event.time);
    this.#events.pop();
    this.#now = event.time;
    event.happen();
    return true;
  }

  /** Moves the clock where nothing happens before `time`. */
  skipTo(time: number): void {
    this.#now = Math.max(this.#now, time);
  }

  /**
   * Counts a turn of `actor`.
   *
   * Time moves only when nobody has anything left to do. So a program that always has something left would
   * keep the world at one moment, and whoever runs it, for ever.
   * @throws {SimError} ERR_SOLO5_STALLED where it had `turnCountMax` of them at this moment
   */
  count(actor: Actor, time = this.#now): void {
    if (actor.moment !== time || actor.round !== this.#round) {
      actor.moment = time;
      actor.round = this.#round;
      actor.count = 0;
    }
    if (actor.count === this.#turnCountMax) {
      throw new SimError(
        "ERR_SOLO5_STALLED",
        `${actor.name} had ${actor.count} turns at ${time} ns and still has something to do, so time can't ` +
          "move: let its loops sleep or its wires have a latency (if it really has so much to do, " +
          "raise the world's turnCountMax)",
      );
    }
    actor.count++;
  }

  /** Begins to count afresh: whoever stalled the world may have been told to stop since. */
  beginRound(): void {
    this.#round++;
  }
}
