// A task's wait for a deadline that others may move meanwhile.
import type { Suspended } from "@miou-solo5/scheduler";
import { active, DONE, Leaf, SUSPENDED } from "@miou-solo5/scheduler/devices";

type Loop = NonNullable<typeof active.engine>["loop"];
type Entry = ReturnType<Loop["addTimer"]>;

/** For one task only, which does it again and again: `while (true) { yield* alarm; … }`. */
export class Alarm extends Leaf<void> {
  /** When it rings next; Infinity for never. Read when the task begins to wait, and when `moved` is called. */
  readonly #next: () => number;
  #engine: typeof active.engine = null;
  #entry: Entry | null = null;
  deadline = Infinity;

  constructor(next: () => number) {
    super();
    this.#next = next;
  }

  get what(): string {
    return this.deadline === Infinity ? "a timer to be set" : `a timer at ${this.deadline}`;
  }

  next(): IteratorResult<Suspended, void> {
    if (this.resumed()) return DONE;
    const task = this.enter();
    if (task === null) return SUSPENDED;
    this.#engine = active.engine;
    const suspended = this.suspend(task);
    this.moved();
    return suspended;
  }

  /** The deadline is another. */
  moved(): void {
    const loop = this.#engine?.loop;
    if (this.task === null || loop === undefined) return;
    if (this.#entry !== null) loop.removeTimer(this.#entry);
    this.deadline = this.#next();
    // Where there is none, nothing is waited for: the run's end must not wait for it either.
    this.#entry = this.deadline === Infinity ? null : loop.addTimer(this);
    // Whoever moves it may not be a task, and the run then waits for the old deadline: a stream of Node's, say.
    this.#engine?.wakeDriver();
  }

  expire(): void {
    this.#entry = null;
    if (this.task !== null) this.#engine?.wake(this.task);
  }

  protected override unregister(): void {
    if (this.#entry !== null) this.#engine?.loop.removeTimer(this.#entry);
    this.#entry = null;
  }

  protected override copy(): Alarm {
    return new Alarm(this.#next);
  }
}
