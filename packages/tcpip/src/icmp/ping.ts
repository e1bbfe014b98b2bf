// The operation that waits for an echo.
import type { Suspended } from "@miou-solo5/scheduler";
import { active, Leaf, SUSPENDED } from "@miou-solo5/scheduler/devices";
import type { Address } from "../address.ts";
import { TcpipError } from "../errors.ts";
import type { SendOptions } from "../network.ts";
import { Timer } from "../timers.ts";
import type { Trouble } from "../trouble.ts";
import type { Pinger } from "./pinger.ts";

export interface PingReply {
  /** Nanoseconds from the request to the reply. */
  readonly duration: number;
  /** The time to live with which the reply came. */
  readonly hops: number;
  /** Bytes of data. */
  readonly dataSize: number;
}

export class Ping extends Leaf<PingReply> {
  readonly target: Address;
  readonly dataSize: number;
  readonly #pinger: Pinger;
  readonly #name: string;
  readonly #timeout: number;
  readonly #options: SendOptions;
  readonly #timer = new Timer(() => this.#expired());
  #sequence = -1;
  #sentAt = 0;
  #reply: PingReply | null = null;
  #error: TcpipError | null = null;

  /** `name` is the target's for messages; `timeout` in nanoseconds. */
  constructor(
    pinger: Pinger,
    target: Address,
    name: string,
    dataSize: number,
    timeout: number,
    options: SendOptions,
  ) {
    super();
    this.target = target;
    this.dataSize = dataSize;
    this.#pinger = pinger;
    this.#name = name;
    this.#timeout = timeout;
    this.#options = options;
  }

  get what(): string {
    return `an echo from ${this.#name}`;
  }

  next(): IteratorResult<Suspended, PingReply> {
    if (this.resumed()) return this.#result();
    const task = this.enter();
    if (task === null) return SUSPENDED;
    this.#reply = null;
    this.#error = null;
    const { timers } = this.#pinger;
    this.#sentAt = timers.now;
    this.#sequence = this.#pinger.send(this, this.target, this.dataSize, this.#options);
    timers.set(this.#timer, this.#sentAt + this.#timeout);
    return this.suspend(task);
  }

  answered(hops: number): void {
    const duration = this.#pinger.timers.now - this.#sentAt;
    this.#reply = { duration, hops, dataSize: this.dataSize };
    this.#wake();
  }

  failed(trouble: Trouble): void {
    this.#error = new TcpipError(
      "ERR_SOLO5_UNREACHABLE",
      `ping: ${this.#name} can't be reached: ${trouble.kind}`,
      { trouble: trouble.kind },
    );
    this.#wake();
  }

  protected override unregister(): void {
    this.#pinger.forget(this.#sequence);
    this.#pinger.timers.clear(this.#timer);
  }

  protected override copy(): Ping {
    return new Ping(
      this.#pinger,
      this.target,
      this.#name,
      this.dataSize,
      this.#timeout,
      this.#options,
    );
  }

  #result(): IteratorReturnResult<PingReply> {
    if (this.#error !== null) throw this.#error;
    return { done: true, value: this.#reply as PingReply };
  }

  #expired(): void {
    this.#error = new TcpipError(
      "ERR_SOLO5_TIMEOUT",
      `ping: no echo from ${this.#name} within ${this.#timeout} ns`,
    );
    this.#wake();
  }

  #wake(): void {
    this.unregister();
    if (this.task !== null) active.engine?.wake(this.task);
  }
}
