// What the tasks of one tree share: one lock and queue of each kind, and beside each a naive model that
// tells when a promise was broken.
import {
  Condition,
  Lazy,
  Mutex,
  type Operation,
  Queue,
  runSync,
  Semaphore,
  type Suspended,
  sleep,
  spawn,
} from "../../src/index.ts";
import { codeOf, virtualWorld } from "../virtual-world.ts";
import { Line } from "./line.ts";
import type { Watch } from "./watch.ts";

type Steps = Generator<Suspended, void, void>;

/** What can be handed to a task that will never use it. */
export type Snatched = "lock" | "acquire" | "consume" | "take" | "put";

const SEMAPHORE_COUNT = 2;
const QUEUE_CAPACITY = 2;
/** Times that the feeder looks around before it leaves the others to their deadlock. */
const FEEDINGS = 300;

export class Shared {
  readonly #watch: Watch;
  readonly #mutex = new Mutex();
  readonly #mutexLine: Line;
  #isHeld = false;
  // A counter of permits under a lock of its own, the everyday use of a condition.
  readonly #monitor = new Mutex();
  readonly #filled = new Condition();
  #permits = 0;
  /** Consumers that have had the monitor and not left it for good. */
  #consumers = 0;
  #isInMonitor = false;
  readonly #semaphore = new Semaphore(SEMAPHORE_COUNT);
  readonly #semaphoreLine: Line;
  #inside = 0;
  readonly #queue = new Queue<number>(QUEUE_CAPACITY);
  readonly #put = new Set<number>();
  readonly #refused = new Set<number>();
  readonly #taken = new Set<number>();
  #items = 0;
  readonly #value = new Lazy(() => this.#make(false));
  readonly #failure = new Lazy(() => this.#make(true));
  readonly #making = new Set<boolean>();
  readonly #made = new Set<boolean>();
  /** Which of the two locks a task that waits for one wants. */
  readonly #wants = new Map<number, Mutex>();

  constructor(watch: Watch) {
    this.#watch = watch;
    this.#mutexLine = new Line(watch.faults, "the lock", true);
    this.#semaphoreLine = new Line(watch.faults, "the semaphore", false);
  }

