// A task that remembers places: where it was spawned, where it waits, and which operations it made.
import type { Suspension } from "./leaf.ts";
import type { Body, Operation } from "./operation.ts";
import { Site } from "./site.ts";
import { TaskImpl, type TaskState } from "./task.ts";

export class DebuggedTask<T> extends TaskImpl<T> {
  readonly spawnedAt = new Site();
  /** Null while it does not wait. */
  waitsAt: Site | null = null;
  /** Operations that it made and that nobody has run, the oldest first. */
  readonly unused = new Map<Operation<unknown>, Site>();

  constructor(uid: number, parent: TaskState | null, body: Body<T>) {
    super(uid, parent, body);
    let leaf: Suspension | null = null;
    // Leaves set `leaf` when they suspend, with the program's whole `yield*` chain below them on the
    // stack. Noted here, it costs nothing to tasks that are not debugged.
    Object.defineProperty(this, "leaf", {
      get: () => leaf,
      set: (next: Suspension | null) => {
        leaf = next;
        this.waitsAt = next === null ? null : new Site();
      },
    });
  }
}
