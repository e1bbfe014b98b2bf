// SIGINT and SIGTERM: the first lets the program clean up, the second ends it at once.
import { getEventListeners } from "node:events";

/** What a shell reports of a program that a signal ended. */
const STATUS: Readonly<Record<"SIGINT" | "SIGTERM", number>> = { SIGINT: 130, SIGTERM: 143 };

/** How long a program may clean up, in milliseconds. */
const CLEANUP_DURATION_MAX = 5_000;

/**
 * Turns the first signal into an `AbortSignal` for the runs of the program.
 *
 * Where no run listens there is nothing to clean up: the process ends at once, unless the program has a
 * handler of its own. Else it ends when the program does, or when its time is over, or at the second
 * signal; always with the first one's status.
 */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #timeIsOver: () => void;
  readonly #hear = (name: "SIGINT" | "SIGTERM"): void => this.#heard(name);
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

  listen(): void {
    process.on("SIGINT", this.#hear);
    process.on("SIGTERM", this.#hear);
  }

  /**
   * Leaves signals to the system while `block` holds up the thread. No handler of ours could run
   * in that time, so that nothing but SIGKILL would end a program waiting under `runSync`.
   */
  whileBlocking(block: () => void): void {
    process.off("SIGINT", this.#hear);
    process.off("SIGTERM", this.#hear);
    try {
      block();
    } finally {
      this.listen();
    }
  }

  #heard(name: "SIGINT" | "SIGTERM"): void {
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
