// Making written pages durable.
import type { Solo5, Suspended } from "@miou-solo5/scheduler";
import { active, DONE, Leaf, SUSPENDED } from "@miou-solo5/scheduler/devices";
import { BlockError } from "./errors.ts";

/** What a flush needs of its device. */
export interface FlushedDevice {
  readonly name: string;
  readonly handle: number;
  readonly solo5: Solo5;
  /** @throws where the device is closed, or belongs to another world than the running task */
  requireUsable(): void;
  /** Does what is queued now, in order. */
  finishQueued(): void;
}

type Engine = NonNullable<typeof active.engine>;
type Task = NonNullable<typeof active.task>;

/** A flush that the world has. `task` is null before it is waited for, and when the run was aborted. */
interface Pending {
  task: Task | null;
  hasEnded: boolean;
  error: Error | null;
}

export class Flush extends Leaf<void> {
  readonly #device: FlushedDevice;
  #engine: Engine | null = null;
  #pending: Pending | null = null;

  constructor(device: FlushedDevice) {
    super();
    this.#device = device;
  }

  get what(): string {
    return `flush of ${this.#device.name}`;
  }

  // The world has it and can't give it back: the canceller waits. Only a task that was cancelled
  // before is refused, in `enter`.
  override get interruptible(): boolean {
    return false;
  }

  next(): IteratorResult<Suspended, void> {
    if (this.resumed()) return this.#result();
    const task = this.enter();
    const { engine } = active;
    if (task === null || engine === null || !this.mayGoOn(task)) return SUSPENDED;
    const device = this.#device;
    device.requireUsable();
    const blocks = this.#mustBlock(engine);
    device.finishQueued();
    if (blocks) {
      device.solo5.blockFlushNow?.(device.handle);
      return DONE;
    }
    const pending: Pending = { task: null, hasEnded: false, error: null };
    this.#pending = pending;
    device.solo5.blockFlush?.(device.handle, (error) => end(engine, pending, error));
    // No world should end it inside the call, but one that does must not leave the task asleep.
    if (pending.hasEnded) return this.#result();
    pending.task = task;
    this.#engine = engine;
    engine.loop.addExternal("world");
    return this.suspend(task);
  }

  protected override unregister(): void {
    if (this.#pending?.task) this.#engine?.loop.removeExternal("world");
    if (this.#pending !== null) this.#pending.task = null;
    this.#pending = null;
    this.#engine = null;
  }

  protected override copy(): Flush {
    return new Flush(this.#device);
  }

  #result(): IteratorReturnResult<void> {
    const error = this.#pending?.error ?? null;
    this.#pending = null;
    this.#engine = null;
    if (error !== null) throw error;
    return DONE;
  }

  /** Whether to block the thread: it is blocked anyway and nobody would call back, or there is no other way. */
  #mustBlock(engine: Engine): boolean {
    const { solo5, name } = this.#device;
    const isBlocked = engine.driver === "blocking";
    if (!isBlocked && solo5.blockFlush !== undefined) return false;
    if (solo5.blockFlushNow !== undefined) return true;
    throw new BlockError(
      "ERR_SOLO5_NOT_SUPPORTED",
      name,
      solo5.blockFlush === undefined
        ? "this world can't flush: it makes no promise about durability"
        : "this world can't flush with the thread blocked: use `run` instead of `runSync`",
    );
  }
}

function end(engine: Engine, pending: Pending, error: Error | null): void {
  if (pending.hasEnded) return;
  pending.hasEnded = true;
  pending.error = error;
  const { task } = pending;
  if (task === null) return;
  pending.task = null;
  engine.loop.removeExternal("world");
  engine.wake(task);
  engine.wakeDriver();
}
