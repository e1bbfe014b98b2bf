// Runs a plan, and looks whether anything that must never be has been.
import {
  awaitAll,
  awaitOne,
  closeAtEnd,
  type Operation,
  type Orphans,
  orphans,
  own,
  race,
  release,
  runSync,
  type Solo5,
  type Suspended,
  shield,
  signal,
  sleep,
  spawn,
  suspend,
  syscall,
  type Task,
  type Tracer,
  transfer,
  withTimeout,
  yieldNow,
} from "../../src/index.ts";
import { goldenTracer } from "../../src/testing.ts";
import { FakeJob, FakeNet } from "../fake-devices.ts";
import { codeOf, virtualWorld } from "../virtual-world.ts";
import type { Action, Plan } from "./plan.ts";
import { Shared } from "./shared.ts";

/** What a task has to look after. */
interface State {
  readonly children: Task<unknown>[];
  readonly background: Orphans<unknown>;
  /** The uids of all that `background` ever had to collect. */
  readonly collected: Set<number>;
  readonly owned: object[];
}

/** What one run of a plan showed. */
export interface Observed {
  readonly lines: readonly string[];
  readonly end: string;
  readonly finallyMissing: number;
  readonly finallyTwice: number;
  readonly finalisersMissing: number;
  readonly finalisersTwice: number;
  readonly livingAfterParent: string[];
  readonly livingAtEnd: number;
  readonly readersLeft: boolean;
  readonly jobsAfterCancel: number;
  /** Promises of locks and queues that were broken. */
  readonly faults: readonly string[];
}

/** The uid of main: the root is 0. */
const MAIN = 1;