  /** Does `body` with the lock, or, where `tries`, only if the lock is free. */
  *lock(body: Operation<unknown>, tries: boolean): Steps {
    if (tries) {
      if (!this.#mutex.tryLock()) return;
    } else {
      this.#wants.set(this.#watch.uid, this.#mutex);
      const ticket = this.#mutexLine.arrive(this.#mutex.isLocked, this.#watch.step);
      try {
        yield* this.#mutex.lock();
      } catch (error) {
        ticket.leave();
        throw error;
      }
      ticket.serve(this.#watch.step);
    }
    if (this.#isHeld) this.#watch.faults.push("two tasks have the lock");
    this.#isHeld = true;
    try {
      yield* body;
    } finally {
      this.#isHeld = false;
      this.#mutex.unlock();
    }
  }

  *acquire(body: Operation<unknown>): Steps {
    const ticket = this.#semaphoreLine.arrive(this.#semaphore.available === 0, this.#watch.step);
    try {
      yield* this.#semaphore.acquire();
    } catch (error) {
      ticket.leave();
      throw error;
    }
    ticket.serve(this.#watch.step);
    if (++this.#inside > SEMAPHORE_COUNT) this.#watch.faults.push("too many have the semaphore");
    try {
      yield* body;
    } finally {
      this.#inside--;
      this.#semaphore.release();
    }
  }

  /** Makes a permit, or two that all are told of. */
  *produce(two: boolean): Steps {
    this.#wants.set(this.#watch.uid, this.#monitor);
    yield* this.#monitor.lock();
    this.#enterMonitor();
    this.#permits += two ? 2 : 1;
    if (two) this.#filled.broadcast();
    else this.#filled.signal();
    this.#leaveMonitor();
  }

  *consume(): Steps {
    this.#wants.set(this.#watch.uid, this.#monitor);
    yield* this.#monitor.lock();
    this.#enterMonitor();
    this.#consumers++;
    try {
      while (this.#permits === 0) {
        this.#isInMonitor = false;
        this.#wants.set(this.#watch.uid, this.#monitor);
        yield* this.#filled.wait(this.#monitor);
        this.#enterMonitor();
      }
      this.#permits--;
    } finally {
      this.#consumers--;
      this.#leaveMonitor();
    }
  }

  *put(): Steps {
    const item = this.#items++;
    try {
      yield* this.#queue.put(item);
    } catch (error) {
      this.#refused.add(item);
      throw error;
    }
    this.#put.add(item);
  }

  *take(): Steps {
    this.#take(yield* this.#queue.take());
  }

  /** Forces the value, or the one that fails. */
  *force(failing: boolean): Steps {
    const value = yield* (failing ? this.#failure : this.#value).force();
    if (failing || value !== 7) this.#watch.faults.push(`a lazy value is ${value}`);
  }

  /** Gives a child what it waits for, and cancels it before it can come and take it. */
  *snatch(from: Snatched, ns: number): Steps {
    const nothing = sleep(0);
    const child = spawn(() => this.#snatched(from, nothing), { name: from });
    try {
      if (from === "lock") yield* this.lock(sleep(ns), false);
      else if (from === "acquire") yield* this.acquire(sleep(ns));
      else yield* sleep(ns);
      if (from === "consume") yield* this.produce(false);
      if (from === "take") this.#tryPut();
      if (from === "put") this.#tryTake();
    } finally {
      yield* child.cancel();
    }
  }

  #snatched(from: Snatched, body: Operation<unknown>): Steps {
    if (from === "lock") return this.lock(body, false);
    return from === "acquire" ? this.acquire(body) : this[from]();
  }

  /** A task that gives those who wait what nobody else might ever give them, for some time. */
  *feed(): Steps {
    for (let left = FEEDINGS; left > 0; left--) {
      yield* sleep(25);
      const wanted = new Set(this.#watch.waiting.values());
      if (wanted.has("a condition") && this.#permits === 0) yield* this.produce(false);
      if (wanted.has("an item of a queue") && this.#queue.length === 0) this.#tryPut();
      if (wanted.has("room in a queue")) this.#tryTake();
    }
  }

  /** To be called when no task can run: whoever still waits must have a reason to. */
  checkWaits(): void {
    const idle = { lock: 0, monitor: 0, condition: 0 };
    for (const [uid, what] of this.#watch.waiting) {
      if (what === "a lock") idle[this.#wants.get(uid) === this.#mutex ? "lock" : "monitor"]++;
      if (what === "a condition") idle.condition++;
      const reason =
        what === "a semaphore"
          ? this.#semaphore.available === 0
          : what === "an item of a queue"
            ? this.#queue.length === 0
            : what === "room in a queue"
              ? this.#queue.length >= QUEUE_CAPACITY
              : what !== "a lazy value" || this.#making.size > 0;
      if (!reason) this.#watch.faults.push(`#${uid} waits for ${what} without need`);
    }
    if (idle.lock > 0 && !this.#mutex.isLocked)
      this.#watch.faults.push("the lock is free and wanted");
    if (idle.monitor > 0 && !this.#monitor.isLocked) {
      this.#watch.faults.push("the monitor is free and wanted");
    }
    // Consumers on their way back to the monitor may still take a permit each.
    if (idle.condition > 0 && this.#permits > this.#consumers - idle.condition) {
      this.#watch.faults.push("a signal was lost");
    }
  }

  /** To be called after the run: everything is free, nothing was lost, and nobody is left in line. */
  checkEnd(isAborted: boolean): void {
    const { faults } = this.#watch;
    if (this.#mutex.isLocked) faults.push("the lock was not given back");
    if (this.#monitor.isLocked) faults.push("the monitor was not given back");
    if (this.#semaphore.available !== SEMAPHORE_COUNT) {
      faults.push(`${this.#semaphore.available} of the semaphore are available`);
    }
    for (let got = this.#queue.tryTake(); got !== null; got = this.#queue.tryTake()) {
      // A put that was served before the run was aborted counts, though its task never came back.
      if (isAborted) this.#put.add(got[0]);
      this.#take(got[0]);
    }
    for (const item of this.#put) if (!this.#taken.has(item)) faults.push(`item ${item} was lost`);
    for (const item of this.#taken) {
      if (!this.#put.has(item) && !isAborted) faults.push(`item ${item} was refused and taken`);
    }
    if (faults.length === 0) this.#probe();
  }

  /**
   * Waits for everything in another run: a waiter left behind would be found standing in the way, because
   * tasks of two runs can't wait for one thing.
   */
  #probe(): void {
    const all = this;
    function* probe(): Steps {
      yield* all.#mutex.lock();
      yield* all.#monitor.lock();
      for (let left = all.#semaphore.available; left > 0; left--) yield* all.#semaphore.acquire();
      const waiting = [
        spawn(() => all.#mutex.lock()),
        spawn(() => all.#monitor.lock()),
        spawn(() => all.#semaphore.acquire()),
        spawn(() => all.#queue.take()),
        spawn(() => all.force(false)),
        spawn(() => all.force(false)),
      ];
      yield* sleep(1);
      all.#mutex.unlock();
      all.#monitor.unlock();
      all.#semaphore.release();
      all.#queue.tryPut(0);
      for (const task of waiting) yield* task;
      const mine = new Mutex();
      const signalled = spawn(function* () {
        yield* mine.lock();
        yield* all.#filled.wait(mine);
      });
      while (all.#queue.length < QUEUE_CAPACITY) all.#queue.tryPut(0);
      const putter = spawn(() => all.#queue.put(0));
      yield* sleep(1);
      all.#filled.signal();
      all.#queue.tryTake();
      yield* signalled;
      yield* putter;
    }
    try {
      runSync([], probe, { solo5: virtualWorld(), random: 1 });
    } catch (error) {
      this.#watch.faults.push(`after the run: ${codeOf(error)}`);
    }
  }

  *#make(failing: boolean): Generator<Suspended, number, void> {
    if (this.#making.has(failing)) this.#watch.faults.push("two tasks make a lazy value");
    if (this.#made.has(failing)) this.#watch.faults.push("a lazy value is made again");
    this.#making.add(failing);
    try {
      yield* sleep(6);
      this.#made.add(failing);
      if (failing) throw new Error("planned");
      return 7;
    } finally {
      this.#making.delete(failing);
    }
  }

  #tryPut(): void {
    const item = this.#items++;
    if (this.#queue.tryPut(item)) this.#put.add(item);
  }

  #tryTake(): void {
    const [item] = this.#queue.tryTake() ?? [];
    if (item !== undefined) this.#take(item);
  }

  #take(item: number): void {
    if (this.#taken.has(item)) this.#watch.faults.push(`item ${item} was taken twice`);
    this.#taken.add(item);
  }

  #enterMonitor(): void {
    if (this.#isInMonitor) this.#watch.faults.push("two tasks are in the monitor");
    this.#isInMonitor = true;
  }

  #leaveMonitor(): void {
    this.#isInMonitor = false;
    this.#monitor.unlock();
  }
}
