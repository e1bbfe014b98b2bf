// How a machine waits: blocked, with the world going on meanwhile, or as one event among the others.
import type { ReadySet, Wait } from "@miou-solo5/scheduler";
import { SimError } from "./errors.ts";
import type { Handles } from "./handles.ts";
import { Actor, type Timeline } from "./timeline.ts";

const ALL_BITS = 0xffff_ffff;

interface Pending {
  /** Whoever waits may go on now, if that input is of interest. */
  readonly inputCame: () => void;
  /** The machine is busy, perhaps beyond the end of the wait. */
  readonly postpone: () => void;
  readonly forget: () => void;
}

export class Waiting {
  readonly #timeline: Timeline;
  readonly #actor: Actor;
  readonly #handles: Handles;
  #pending: Pending | null = null;
  #crashCount = 0;
  /** Until when the machine is at a standstill, or at a disk: its own clock, where that is ahead. */
  #busyUntil = 0;
  /** Its program runs now, called by the event that ended a wait; what it polls was counted with that. */
  #inTurn = false;

  constructor(machine: string, timeline: Timeline, handles: Handles) {
    this.#timeline = timeline;
    this.#actor = new Actor(machine);
    this.#handles = handles;
  }

  /** The machine's own time: the world's, or later where it did something that took time. */
  get now(): number {
    return Math.max(this.#timeline.now, this.#busyUntil);
  }

  /**
   * The machine does nothing else for `duration`: its clock runs ahead, and its next turn comes when
   * the world has caught up.
   */
  busy(duration: number): void {
    if (duration <= 0) return;
    this.#busyUntil = this.now + duration;
    this.#pending?.postpone();
  }

  /** The machine crashed: nobody waits any more, and nothing keeps it busy. */
  crash(): void {
    this.#pending?.forget();
    this.#pending = null;
    this.#busyUntil = 0;
    this.#crashCount++;
  }

  /** See `Solo5.yield`. @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT, ERR_SOLO5_STALLED */
  yield(deadline: number, ready: ReadySet, interest?: ReadySet): void {
    checkDeadline(deadline);
    const low = interest?.[0] ?? ALL_BITS;
    const high = interest?.[1] ?? ALL_BITS;
    const timeline = this.#timeline;
    const crashCount = this.#crashCount;
    if (!this.#inTurn) timeline.count(this.#actor);
    for (;;) {
      this.#catchUp();
      if (this.#crashCount !== crashCount) throw crashed(this.#actor.name);
      if (this.#handles.poll(ready, low, high) || this.now >= deadline) return;
      if (timeline.step(deadline)) continue;
      if (deadline === Infinity) {
        throw new SimError(
          "ERR_SOLO5_STALLED",
          `${this.#actor.name} waits for input at ${timeline.now} ns, and nothing is going to happen any more`,
        );
      }
      timeline.skipTo(deadline);
    }
  }

  /** Who blocks the thread is given it back when the machine has nothing that keeps it busy. */
  #catchUp(): void {
    if (this.#inTurn) return;
    while (this.#timeline.now < this.#busyUntil) {
      const until = this.#busyUntil;
      if (!this.#timeline.step(until)) this.#timeline.skipTo(until);
    }
  }

  /** See `Solo5.wait`. @throws {SimError} ERR_SOLO5_BUSY, ERR_SOLO5_INVALID_ARGUMENT */
  wait(deadline: number, wake: () => void, interest?: ReadySet): Wait {
    checkDeadline(deadline);
    if (typeof wake !== "function") throw invalid(`wake is a function, got ${typeof wake}`);
    if (this.#pending !== null) {
      throw new SimError(
        "ERR_SOLO5_BUSY",
        `${this.#actor.name} waits already: one wait at a time; cancel it first`,
      );
    }
    const low = interest?.[0] ?? ALL_BITS;
    const high = interest?.[1] ?? ALL_BITS;
    const timeline = this.#timeline;
    const ready = new Uint32Array(2);
    const end = () => {
      this.#pending = null;
      this.#turn(wake);
    };
    let due = this.#handles.poll(ready, low, high) ? this.now : Math.max(deadline, this.now);
    let entry = due === Infinity ? null : timeline.plan(due, this.#actor, end);
    const planAt = (time: number): void => {
      due = time;
      if (entry !== null) timeline.cancel(entry);
      entry = timeline.plan(due, this.#actor, end);
    };
    const pending: Pending = {
      inputCame: () => {
        if (due > this.now && this.#handles.poll(ready, low, high)) planAt(this.now);
      },
      postpone: () => {
        if (due < this.now) planAt(this.now);
      },
      forget: () => {
        if (entry !== null) timeline.cancel(entry);
      },
    };
    this.#pending = pending;
    return {
      cancel: () => {
        if (this.#pending !== pending) return;
        this.#pending = null;
        pending.forget();
      },
    };
  }

  /** A frame came, or a device went: a wait for it ends now, in its turn. */
  inputCame(): void {
    this.#pending?.inputCame();
  }

  #turn(wake: () => void): void {
    this.#inTurn = true;
    try {
      wake();
    } finally {
      this.#inTurn = false;
    }
  }
}

/** What every call fails with that a program makes of the machine it ran on. */
export function crashed(machine: string): SimError {
  return new SimError("ERR_SOLO5_CRASHED", `${machine} crashed; what ran on it runs no more`);
}

function checkDeadline(deadline: number): void {
  if (typeof deadline === "number" && !Number.isNaN(deadline)) return;
  throw invalid(`a deadline is a number of nanoseconds, got ${deadline}`);
}

function invalid(message: string): SimError {
  return new SimError("ERR_SOLO5_INVALID_ARGUMENT", message);
}