export function observe(root: Plan, random: number): Observed {
  const world = virtualWorld();
  const nets = [1, 33].map((handle) => new FakeNet(world, handle));
  for (let at = 0; at < 400; at += 3) world.deliver(1, at, at & 255);
  for (let at = 1; at < 400; at += 7) world.deliver(33, at, at & 255);
  const shared = new Shared();
  const waiting = new Map<number, string>();
  /** The orphans that were living when a task began to wait for one of them. */
  const gets = new Map<number, readonly number[]>();
  const cancelled = new Set<number>();
  /** How many shields each task stands behind. */
  const shields = new Map<number, number>();
  const bodyEnded = new Set<number>();
  const lines: string[] = [];
  const entered = new Map<number, number>();
  const left = new Map<number, number>();
  const owned = new Map<number, number>();
  let nextMark = 0;
  let jobsAfterCancel = 0;
  const livingAfterParent: string[] = [];
  const parentOf = new Map<number, number>();
  const living = new Set<number>([0]);
  const golden = goldenTracer(
    () => world.clockMonotonic(),
    (line) => lines.push(line),
  );
  const tracer: Tracer = {
    ...golden,
    step(task) {
      golden.step?.(task);
      shared.step++;
      shared.uid = task.uid;
      waiting.delete(task.uid);
      if (lines.length > 200_000) throw new Error("the run does not end");
    },
    spawn(task, parent) {
      golden.spawn?.(task, parent);
      parentOf.set(task.uid, parent.uid);
      living.add(task.uid);
    },
    suspend(task, on) {
      golden.suspend?.(task, on);
      if (on === null) return;
      waiting.set(task.uid, on.what);
      const mayWait =
        (shields.get(task.uid) ?? 0) > 0 ||
        on.what.startsWith("the end of cancelled") ||
        // A condition's wait takes the lock again, shielded.
        on.what === "a lock";
      if (cancelled.has(task.uid) && !mayWait) {
        shared.faults.push(`#${task.uid} waits for ${on.what}, and was cancelled`);
      }
    },
    cancel(task) {
      golden.cancel?.(task);
      cancelled.add(task.uid);
    },
    end(task) {
      golden.end?.(task);
      waiting.delete(task.uid);
      living.delete(task.uid);
      const parent = parentOf.get(task.uid) ?? 0;
      if (bodyEnded.has(parent) && task.outcome().status !== "cancelled") {
        shared.faults.push(`#${task.uid} was not cancelled by its parent's end`);
      }
      for (const uid of living) {
        if (parentOf.get(uid) === task.uid) livingAfterParent.push(`#${uid} of #${task.uid}`);
      }
    },
  };

  function* perform(
    { actions, tidy }: Plan,
    isTask: boolean,
    state: State,
  ): Generator<Suspended, number, void> {
    const mark = nextMark++;
    entered.set(mark, 1);
    try {
      for (const action of actions) yield* act(action, state);
      if (isTask && tidy) {
        for (const child of state.children) yield* child.result();
        for (let task = state.background.take(); task !== null; task = state.background.take()) {
          yield* task.cancel();
        }
        for (const resource of state.owned.splice(0)) release(resource);
      }
      return mark;
    } finally {
      left.set(mark, (left.get(mark) ?? 0) + 1);
      // Main goes on, to cancel the feeder.
      if (isTask && shared.uid !== MAIN) bodyEnded.add(shared.uid);
    }
  }

  function* shielded(uid: number, operation: Operation<unknown>): Generator<Suspended, void, void> {
    shields.set(uid, (shields.get(uid) ?? 0) + 1);
    try {
      yield* operation;
    } finally {
      shields.set(uid, (shields.get(uid) ?? 0) - 1);
    }
  }

  const fresh = (): State => ({
    children: [],
    background: orphans(),
    collected: new Set(),
    owned: [],
  });

  function* act(action: Action, state: State): Generator<Suspended, void, void> {
    const pick = (index: number) => state.children[index % state.children.length];
    switch (action.do) {
      case "yield":
        return yield* yieldNow();
      case "sleep":
        return yield* sleep(action.ns);
      case "read": {
        yield* (nets[action.ns % 2] as FakeNet).read();
        return;
      }
      case "job": {
        let cancelled = false;
        try {
          yield* new FakeJob("j", () => {
            if (cancelled) jobsAfterCancel++;
          });
        } catch (error) {
          cancelled = true;
          throw error;
        }
        return;
      }
      case "ready": {
        const ticket = syscall();
        signal(ticket);
        return yield* suspend(ticket, { what: "a served ticket" });
      }
      case "deadlock":
        return yield* suspend(syscall(), { what: "nothing" });
      case "fail":
        throw new Error("planned");
      case "swallow":
        for (let i = 0; i < 40; i++) {
          try {
            yield* sleep(1);
          } catch {
            // Goes on, up to 40 times.
          }
        }
        return;
      case "spawn":
        state.children.push(spawn(() => perform(action.body, true, fresh())));
        return;
      case "background":
        state.collected.add(
          spawn(() => perform(action.body, true, fresh()), { orphans: state.background }).uid,
        );
        return;
      case "give": {
        const resource = makeOwned();
        const inner = fresh();
        inner.owned.push(resource);
        state.children.push(
          spawn(() => perform(action.body, true, inner), { resources: [resource] }),
        );
        return;
      }
      case "rivals": {
        const rivals = action.bodies.map((body) => spawn(() => perform(body, true, fresh())));
        state.children.push(...rivals);
        yield* race(rivals);
        return;
      }
      case "own":
        state.owned.push(makeOwned());
        return;
      case "release": {
        const resource = state.owned.pop();
        if (resource !== undefined) release(resource);
        return;
      }
      case "transfer": {
        const resource = state.owned.at(-1);
        if (resource === undefined) return;
        try {
          transfer(resource);
          state.owned.pop();
        } catch (error) {
          if (codeOf(error) !== "ERR_SOLO5_INVALID_ARGUMENT") throw error;
        }
        return;
      }
      case "get": {
        // What has ended before needs no wait, so that whatever ends from now on must end this one.
        const awaited = [...state.collected].filter((uid) => living.has(uid));
        gets.set(shared.uid, awaited);
        const task = yield* state.background.get();
        if (task !== null) yield* task.result();
        return;
      }
      case "care": {
        const task = state.background.care();
        if (task !== null) yield* task.result();
        return;
      }
      case "await":
      case "awaitTwice": {
        const task = pick(action.which);
        if (task === undefined) return;
        yield* task;
        if (action.do === "awaitTwice") yield* task;
        return;
      }
      case "result":
        yield* pick(action.which)?.result() ?? yieldNow();
        return;
      case "cancel":
        yield* pick(action.which)?.cancel() ?? yieldNow();
        return;
      case "awaitAll":
      case "awaitOne":
      case "race": {
        const some = state.children.slice(action.from);
        if (some.length === 0) return;
        const verbs = { awaitAll, awaitOne, race };
        yield* verbs[action.do](some) as Operation<unknown>;
        return;
      }
      case "shield":
        yield* shield(shielded(shared.uid, perform(action.body, false, state)));
        return;
      case "lock":
      case "tryLock":
        yield* shared.lock(perform(action.body, false, state), action.do === "tryLock");
        return;
      case "acquire":
        yield* shared.acquire(perform(action.body, false, state));
        return;
      case "snatch":
        return yield* shared.snatch(action.from, action.ns);
      case "produce":
      case "produceTwo":
        return yield* shared.produce(action.do === "produceTwo");
      case "consume":
      case "put":
      case "take":
        return yield* shared[action.do]();
      case "force":
      case "forceFailing":
        return yield* shared.force(action.do === "forceFailing");
      case "timeout":
        yield* withTimeout(action.ns, perform(action.body, false, state));
        return;
      case "finally":
        try {
          yield* sleep(3);
        } finally {
          yield* perform(action.body, false, state);
        }
        return;
      case "catch":
        try {
          yield* perform(action.body, false, state);
        } catch {
          yield* yieldNow();
        }
        return;
    }
  }

  function makeOwned(): object {
    const id = owned.size;
    owned.set(id, 0);
    return own({}, () => void owned.set(id, (owned.get(id) ?? 0) + 1));
  }

  const solo5: Solo5 = {
    ...world,
    yield(deadline, ready, interest) {
      // Who blocks has nothing to run.
      if (deadline > 0) {
        shared.checkWaits(waiting);
        for (const [uid, what] of waiting) {
          if (what !== "an orphan to end") continue;
          if (gets.get(uid)?.some((orphan) => !living.has(orphan))) {
            shared.faults.push(`#${uid} waits for an orphan, and one has ended`);
          }
        }
      }
      world.yield(deadline, ready, interest);
    },
  };
  let end: string;
  let readersLeft = true;
  try {
    runSync(
      [],
      function* () {
        closeAtEnd(() => {
          readersLeft = nets.some((net) => !net.input.isFree);
        });
        const feeder = spawn(() => shared.feed(waiting), { name: "feeder" });
        const value = yield* perform(root, true, fresh());
        yield* feeder.cancel();
        return value;
      },
      { solo5, random, tracer },
    );
    end = "ok";
  } catch (error) {
    end = codeOf(error);
  }
  shared.checkEnd(/CHILDREN|LEAKED|DEADLOCK/.test(end));
  const count = (map: Map<number, number>, test: (times: number) => boolean) =>
    [...map.values()].filter(test).length;
  return {
    lines,
    end,
    finallyMissing: entered.size - left.size,
    finallyTwice: count(left, (times) => times > 1),
    finalisersMissing: count(owned, (times) => times === 0),
    finalisersTwice: count(owned, (times) => times > 1),
    livingAfterParent,
    livingAtEnd: living.size,
    readersLeft,
    jobsAfterCancel,
    faults: shared.faults,
  };
}
