// Watches a run by its trace, and tells when something has been that must never be.
import type { Tracer } from "../../src/index.ts";
import { goldenTracer } from "../../src/testing.ts";

/** What each task that is suspended waits for, in the scheduler's own words, by uid. */
export type Waiting = ReadonlyMap<number, string>;

/** The uid of main: the root is 0. */
const MAIN = 1;
const LINES_MAX = 200_000;

export class Watch {
  readonly faults: string[] = [];
  /** The golden trace. */
  readonly lines: string[] = [];
  /** The step under way. */
  step = 0;
  /** The task whose step it is. */
  uid = 0;
  readonly tracer: Tracer;
  readonly #waiting = new Map<number, string>();
  readonly #living = new Set<number>([0]);
  readonly #parents = new Map<number, number>();
  readonly #cancelled = new Set<number>();
  /** How many shields each task stands behind. */
  readonly #shields = new Map<number, number>();
  readonly #bodyEnded = new Set<number>();
  /** The orphans that were living when a task began to wait for one of them. */
  readonly #gets = new Map<number, readonly number[]>();
  /** When the time limits end that tasks are in. */
  readonly #limits: number[] = [];
  /** What must happen once, and how often it has. */
  readonly #once: { readonly what: string; count: number }[] = [];

  constructor(now: () => number) {
    const golden = goldenTracer(now, (line) => this.lines.push(line));
    this.tracer = {
      ...golden,
      step: (task) => {
        golden.step?.(task);
        this.step++;
        this.uid = task.uid;
        this.#waiting.delete(task.uid);
        if (this.lines.length > LINES_MAX) throw new Error("the run does not end");
      },
      spawn: (task, parent) => {
        golden.spawn?.(task, parent);
        this.#parents.set(task.uid, parent.uid);
        this.#living.add(task.uid);
      },
      suspend: (task, on) => {
        golden.suspend?.(task, on);
        if (on !== null) this.#suspended(task.uid, on.what);
      },
      cancel: (task) => {
        golden.cancel?.(task);
        this.#cancelled.add(task.uid);
      },
      end: (task) => {
        golden.end?.(task);
        this.#ended(task.uid, task.outcome().status);
      },
    };
  }

  get waiting(): Waiting {
    return this.#waiting;
  }

  /** To be called when `what` happens, which must be once before the run has ended. */
  once(what: string): () => void {
    const event = { what, count: 0 };
    this.#once.push(event);
    return () => void event.count++;
  }

  /** The running task's body has ended. */
  bodyEnds(): void {
    // Main goes on, to cancel the feeder.
    if (this.uid !== MAIN) this.#bodyEnded.add(this.uid);
  }

  /** The running task goes behind a shield; what this returns is to be called when it comes back. */
  shields(): () => void {
    const { uid } = this;
    const add = (count: number) => this.#shields.set(uid, (this.#shields.get(uid) ?? 0) + count);
    add(1);
    return () => void add(-1);
  }

  /** The running task waits for the end of one of `orphans`. Those that have ended need no wait. */
  gets(orphans: Iterable<number>): void {
    this.#gets.set(
      this.uid,
      [...orphans].filter((orphan) => this.#living.has(orphan)),
    );
  }

  /** The running task comes under a time limit; what this returns is to be called when it has left it. */
  limited(deadline: number): () => void {
    this.#limits.push(deadline);
    return () => void this.#limits.splice(this.#limits.indexOf(deadline), 1);
  }

  /** To be called when no task can run, with the time until which the run waits. */
  checkWaits(deadline: number): void {
    const sleeping = [...this.#waiting.values()].includes(`sleep until ${deadline}`);
    if (deadline !== Infinity && !sleeping && !this.#limits.includes(deadline)) {
      this.faults.push(`the run waits until ${deadline} for nobody`);
    }
    for (const [uid, what] of this.#waiting) {
      if (what !== "an orphan to end") continue;
      if (this.#gets.get(uid)?.some((orphan) => !this.#living.has(orphan))) {
        this.faults.push(`#${uid} waits for an orphan, and one has ended`);
      }
    }
  }

  /** To be called after the run. */
  checkEnd(isAborted: boolean): void {
    for (const { what, count } of this.#once) {
      if (count !== 1) this.faults.push(`${what}: ${count} times`);
    }
    if (!isAborted && this.#living.size > 0) this.faults.push(`${this.#living.size} tasks live on`);
  }

  #suspended(uid: number, what: string): void {
    this.#waiting.set(uid, what);
    if (!this.#cancelled.has(uid) || (this.#shields.get(uid) ?? 0) > 0) return;
    // A canceller is not interrupted, and a condition's wait takes the lock again behind a shield.
    if (what.startsWith("the end of cancelled") || what === "a lock") return;
    this.faults.push(`#${uid} waits for ${what}, and was cancelled`);
  }

  #ended(uid: number, status: string): void {
    this.#waiting.delete(uid);
    this.#living.delete(uid);
    if (this.#bodyEnded.has(this.#parents.get(uid) ?? 0) && status !== "cancelled") {
      this.faults.push(`#${uid} was not cancelled by its parent's end`);
    }
    for (const child of this.#living) {
      if (this.#parents.get(child) === uid) this.faults.push(`#${child} outlives #${uid}`);
    }
  }
}
