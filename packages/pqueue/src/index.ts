// The public surface, and nothing else.
export { PqueueError, type PqueueErrorCode } from "./errors.ts";
export { type Entry, PriorityQueue } from "./priority-queue.ts";
