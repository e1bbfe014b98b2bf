// Resources that belong to tasks: released by their finaliser when the owner ends abnormally, and
// a fault of the program when the owner returns and still has them.
import { active, activeTask } from "./active.ts";
import { showPlace } from "./debug.ts";
import { SchedulerError } from "./errors.ts";
import { Site } from "./site.ts";
import type { TaskState } from "./task.ts";

/** One owned resource. */
export interface Resource {
  readonly value: object;
  readonly finaliser: () => void;
  /** With debug: where it came to be owned. */
  readonly ownedAt: Site | null;
}

/**
 * Makes the running task the owner of `resource`. If the task fails or is cancelled, the finaliser runs: the
 * one given, else the resource's `Symbol.dispose`. A task that returns must have released,
 * disowned or transferred it before (ERR_SOLO5_RESOURCE_LEAKED ends the run).
 *
 * @throws {SchedulerError} ERR_SOLO5_OUTSIDE_TASK, ERR_SOLO5_INVALID_ARGUMENT
 */
export function own<R extends object>(resource: R, finaliser?: (resource: R) => void): R {
  const task = activeTask("own");
  const dispose = finaliser ?? disposer(resource);
  task.rareFields().resources.push({
    value: resource,
    finaliser: () => dispose(resource),
    ownedAt: active.debug === null ? null : new Site(),
  });
  return resource;
}

/** Ends the ownership and runs the finaliser. @throws {SchedulerError} ERR_SOLO5_NOT_OWNER */
export function release(resource: object): void {
  take(activeTask("release"), resource).finaliser();
}

/** Ends the ownership; the finaliser does not run. @throws {SchedulerError} ERR_SOLO5_NOT_OWNER */
export function disown(resource: object): void {
  take(activeTask("disown"), resource);
}

/**
 * Gives the resource to the parent task.
 *
 * @throws {SchedulerError} ERR_SOLO5_NOT_OWNER; ERR_SOLO5_INVALID_ARGUMENT in main, and in a task
 * that a device spawned: above them is nobody who could release it
 */
export function transfer(resource: object): void {
  const task = activeTask("transfer");
  const parent = task.parent;
  if (parent === null || parent.parent === null) {
    throw new SchedulerError(
      "ERR_SOLO5_INVALID_ARGUMENT",
      `transfer: task ${task.name} has no parent in the program to give a resource to; release or disown it`,
    );
  }
  parent.rareFields().resources.push(take(task, resource));
}

/** Refuses a use of the resource by a task that does not own it. @throws {SchedulerError} ERR_SOLO5_NOT_OWNER */
export function requireOwner(resource: object): void {
  const task = activeTask("requireOwner");
  if (!task.rare?.resources.some((owned: Resource) => owned.value === resource)) {
    throw notOwner(task);
  }
}

/** Takes an error that can be thrown at nobody. */
export type Report = (task: TaskState, error: unknown) => void;

/** Giving resources to a child at spawn: all are checked before any moves. */
export const give = {
  check(parent: TaskState, resources: readonly object[]): void {
    const owned = [...(parent.rare?.resources ?? [])];
    for (const resource of resources) {
      const index = owned.findLastIndex(({ value }: Resource) => value === resource);
      if (index < 0) throw notOwner(parent);
      // One that is listed twice must be owned twice.
      owned.splice(index, 1);
    }
  },
  move(parent: TaskState, child: TaskState, resources: readonly object[]): void {
    for (const resource of resources) child.rareFields().resources.push(take(parent, resource));
  },
};

/**
 * Runs the finalisers of all that an ended task still owns, newest first. Returns the error that a
 * task earns which returned normally; null if it owned nothing.
 */
export function finalise(task: TaskState, report: Report): SchedulerError | null {
  const resources = task.rare?.resources;
  if (resources === undefined || resources.length === 0) return null;
  const count = resources.length;
  const places = resources.map(({ ownedAt }: Resource) => ownedAt?.frames ?? []);
  for (let owned = resources.pop(); owned !== undefined; owned = resources.pop()) {
    try {
      owned.finaliser();
    } catch (error) {
      // The task has ended: there is nobody to whom this could be thrown.
      report(task, error);
    }
  }
  const error = new SchedulerError(
    "ERR_SOLO5_RESOURCE_LEAKED",
    `task ${task.name} returned and still owned ${count} resource${count === 1 ? "" : "s"}: ` +
      "release, disown or transfer what it owns before it returns",
  );
  showPlace(error, places[0] ?? []);
  return error;
}

function take(task: TaskState, resource: object): Resource {
  const resources = task.rare?.resources ?? [];
  const index = resources.findLastIndex((owned) => owned.value === resource);
  const owned = resources[index];
  if (owned === undefined) throw notOwner(task);
  resources.splice(index, 1);
  return owned;
}

function notOwner(task: TaskState): SchedulerError {
  return new SchedulerError(
    "ERR_SOLO5_NOT_OWNER",
    `task ${task.name} (#${task.uid}) does not own this resource: only the task that called \`own\`, ` +
      "or to which it was given, may use, release or hand it on",
  );
}

function disposer<R extends object>(resource: R): (resource: R) => void {
  // Engines without Symbol.dispose have no resources with it either.
  const key: typeof Symbol.dispose | undefined = Symbol.dispose;
  const dispose: unknown = key === undefined ? undefined : (resource as Partial<Disposable>)[key];
  if (typeof dispose === "function") return () => dispose.call(resource);
  throw new SchedulerError(
    "ERR_SOLO5_INVALID_ARGUMENT",
    "own: the resource has no Symbol.dispose, so pass a finaliser: own(resource, (r) => r.close())",
  );
}
