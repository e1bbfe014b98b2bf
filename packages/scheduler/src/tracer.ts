// What a run tells of itself, event by event, to whoever asked for it.
import type { Suspension } from "./leaf.ts";
import type { Outcome } from "./operation.ts";

/** A task, as far as a tracer may look. */
export interface TracedTask {
  readonly uid: number;
  readonly name: string;
  outcome(): Outcome<unknown>;
}

/** An operation that was made and never run: mostly, `yield*` is missing in front of it. */
export interface UnusedOperation {
  /** What it would have waited for. */
  readonly what: string;
  /** The program's frames, innermost first, as in `main (file:///app/main.mjs:5:12)`. */
  readonly madeAt: readonly string[];
}

/**
 * Called as things happen; must not call back into the scheduler. Each part is optional, and what
 * is absent costs one comparison.
 */
export interface Tracer {
  spawn?(task: TracedTask, parent: TracedTask): void;
  step?(task: TracedTask): void;
  /** `on` is null where the task only goes to the tail of the queue. */
  suspend?(task: TracedTask, on: Pick<Suspension, "what"> | null): void;
  cancel?(task: TracedTask): void;
  end?(task: TracedTask): void;
  /** An error that reaches nobody: thrown while the run was unwound, or by a finaliser. */
  suppressed?(task: TracedTask, error: unknown): void;
  /** With `debug`: the task made an operation that nobody ran. Where absent, the console hears of it. */
  unused?(task: TracedTask, operation: UnusedOperation): void;
}

/** `tracer`, kept from throwing into the middle of what it is told of: `failed` hears of it instead. */
export function guarded(tracer: Tracer, failed: (error: unknown) => void): Tracer {
  const guard = (name: keyof Tracer): Tracer => {
    const event = tracer[name] as ((...told: unknown[]) => void) | undefined;
    if (event === undefined) return {};
    const told = (...what: unknown[]): void => {
      try {
        event.apply(tracer, what);
      } catch (error) {
        failed(error);
      }
    };
    return { [name]: told };
  };
  return {
    ...guard("spawn"),
    ...guard("step"),
    ...guard("suspend"),
    ...guard("cancel"),
    ...guard("end"),
    ...guard("suppressed"),
    ...guard("unused"),
  };
}
