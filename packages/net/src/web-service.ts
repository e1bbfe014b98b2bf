// The run behind `openNet`: one task that reads, and those outside who wait for what it reads.
import {
  type Operation,
  race,
  type Suspended,
  type Syscall,
  signal,
  spawn,
  suspend,
  syscall,
} from "@miou-solo5/scheduler";
import type { Net } from "./net.ts";

/** Somebody outside who waits for a frame: null means that none will come any more. */
export interface Request {
  readonly resolve: (frame: Uint8Array | null) => void;
  readonly reject: (error: unknown) => void;
}

export class Service {
  readonly opened: Promise<Net>;
  readonly #requests: Request[] = [];
  /** Frames that came when their request had just been taken back. */
  readonly #kept: Uint8Array[] = [];
  #resolveOpened: (device: Net) => void = () => {};
  #rejectOpened: (error: unknown) => void = () => {};
  /** Signalled when somebody asks; null while the reader has somebody to read for. */
  #asked: Syscall<void> | null = null;
  /** Signalled when nobody asks any more: the reader must take no frame then. */
  #unasked: Syscall<void> | null = null;
  #end: { readonly error: unknown } | null = null;

  constructor() {
    this.opened = new Promise((resolve, reject) => {
      this.#resolveOpened = resolve;
      this.#rejectOpened = reject;
    });
  }

  /** Main: a reader, and a new one whenever the last request was taken back while it waited for a frame. */
  *serve(device: Net): Generator<Suspended, void, void> {
    this.#resolveOpened(device);
    for (;;) {
      const unasked = syscall();
      this.#unasked = unasked;
      yield* race([
        spawn(() => this.#read(device.readBytes()), { name: "reader" }),
        spawn(() => suspend(unasked, { external: true, what: "a request to be taken back" })),
      ]);
    }
  }

  /** Asks for the next frame. What is returned takes the request back, which then gets null. */
  ask(request: Request): () => void {
    const kept = this.#end === null ? this.#kept.shift() : undefined;
    if (kept !== undefined) {
      request.resolve(kept);
      return () => {};
    }
    this.#requests.push(request);
    if (this.#end !== null) this.#settleAll();
    else if (this.#asked !== null) signal(this.#asked);
    return () => {
      const index = this.#requests.indexOf(request);
      if (index < 0) return;
      this.#requests.splice(index, 1);
      request.resolve(null);
      if (this.#requests.length === 0 && this.#unasked !== null) signal(this.#unasked);
    };
  }

  /** The run is over: ERR_SOLO5_CANCELLED means that `close` was called. */
  end(error: unknown): void {
    const closed = (error as { readonly code?: unknown } | null)?.code === "ERR_SOLO5_CANCELLED";
    this.#end = { error: closed ? null : error };
    this.#rejectOpened(error);
    this.#settleAll();
  }

  *#read(next: Operation<Uint8Array>): Generator<Suspended, never, void> {
    for (;;) {
      while (this.#requests.length === 0) {
        this.#asked = syscall();
        // Nothing holds the process open while nobody asks.
        yield* suspend(this.#asked, { external: true, what: "somebody to ask for a frame" });
        this.#asked = null;
      }
      const frame = yield* next;
      const request = this.#requests.shift();
      if (request === undefined) this.#kept.push(frame);
      else request.resolve(frame);
    }
  }

  #settleAll(): void {
    const error = this.#end?.error ?? null;
    for (const { resolve, reject } of this.#requests.splice(0)) {
      if (error === null) resolve(null);
      else reject(error);
    }
  }
}

/** The frames of one iteration, in the order in which they were asked for. */
export class FrameIterator implements AsyncIterableIterator<Uint8Array> {
  readonly #service: Service;
  readonly #takeBack = new Set<() => void>();
  #isOver = false;

  constructor(service: Service) {
    this.#service = service;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isOver) return { done: true, value: undefined };
    let takeBack = () => {};
    try {
      const frame = await new Promise<Uint8Array | null>((resolve, reject) => {
        takeBack = this.#service.ask({ resolve, reject });
        this.#takeBack.add(takeBack);
      });
      if (frame !== null) return { done: false, value: frame };
      this.#isOver = true;
      return { done: true, value: undefined };
    } catch (error) {
      this.#isOver = true;
      throw error;
    } finally {
      this.#takeBack.delete(takeBack);
    }
  }

  /** Ends the iteration: what it still asked for goes to the others. */
  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isOver = true;
    for (const takeBack of this.#takeBack) takeBack();
    return { done: true, value: undefined };
  }
}
