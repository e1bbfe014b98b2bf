// Where a task stands: the bits of `TaskImpl.flags`. A module of its own, so that everything below
// tasks can read them.

/** The first step has begun. */
export const STARTED = 1;
/** A suspension point would throw: see `interrupt.ts`; or the run is aborted. */
export const INTERRUPTED = 2;
/** The parent asked for the end: the outcome is "cancelled", whatever the body does. */
export const CANCEL_REQUESTED = 4;
/** The body has ended; children are still being cancelled. */
export const ENDING = 8;
/** All over. */
export const ENDED = 16;
/** The body threw. */
export const FAILED = 32;
/** Stands in the run queue or among the cancellations, with one entry that counts. */
export const QUEUED = 64;
/** That entry stands among the cancellations. */
export const QUEUED_FIRST = 128;
/** Has paid for its next interrupt by going to the tail of the queue. */
export const INTERRUPT_PAID = 256;
/** Its parent has neither awaited it nor cancelled it to the end. */
export const UNCOLLECTED = 512;
/** Entries of the run queue, the next to come up, no longer count: `rare.staleEntries` of them. */
export const STALE_ENTRY = 1024;
/** Has suspended in this step: nothing but the end of the step may follow. */
export const STEP_OVER = 2048;
/** Went to the tail of the queue by `yieldNow`, and has not come back. */
export const YIELDED = 4096;
