// What a run tells of itself, event by event, to whoever asked for it.
import type { Suspension } from "./leaf.ts";
import type { Outcome } from "./operation.ts";

/** A task, as far as a tracer may look. */
export interface TracedTask {
  readonly uid: number;
  readonly name: string;
  outcome(): Outcome<unknown>;
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
}
