// Deadlines of all layers, in one queue. It knows no scheduler: whoever owns it gives it the time.
import { type Entry, PriorityQueue } from "@miou-solo5/pqueue";

/** One deadline that can be moved. Make it once and keep it: setting it again and again costs next to nothing. */
export class Timer {
  /** Called when the deadline has come, which is then over. What it throws ends the run. */
  readonly expire: () => void;
  /** Nanoseconds of the monotonic clock; Infinity while it is not set. */
  deadline = Infinity;
  /** Its place in the queue, and what it is sorted by: at most `deadline`, see `Timers.set`. */
  entry: Entry<Timer> | null = null;
  queuedDeadline = Infinity;

  constructor(expire: () => void) {
    this.expire = expire;
  }

  get isSet(): boolean {
    return this.deadline !== Infinity;
  }
}

export class Timers {
  readonly #queue = new PriorityQueue<Timer>((a, b) => a.queuedDeadline - b.queuedDeadline);
  readonly #clock: () => number;
  /** Called when the next deadline has come nearer. */
  onEarlier: () => void = () => {};

  /** `clock` gives nanoseconds and never goes back. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  get now(): number {
    return this.#clock();
  }

  /** When `run` is to be called next; Infinity while no timer is set. Never later than the first deadline. */
  get deadline(): number {
    return this.#queue.peek()?.queuedDeadline ?? Infinity;
  }

  /**
   * Sets `timer`, or moves it; to Infinity clears it.
   *
   * Moved to a later time, it keeps its place in the queue and is put off when that place is reached: a timer
   * that is pushed back with every segment is queued once a round trip, not once a segment.
   */
  set(timer: Timer, deadline: number): void {
    if (deadline === Infinity) return this.clear(timer);
    timer.deadline = deadline;
    if (timer.entry !== null) {
      if (timer.queuedDeadline <= deadline) return;
      this.#queue.cancel(timer.entry);
    }
    this.#enqueue(timer);
    if (timer.queuedDeadline === this.deadline) this.onEarlier();
  }

  /** Harmless for a timer that is not set. */
  clear(timer: Timer): void {
    timer.deadline = Infinity;
    if (timer.entry !== null) this.#queue.cancel(timer.entry);
    timer.entry = null;
  }

  /** Lets every timer expire whose deadline has come, in order, also one that is set meanwhile. */
  run(): void {
    const now = this.#clock();
    for (let timer = this.#queue.peek(); timer !== undefined; timer = this.#queue.peek()) {
      if (timer.queuedDeadline > now) return;
      this.#queue.pop();
      timer.entry = null;
      if (timer.deadline > now) {
        this.#enqueue(timer);
      } else {
        timer.deadline = Infinity;
        timer.expire();
      }
    }
  }

  #enqueue(timer: Timer): void {
    timer.queuedDeadline = timer.deadline;
    timer.entry = this.#queue.push(timer);
  }
}
