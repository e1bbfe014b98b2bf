// The select loop over Solo5: which tasks wait for input, for a time, for a block device or for
// something outside, and which of them may go on. It looks, but never waits.
import { type Entry, PriorityQueue } from "@miou-solo5/pqueue";
import type { BlockJob } from "./block-job.ts";
import type { Engine } from "./engine.ts";
import type { InputQueue } from "./input-queue.ts";
import type { ReadySet } from "./solo5.ts";
import { WaitList } from "./wait-list.ts";

/** Something that happens at a time: a sleeper to wake, a scope to end. */
export interface Timer {
  /** Nanoseconds of `clockMonotonic`. */
  readonly deadline: number;
  expire(): void;
}

export class SelectLoop {
  readonly #engine: Engine;
  /** The devices that somebody waits for, by handle. */
  readonly #inputs: (InputQueue | null)[] = new Array(64).fill(null);
  readonly #ready: ReadySet = new Uint32Array(2);
  /** Their handles, as the world wants them: input that nobody waits for must not end a wait. */
  readonly interest: ReadySet = new Uint32Array(2);
  /** Scratch of one poll, kept so that polling allocates nothing. */
  readonly #woken: InputQueue[] = [];
  readonly #timers = new PriorityQueue<Timer>(compareDeadlines);
  readonly #blocks = new WaitList<BlockJob>();
  #inputCount = 0;
  #externalCount = 0;
  #worldCount = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Whether anything outside can still wake a task. */
  get isWaiting(): boolean {
    return (
      this.holdsProcess ||
      this.#externalCount > 0 ||
      this.#worldCount > 0 ||
      this.#blocks.length > 0
    );
  }

  /** Whether the world is at work on something of which it will tell by itself, a flush. */
  get waitsForWorld(): boolean {
    return this.#worldCount > 0;
  }

  /** Whether the wait is one that the world must do; else only promises are waited for. */
  get holdsProcess(): boolean {
    return this.#inputCount > 0 || !this.#timers.isEmpty;
  }

  /** When the next timer is due: nanoseconds of `clockMonotonic`; Infinity without one. */
  get deadline(): number {
    return this.#timers.peek()?.deadline ?? Infinity;
  }

  /**
   * Does one queued block operation, then wakes whoever may go on: readers of ready devices in
   * arrival order, due sleepers by deadline, the block operation's task.
   *
   * With `idle` it does nothing, and returns false, when no block operation is queued: block
   * devices get the time that nobody else wants.
   */
  poll(idle: boolean): boolean {
    const job = this.#blocks.first;
    if (idle && job === null) return false;
    job?.perform();
    this.#pollInput();
    this.#pollTimers();
    job?.finish(this.#engine);
    return true;
  }

  watch(input: InputQueue): void {
    this.#inputs[input.handle] = input;
    this.#inputCount++;
    setBit(this.interest, input.handle, true);
  }

  unwatch(input: InputQueue): void {
    this.#inputs[input.handle] = null;
    this.#inputCount--;
    setBit(this.interest, input.handle, false);
  }

  addTimer(timer: Timer): Entry<Timer> {
    return this.#timers.push(timer);
  }

  removeTimer(entry: Entry<Timer>): void {
    this.#timers.cancel(entry);
  }

  addBlockJob(job: BlockJob): void {
    this.#blocks.push(job);
  }

  removeBlockJob(job: BlockJob): void {
    this.#blocks.remove(job);
  }

  /** Does every queued operation of one block device now, in order, and wakes their tasks. */
  drainBlockJobs(handle: number): void {
    for (let job = this.#blocks.first; job !== null; ) {
      const after = job.after as BlockJob | null;
      if (job.handle === handle) {
        job.perform();
        job.finish(this.#engine);
      }
      job = after;
    }
  }

  addExternal(by: "anyone" | "world"): void {
    if (by === "world") this.#worldCount++;
    else this.#externalCount++;
  }

  removeExternal(by: "anyone" | "world"): void {
    if (by === "world") this.#worldCount--;
    else this.#externalCount--;
  }

  /** Forgets every wait, at the end of an aborted run. */
  clear(): void {
    this.#timers.clear();
    this.#inputs.fill(null);
    this.#inputCount = 0;
    this.interest.fill(0);
    this.#externalCount = 0;
    this.#worldCount = 0;
    while (this.#blocks.shift() !== null);
  }

  #pollInput(): void {
    if (this.#inputCount === 0) return;
    this.#engine.solo5.yield(0, this.#ready, this.interest);
    const woken = this.#woken;
    for (let word = 0; word < 2; word++) {
      let bits = this.#ready[word] ?? 0;
      while (bits !== 0) {
        const bit = 31 - Math.clz32(bits & -bits);
        bits &= bits - 1;
        const input = this.#inputs[word * 32 + bit] ?? null;
        if (input !== null) woken.push(input);
      }
    }
    if (woken.length > 1) woken.sort((a, b) => a.arrival - b.arrival);
    for (const input of woken) input.wakeFirst();
    woken.length = 0;
  }

  #pollTimers(): void {
    if (this.#timers.isEmpty) return;
    const now = this.#engine.solo5.clockMonotonic();
    for (let timer = this.#timers.peek(); timer !== undefined; timer = this.#timers.peek()) {
      if (timer.deadline > now) return;
      this.#timers.pop();
      timer.expire();
    }
  }
}

function setBit(set: ReadySet, handle: number, on: boolean): void {
  const word = handle >> 5;
  const bit = 1 << (handle & 31);
  const bits = set[word] ?? 0;
  set[word] = on ? bits | bit : bits & ~bit;
}

function compareDeadlines(a: Timer, b: Timer): number {
  // Not a subtraction: the difference of two infinite deadlines is NaN.
  return a.deadline < b.deadline ? -1 : a.deadline > b.deadline ? 1 : 0;
}
