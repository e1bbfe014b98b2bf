// How much may be done at a stretch. A module of its own without imports: the bundler then puts the numbers where they are
// used, at each step.

/** Ready operations that a task may do in one step. */
export const READY_MAX = 64;

/** Steps of one turn, after which the world is polled again. */
export const TURN_STEPS_MAX = 1000;

/** About how long turns keep the event loop from its other work, in nanoseconds. */
export const TURN_DURATION_MAX = 200_000;

/** Steps before the first look at the clock, where a turn is bounded by time. */
export const STEPS_UNTIMED = 64;
