// The public surface of @miou-solo5/scheduler.
export { awaitAll, awaitOne, type Outcomes, race } from "./await.ts";
export { Condition } from "./condition.ts";
export { clockMonotonic, clockWall, print, programArguments } from "./console.ts";
export { closeAtEnd, constant, map } from "./device.ts";
export { ms, s, us } from "./duration.ts";
export { Cancelled, SchedulerError, type SchedulerErrorCode } from "./errors.ts";
export { addHook, type Hook } from "./hooks.ts";
export { Inspection, inspect, type TaskInspection } from "./inspect.ts";
export { Lazy } from "./lazy.ts";
export { Mutex } from "./mutex.ts";
export type {
  AbortSignalLike,
  Body,
  Device,
  DeviceValues,
  Operation,
  OpIterator,
  Outcome,
  Run,
  Suspended,
  Task,
} from "./operation.ts";
export { type Orphans, orphans } from "./orphans.ts";
export { disown, own, release, requireOwner, transfer } from "./ownership.ts";
export { Queue } from "./queue.ts";
export { type RunOptions, run, runSync, start } from "./run.ts";
export { shield, withTimeout } from "./scope.ts";
export { Semaphore } from "./semaphore.ts";
export { sleep } from "./sleep.ts";
export {
  AGAIN,
  type BlockInfo,
  type DeviceName,
  ETHERNET_HEADER_SIZE,
  type FrameBatch,
  HANDLE_MAX,
  type NetCounters,
  type NetInfo,
  type ReadySet,
  type Solo5,
  type Wait,
} from "./solo5.ts";
export { type SpawnOptions, spawn } from "./spawn.ts";
export { type SuspendOptions, type Syscall, signal, suspend, syscall, uid } from "./syscall.ts";
export type { TracedTask, Tracer, UnusedOperation } from "./tracer.ts";
export { type HostAbortSignal, until } from "./until.ts";
export { attach, world } from "./world.ts";
export { yieldNow } from "./yield-now.ts";
