// The clock of a world, and what is going to happen: events in order of time, those of one moment
// in the order in which they were planned.
import { type Entry, PriorityQueue } from "@miou-solo5/pqueue";

export interface Event {
  /** Nanoseconds since the world began. */
  readonly time: number;
  readonly happen: () => void;
}

export class Timeline {
  readonly #events = new PriorityQueue<Event>((a, b) => a.time - b.time);
  #now = 0;

  /** Nanoseconds since the world began. */
  get now(): number {
    return this.#now;
  }

  /** When the next event happens; Infinity where none is planned. */
  get next(): number {
    return this.#events.peek()?.time ?? Infinity;
  }

  /** Plans an event; one for the past happens now, after what is planned for now. */
  plan(time: number, happen: () => void): Entry<Event> {
    return this.#events.push({ time: Math.max(time, this.#now), happen });
  }

  cancel(entry: Entry<Event>): void {
    this.#events.cancel(entry);
  }

  /** Moves to the next event that is due by `deadline` and lets it happen; false where none is. */
  step(deadline: number): boolean {
    const event = this.#events.peek();
    if (event === undefined || event.time > deadline) return false;
    this.#events.pop();
    this.#now = event.time;
    event.happen();
    return true;
  }

  /** Moves the clock where nothing happens before `time`. */
  skipTo(time: number): void {
    this.#now = Math.max(this.#now, time);
  }
}
