// Functions that run after each real wait for outside events, before the tasks it woke.
import { active, activeTask } from "./active.ts";
import type { Engine } from "./engine.ts";
import { SchedulerError } from "./errors.ts";

export interface Hook {
  /** @throws {SchedulerError} ERR_SOLO5_INVALID_ARGUMENT where it was removed already, or dropped because it threw */
  remove(): void;
}

/**
 * Calls `act` after each wait of this run for something outside, the newest hook first, outside any task: a
 * hook can't suspend or spawn. One that throws is removed; the tracer hears of the error.
 *
 * @throws {SchedulerError} ERR_SOLO5_OUTSIDE_TASK, ERR_SOLO5_INVALID_ARGUMENT
 */
export function addHook(act: () => void): Hook {
  activeTask("addHook");
  if (typeof act !== "function") {
    throw new SchedulerError(
      "ERR_SOLO5_INVALID_ARGUMENT",
      `addHook takes a function, got ${typeof act}`,
    );
  }
  const { hooks } = active.engine as Engine;
  // A place of its own: the same function may be added twice.
  const hook = { act };
  hooks.push(hook);
  return {
    remove() {
      const place = hooks.indexOf(hook);
      if (place < 0) {
        throw new SchedulerError("ERR_SOLO5_INVALID_ARGUMENT", "remove: the hook is gone already");
      }
      hooks.splice(place, 1);
    },
  };
}

/** Calls all hooks; those that throw are dropped and reported. */
export function callHooks(engine: Engine): void {
  for (const hook of engine.hooks.toReversed()) {
    // Removed by one before it.
    if (!engine.hooks.includes(hook)) continue;
    try {
      hook.act();
    } catch (error) {
      const place = engine.hooks.indexOf(hook);
      if (place >= 0) engine.hooks.splice(place, 1);
      engine.report(engine.root, error);
    }
  }
}
