// Suspension points for others to build on: a ticket that a task waits for and anyone may signal.
import { active } from "./active.ts";
import { takeBack } from "./by-hand.ts";
import type { Engine } from "./engine.ts";
import { SchedulerError } from "./errors.ts";
import { Leaf, SUSPENDED } from "./leaf.ts";
import type { Operation, Suspended } from "./operation.ts";
import { NEW, OVER, SERVED, WAITING } from "./ticket-state.ts";

/** A ticket: made by `syscall`, waited for by `suspend`, served once by `signal`. */
export interface Syscall<in out T> {
  /** Counts up in this process. */
  readonly uid: number;
  /** Carries the type of the value; never called. */
  readonly accepts?: (value: T) => T;
}

export interface SuspendOptions {
  /**
   * Called when the suspension begins, never for a task that was cancelled before: hand the ticket
   * to the outside world here. What it returns is called if the suspension is cancelled.
   */
  readonly register?: () => undefined | (() => void);
  /**
   * The signal comes from outside the run, so the wait is no deadlock: from anyone (true), or from
   * the world itself ("world"), which then also comes in a simulation.
   */
  readonly external?: boolean | "world";
  /** What is waited for, for reports. */
  readonly what?: string;
}

let uidLast = 0;

// Shared, because a waiting task would keep an object of its own alive.
const NO_OPTIONS: SuspendOptions = {};

export function syscall<T = void>(): Syscall<T> {
  return new Ticket<T>(++uidLast);
}

/** The ticket's number. */
export function uid<T>(ticket: Syscall<T>): number {
  return ticket.uid;
}

/**
 * Waits until the ticket is signalled and gives the signal's value. A ticket that was signalled
 * before is ready.
 *
 * @throws {SchedulerError} ERR_SOLO5_INVALID_ARGUMENT where another task waits for the ticket
 */
export function suspend<T>(ticket: Syscall<T>, options: SuspendOptions = NO_OPTIONS): Operation<T> {
  return new Suspend(asTicket<T>("suspend", ticket), options);
}

/**
 * Serves the ticket: its task goes to the tail of the run queue. May be called from anywhere, also
 * from callbacks of the host. False where the ticket was served before, or its wait was cancelled.
 */
export function signal<T>(ticket: Syscall<T>, value: T): boolean;
export function signal(ticket: Syscall<void>): boolean;
export function signal<T>(ticket: Syscall<T>, value?: T): boolean {
  return asTicket<T>("signal", ticket).serve(value as T);
}

function asTicket<T>(verb: string, ticket: Syscall<T>): Ticket<T> {
  if (ticket instanceof Ticket) return ticket;
  throw new SchedulerError(
    "ERR_SOLO5_INVALID_ARGUMENT",
    `${verb} takes what syscall() made, got ${typeof ticket}`,
  );
}

class Ticket<T> implements Syscall<T> {
  readonly uid: number;
  state: typeof NEW | typeof WAITING | typeof SERVED | typeof OVER = NEW;
  value: T | undefined;
  waiter: Suspend<T> | null = null;
  engine: Engine | null = null;

  constructor(uid: number) {
    this.uid = uid;
  }

  serve(value: T): boolean {
    if (this.state === SERVED || this.state === OVER) return false;
    this.state = SERVED;
    this.value = value;
    const task = this.waiter?.task;
    if (task && this.engine !== null) {
      this.engine.wake(task);
      this.engine.wakeDriver();
    }
    return true;
  }
}

class Suspend<T> extends Leaf<T> {
  readonly #ticket: Ticket<T>;
  readonly #options: SuspendOptions;
  #undo: undefined | (() => void);

  constructor(ticket: Ticket<T>, options: SuspendOptions) {
    super();
    this.#ticket = ticket;
    this.#options = options;
  }

  get #external(): "anyone" | "world" | null {
    const { external = false } = this.#options;
    return external === true ? "anyone" : external === false ? null : external;
  }

  get what(): string {
    return this.#options.what ?? `syscall ${this.#ticket.uid}`;
  }

  next(): IteratorResult<Suspended, T> {
    const ticket = this.#ticket;
    if (this.resumed()) {
      this.#leave();
      return { done: true, value: ticket.value as T };
    }
    const task = this.enter();
    if (task === null) return SUSPENDED;
    if (ticket.state === SERVED) {
      if (!this.mayGoOn(task)) return SUSPENDED;
      return { done: true, value: ticket.value as T };
    }
    if (ticket.state !== NEW) throw usedTicket(ticket);
    const { engine } = active;
    ticket.state = WAITING;
    ticket.waiter = this;
    ticket.engine = engine;
    if (this.#external !== null) engine?.loop.addExternal(this.#external);
    // Suspended first: `register` may signal at once.
    const result = this.suspend(task);
    try {
      this.#undo = this.#options.register?.() ?? undefined;
    } catch (error) {
      takeBack(task);
      this.task = null;
      throw error;
    }
    return result;
  }

  protected override unregister(): void {
    const undo = this.#undo;
    this.#leave();
    this.#ticket.state = OVER;
    undo?.();
  }

  protected override copy(): Suspend<T> {
    return new Suspend(this.#ticket, this.#options);
  }

  #leave(): void {
    if (this.#external !== null) this.#ticket.engine?.loop.removeExternal(this.#external);
    this.#ticket.waiter = null;
    this.#ticket.engine = null;
    this.#undo = undefined;
  }
}

function usedTicket(ticket: Ticket<unknown>): SchedulerError {
  return new SchedulerError(
    "ERR_SOLO5_INVALID_ARGUMENT",
    ticket.state === WAITING
      ? `suspend: another task waits for syscall ${ticket.uid}; make one for each wait`
      : `suspend: the wait for syscall ${ticket.uid} was cancelled; make one for each wait`,
  );
}
