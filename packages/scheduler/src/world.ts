// Which world a program runs in: the one given to `run`, else the one attached to the process.
import { active } from "./active.ts";
import { SchedulerError } from "./errors.ts";
import type { AbortSignalLike } from "./operation.ts";
import type { Solo5 } from "./solo5.ts";
import type { Tracer } from "./tracer.ts";

/** What is attached: shared by all loaded copies of this package, hence a registered symbol. */
export interface Attachment {
  readonly solo5: Solo5;
  readonly signal: AbortSignalLike | null;
  /** An older copy's attachment has none. */
  readonly tracer?: Tracer | null;
  readonly debug?: boolean;
}

export interface AttachOptions {
  /** Cancels main of each run in the attached world when it fires. */
  readonly signal?: AbortSignalLike;
  /** Hears of each run in the attached world that is not given a tracer of its own. */
  readonly tracer?: Tracer;
  /** The `debug` option of each run in the attached world that does not say otherwise. */
  readonly debug?: boolean;
}

const WORLD = Symbol.for("miou-solo5.world");

/**
 * Makes `solo5` the world of every later `run` in this process that is not given another. Whoever
 * starts a program does this (the tender, a test); the program itself need not.
 *
 * `options` apply to each such run besides its own. Returns a function that takes the attachment back; what was
 * attached before is then attached again.
 */
export function attach(solo5: Solo5, options: AttachOptions = {}): () => void {
  const before = attachment();
  const mine: Attachment = {
    solo5,
    signal: options.signal ?? null,
    tracer: options.tracer ?? null,
    debug: options.debug ?? false,
  };
  setAttachment(mine);
  return () => {
    if (attachment() === mine) setAttachment(before);
  };
}

/** The attached world and its signal, or null. */
export function attachment(): Attachment | null {
  return (globalThis as { [WORLD]?: Attachment | null })[WORLD] ?? null;
}

function setAttachment(value: Attachment | null): void {
  (globalThis as { [WORLD]?: Attachment | null })[WORLD] = value;
}

/**
 * The world of the running task; outside tasks the attached one.
 *
 * @throws {SchedulerError} ERR_SOLO5_NO_WORLD
 */
export function world(): Solo5 {
  if (active.engine !== null) return active.engine.solo5;
  return attachedWorld();
}

export function attachedWorld(): Solo5 {
  const attached = attachment();
  if (attached === null) {
    throw new SchedulerError(
      "ERR_SOLO5_NO_WORLD",
      "no world to run in: start the program with `solo5-node`, or pass one, as in " +
        '`run(devices, main, { solo5: host({ net: { service: { tap: "tap0" } } }) })`, or `attach` one first',
    );
  }
  return attached.solo5;
}
