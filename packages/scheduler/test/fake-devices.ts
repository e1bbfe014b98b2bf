// The smallest devices on the select loop, over the worlds of `virtual-world.ts`: they show that
// `@miou-solo5/scheduler/devices` is all that `net` and `block` need.
import { BlockJob, InputLeaf, InputQueue, SUSPENDED } from "../src/devices.ts";
import { AGAIN, type Operation, type Solo5, type Suspended } from "../src/index.ts";

/** Gives the bytes that arrive on one handle. */
export class FakeNet {
  readonly solo5: Solo5;
  readonly input: InputQueue;
  readonly #byte = new Uint8Array(1);

  constructor(solo5: Solo5, handle: number) {
    this.solo5 = solo5;
    this.input = new InputQueue(handle);
  }

  /** The next byte. */
  read(): Operation<number> {
    return new Read(this);
  }

  take(): number {
    const size = this.solo5.netRead(this.input.handle, this.#byte, 0, 1);
    return size === AGAIN ? AGAIN : (this.#byte[0] ?? 0);
  }
}

class Read extends InputLeaf<number> {
  readonly #net: FakeNet;

  constructor(net: FakeNet) {
    super();
    this.#net = net;
  }

  get what(): string {
    return `input of device ${this.input.handle}`;
  }

  get input(): InputQueue {
    return this.#net.input;
  }

  next(): IteratorResult<Suspended, number> {
    const waiting = this.task;
    if (this.resumed() && waiting !== null) {
      this.input.cameBack();
      const byte = this.#net.take();
      if (byte === AGAIN) {
        this.input.waitOn(this);
        return this.suspend(waiting);
      }
      this.input.wakeFirst();
      return { done: true, value: byte };
    }
    const task = this.enter();
    if (task === null) return SUSPENDED;
    if (this.input.isFree) {
      if (!this.mayGoOn(task)) return SUSPENDED;
      const byte = this.#net.take();
      if (byte !== AGAIN) return { done: true, value: byte };
    }
    this.input.wait(this);
    return this.suspend(task);
  }

  protected override copy(): Read {
    return new Read(this.#net);
  }
}

/** A block operation that does `work` when its turn has come. */
export class FakeJob extends BlockJob {
  readonly handle: number;
  readonly #name: string;
  readonly #work: () => void;

  constructor(name: string, work: () => void, handle = 40) {
    super();
    this.#name = name;
    this.#work = work;
    this.handle = handle;
  }

  get what(): string {
    return `block operation ${this.#name}`;
  }

  protected override check(): void {}

  protected override execute(): void {
    this.#work();
  }

  protected override copy(): FakeJob {
    return new FakeJob(this.#name, this.#work, this.handle);
  }
}
