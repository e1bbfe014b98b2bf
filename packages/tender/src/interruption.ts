// SIGINT and SIGTERM: the first lets the program clean up, the second ends it at once.
import { getEventListeners } from "node:events";

type SignalName = "SIGINT" | "SIGTERM";

/** What a shell reports of a program that a signal ended. */
const STATUS: Readonly<Record<SignalName, number>> = { SIGINT: 130, SIGTERM: 143 };

/** How long a program may clean up, in milliseconds. */
const CLEANUP_DURATION_MAX = 5_000;

/**
 * Turns the first signal into an `AbortSignal` for the runs of the program.
 *
 * Where no run listens there is nothing to clean up: the process ends at once, unless the program has a
 * handler of its own. Else it ends when the program does, or when its time is over, or at the second
 * signal; always with the first one's status.
 *
 * Until `listen` is called, and while the thread is blocked, signals do what they do by themselves: they
 * end the process, which a shell reports with the same status. A handler of ours could not run then, so
 * that nothing but SIGKILL would end the process.
 */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #timeIsOver: () => void;
  readonly #hear = (name: SignalName): void => this.#heard(name);
  #listening = false;
  #status: number | undefined;

  /** `timeIsOver` is called before the process is ended because its cleanup took too long. */
  constructor(timeIsOver: (seconds: number) => void) {
    this.#timeIsOver = () => timeIsOver(CLEANUP_DURATION_MAX / 1000);
  }

  /** Fires at the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The status to end with, once a signal has come. */
  get status(): number | undefined {
    return this.#status;
  }

  /** A run inside the event loop begins or goes on. Idempotent. */
  listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    process.on("SIGINT", this.#hear);
    process.on("SIGTERM", this.#hear);
  }

  /** The thread is about to be blocked. Signals are heard again once the event loop is reached. */
  leaveToSystem(): void {
    if (!this.#listening) return;
    this.#listening = false;
    process.off("SIGINT", this.#hear);
    process.off("SIGTERM", this.#hear);
    setImmediate(() => this.listen());
  }

  #heard(name: SignalName): void {
    if (this.#status !== undefined) process.exit(this.#status);
    const isRunning = getEventListeners(this.signal, "abort").length > 0;
    if (!isRunning && process.listenerCount(name) > 1) return;
    this.#status = STATUS[name];
    if (!isRunning) process.exit(this.#status);
    setTimeout(() => {
      this.#timeIsOver();
      process.exit(this.#status);
    }, CLEANUP_DURATION_MAX).unref();
    this.#controller.abort();
  }
}
