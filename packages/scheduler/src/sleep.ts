// Waiting for a time.
import type { Entry } from "@miou-solo5/pqueue";
import { active } from "./active.ts";
import { SchedulerError } from "./errors.ts";
import { DONE, Leaf, SUSPENDED } from "./leaf.ts";
import type { Operation, Suspended } from "./operation.ts";
import type { Timer } from "./select-loop.ts";

/**
 * Waits for `duration` nanoseconds (see `us`, `ms`, `s`).
 *
 * Suspends: always. Zero or less is due at the next poll, so whoever can run does so first;
 * `Infinity` waits until the task is cancelled. Cancelled, it leaves no timer behind.
 * @throws {SchedulerError} ERR_SOLO5_INVALID_ARGUMENT for NaN or what is no number
 */
export function sleep(duration: number): Operation<void> {
  checkDuration("sleep", duration);
  return new Sleep(duration);
}

export function checkDuration(what: string, duration: number): void {
  if (typeof duration === "number" && !Number.isNaN(duration)) return;
  throw new SchedulerError(
    "ERR_SOLO5_INVALID_ARGUMENT",
    `${what}: the duration must be a number of nanoseconds, got ${String(duration)}`,
  );
}

class Sleep extends Leaf<void> implements Timer {
  readonly #duration: number;
  #entry: Entry<Timer> | null = null;
  deadline = 0;

  constructor(duration: number) {
    super();
    this.#duration = duration;
  }

  get what(): string {
    return this.task === null ? `sleep of ${this.#duration}` : `sleep until ${this.deadline}`;
  }

  next(): IteratorResult<Suspended, void> {
    if (this.resumed()) return DONE;
    const task = this.enter();
    const engine = active.engine;
    if (task === null || engine === null) return SUSPENDED;
    this.deadline = engine.solo5.clockMonotonic() + Math.max(this.#duration, 0);
    this.#entry = engine.loop.addTimer(this);
    return this.suspend(task);
  }

  expire(): void {
    this.#entry = null;
    if (this.task !== null) active.engine?.wake(this.task);
  }

  protected override unregister(): void {
    if (this.#entry !== null) active.engine?.loop.removeTimer(this.#entry);
    this.#entry = null;
  }

  protected override copy(): Sleep {
    return new Sleep(this.#duration);
  }
}
