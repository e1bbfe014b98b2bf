// Waiting in Node's event loop.
import type { ReadySet, Wait } from "@miou-solo5/scheduler";
import { type Addon, onWake } from "./addon.ts";
import { BindingsError, wrongArgument } from "./errors.ts";

/** The one wait that a host may have under way. */
export class Waiting {
  readonly #addon: Addon;
  readonly #host: number;
  #pending: Pending | null = null;

  constructor(addon: Addon, host: number) {
    this.#addon = addon;
    this.#host = host;
  }

  /** `owner` stays alive as long as the wait is under way. */
  begin(deadline: number, interest: ReadySet, wake: () => void, owner: object): Wait {
    if (typeof wake !== "function") throw wrongArgument("wake must be a function", wake);
    if (this.#pending !== null) {
      throw new BindingsError("ERR_SOLO5_BUSY", "a wait is under way already; cancel it first");
    }
    const begun = this.#addon.waitBegin(this.#host, deadline, interest[0] ?? 0, interest[1] ?? 0);
    const pending = new Pending(this, wake);
    this.#pending = pending;
    if (begun) onWake(this.#host, { wake: pending.fire, owner });
    // The check phase comes after timers and input, and again only in the loop's next round.
    else pending.immediate = setImmediate(pending.fire);
    return pending;
  }

  /** Takes `pending` back; false where it is over already. */
  end(pending: Pending): boolean {
    if (this.#pending !== pending) return false;
    this.#pending = null;
    if (pending.immediate === null) onWake(this.#host, null);
    return true;
  }

  cancel(pending: Pending): void {
    if (!this.end(pending)) return;
    if (pending.immediate === null) this.#addon.waitEnd(this.#host);
    else clearImmediate(pending.immediate);
  }

  /** The host closes: whoever waits is woken, and finds out by its next call. */
  close(): void {
    const pending = this.#pending;
    if (pending === null || pending.immediate !== null) return;
    onWake(this.#host, null);
    pending.immediate = setImmediate(pending.fire);
  }
}

class Pending implements Wait {
  readonly #waiting: Waiting;
  readonly #wake: () => void;
  /** Set where the event loop's check phase wakes rather than the addon. */
  immediate: NodeJS.Immediate | null = null;

  constructor(waiting: Waiting, wake: () => void) {
    this.#waiting = waiting;
    this.#wake = wake;
  }

  readonly fire = (): void => {
    if (this.#waiting.end(this)) this.#wake.call(undefined);
  };

  cancel(): void {
    this.#waiting.cancel(this);
  }
}
