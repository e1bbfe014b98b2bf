// How a machine waits: blocked, with the world going on meanwhile, or as one event among the others.
import type { ReadySet, Wait } from "@miou-solo5/scheduler";
import { SimError } from "./errors.ts";
import type { Handles } from "./handles.ts";
import { Actor, type Timeline } from "./timeline.ts";

const ALL_BITS = 0xffff_ffff;

export class Waiting {
  readonly #timeline: Timeline;
  readonly #actor: Actor;
  readonly #handles: Handles;
  #pending: { readonly inputCame: () => void } | null = null;
  /** Its program runs now, called by the event that ended a wait; what it polls was counted with that. */
  #inTurn = false;

  constructor(machine: string, timeline: Timeline, handles: Handles) {
    this.#timeline = timeline;
    this.#actor = new Actor(machine);
    this.#handles = handles;
  }

  /** See `Solo5.yield`. @throws {SimError} ERR_SOLO5_INVALID_ARGUMENT, ERR_SOLO5_STALLED */
  yield(deadline: number, ready: ReadySet, interest?: ReadySet): void {
    checkDeadline(deadline);
    const low = interest?.[0] ?? ALL_BITS;
    const high = interest?.[1] ?? ALL_BITS;
    const timeline = this.#timeline;
    if (!this.#inTurn) timeline.count(this.#actor);
    while (!this.#handles.poll(ready, low, high) && timeline.now < deadline) {
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
    let due = this.#handles.poll(ready, low, high) ? timeline.now : deadline;
    let entry = due === Infinity ? null : timeline.plan(due, this.#actor, end);
    const pending = {
      inputCame: () => {
        if (due <= timeline.now || !this.#handles.poll(ready, low, high)) return;
        due = timeline.now;
        if (entry !== null) timeline.cancel(entry);
        entry = timeline.plan(due, this.#actor, end);
      },
    };
    this.#pending = pending;
    return {
      cancel: () => {
        if (this.#pending !== pending) return;
        this.#pending = null;
        if (entry !== null) timeline.cancel(entry);
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

function checkDeadline(deadline: number): void {
  if (typeof deadline === "number" && !Number.isNaN(deadline)) return;
  throw invalid(`a deadline is a number of nanoseconds, got ${deadline}`);
}

function invalid(message: string): SimError {
  return new SimError("ERR_SOLO5_INVALID_ARGUMENT", message);
}
