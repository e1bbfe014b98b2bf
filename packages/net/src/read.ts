// The operations that wait for a frame.
import { AGAIN, type Suspended } from "@miou-solo5/scheduler";
import { InputLeaf, type InputQueue, SUSPENDED } from "@miou-solo5/scheduler/devices";

/** What a read needs of its device. */
export interface Receiver {
  readonly name: string;
  readonly input: InputQueue;
  /** @throws where the device is closed, or belongs to another world than the running task */
  requireUsable(): void;
}

/**
 * The order of a read: whoever waits longest is served first, so a newcomer takes a frame only where
 * nobody is in line; a reader that was woken takes the first, and then wakes the next in line.
 */
abstract class FrameRead<T> extends InputLeaf<T> {
  readonly device: Receiver;

  constructor(device: Receiver) {
    super();
    this.device = device;
  }

  /** A frame, or null where none has come. */
  protected abstract take(): IteratorReturnResult<T> | null;

  get what(): string {
    return `a frame from ${this.device.name}`;
  }

  get input(): InputQueue {
    return this.device.input;
  }

  next(): IteratorResult<Suspended, T> {
    const waiting = this.task;
    if (this.resumed() && waiting !== null) return this.#cameBack(waiting);
    const task = this.enter();
    if (task === null) return SUSPENDED;
    this.device.requireUsable();
    if (this.input.isFree) {
      if (!this.mayGoOn(task)) return SUSPENDED;
      const frame = this.take();
      if (frame !== null) return frame;
    }
    this.input.wait(this);
    return this.suspend(task);
  }

  #cameBack(task: NonNullable<typeof this.task>): IteratorResult<Suspended, T> {
    this.input.cameBack();
    let frame: IteratorReturnResult<T> | null;
    try {
      this.device.requireUsable();
      frame = this.take();
    } catch (error) {
      // What it could not take is the next one's to take, or to fail on.
      this.input.wakeFirst();
      throw error;
    }
    if (frame === null) {
      this.input.waitOn(this);
      return this.suspend(task);
    }
    this.input.wakeFirst();
    return frame;
  }
}

export class ReadInto extends FrameRead<number> {
  readonly #take: (into: Uint8Array, offset: number, size: number) => number;
  readonly #buffer: Uint8Array;
  readonly #offset: number;
  readonly #size: number;

  constructor(
    device: Receiver,
    take: (into: Uint8Array, offset: number, size: number) => number,
    buffer: Uint8Array,
    offset: number,
    size: number,
  ) {
    super(device);
    this.#take = take;
    this.#buffer = buffer;
    this.#offset = offset;
    this.#size = size;
  }

  protected override take(): IteratorReturnResult<number> | null {
    const size = this.#take(this.#buffer, this.#offset, this.#size);
    return size === AGAIN ? null : { done: true, value: size };
  }

  protected override copy(): ReadInto {
    return new ReadInto(this.device, this.#take, this.#buffer, this.#offset, this.#size);
  }
}

export class ReadBytes extends FrameRead<Uint8Array> {
  readonly #take: () => Uint8Array | null;

  constructor(device: Receiver, take: () => Uint8Array | null) {
    super(device);
    this.#take = take;
  }

  protected override take(): IteratorReturnResult<Uint8Array> | null {
    const frame = this.#take();
    return frame === null ? null : { done: true, value: frame };
  }

  protected override copy(): ReadBytes {
    return new ReadBytes(this.device, this.#take);
  }
}

/** Takes all that has come. */
export class ReadBatch extends FrameRead<number> {
  readonly #take: () => number;

  constructor(device: Receiver, take: () => number) {
    super(device);
    this.#take = take;
  }

  protected override take(): IteratorReturnResult<number> | null {
    const count = this.#take();
    return count === 0 ? null : { done: true, value: count };
  }

  protected override copy(): ReadBatch {
    return new ReadBatch(this.device, this.#take);
  }
}
