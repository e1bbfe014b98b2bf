// Does what a plan says.
import {
  awaitAll,
  awaitOne,
  clockMonotonic,
  type Operation,
  type Orphans,
  orphans,
  own,
  race,
  release,
  type Suspended,
  shield,
  signal,
  sleep,
  spawn,
  suspend,
  syscall,
  type Task,
  transfer,
  withTimeout,
  yieldNow,
} from "../../src/index.ts";
import { FakeJob, type FakeNet } from "../fake-devices.ts";
import { codeOf } from "../virtual-world.ts";
import type { Action, Plan } from "./plan.ts";
import type { Shared } from "./shared.ts";
import type { Watch } from "./watch.ts";

/** What a task has to look after. */
interface State {
  readonly children: Task<unknown>[];
  readonly background: Orphans<unknown>;
  /** The uids of all that `background` ever had to collect. */
  readonly collected: Set<number>;
  readonly owned: object[];
}

export function fresh(): State {
  return { children: [], background: orphans(), collected: new Set(), owned: [] };
}

export class Performer {
  readonly #watch: Watch;
  readonly #shared: Shared;
  readonly #nets: readonly FakeNet[];

  constructor(watch: Watch, shared: Shared, nets: readonly FakeNet[]) {
    this.#watch = watch;
    this.#shared = shared;
    this.#nets = nets;
  }

  /** `isTask`: whether that is the whole of a task. Gives how many actions the plan has. */
  *perform(
    { actions, tidy }: Plan,
    isTask: boolean,
    state: State,
  ): Generator<Suspended, number, void> {
    const left = this.#watch.once("finally");
    try {
      for (const action of actions) yield* this.#act(action, state);
      if (isTask && tidy) {
        for (const child of state.children) yield* child.result();
        for (let task = state.background.take(); task !== null; task = state.background.take()) {
          yield* task.cancel();
        }
        for (const resource of state.owned.splice(0)) release(resource);
      }
      return actions.length;
    } finally {
      left();
      if (isTask) this.#watch.bodyEnds();
    }
  }

  *#limited(ns: number, body: Plan, state: State): Generator<Suspended, void, void> {
    const leave = this.#watch.limited(clockMonotonic() + ns);
    try {
      yield* this.perform(body, false, state);
    } finally {
      leave();
    }
  }

  *#shielded(operation: Operation<unknown>): Generator<Suspended, void, void> {
    const unshield = this.#watch.shields();
    try {
      yield* operation;
    } finally {
      unshield();
    }
  }

  #makeOwned(): object {
    return own({}, this.#watch.once("finaliser"));
  }

  *#act(action: Action, state: State): Generator<Suspended, void, void> {
    const pick = (index: number) => state.children[index % state.children.length];
    switch (action.do) {
      case "yield":
        return yield* yieldNow();
      case "sleep":
        return yield* sleep(action.ns);
      case "read": {
        yield* (this.#nets[action.ns % 2] as FakeNet).read();
        return;
      }
      case "job": {
        let cancelled = false;
        try {
          yield* new FakeJob("j", () => {
            if (cancelled) this.#watch.faults.push("a cancelled block operation is done");
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
        state.children.push(spawn(() => this.perform(action.body, true, fresh())));
        return;
      case "background":
        state.collected.add(
          spawn(() => this.perform(action.body, true, fresh()), { orphans: state.background }).uid,
        );
        return;
      case "give": {
        const resource = this.#makeOwned();
        const inner = fresh();
        inner.owned.push(resource);
        state.children.push(
          spawn(() => this.perform(action.body, true, inner), { resources: [resource] }),
        );
        return;
      }
      case "rivals": {
        const rivals = action.bodies.map((body) => spawn(() => this.perform(body, true, fresh())));
        state.children.push(...rivals);
        yield* race(rivals);
        return;
      }
      case "own":
        state.owned.push(this.#makeOwned());
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
        this.#watch.gets(state.collected);
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
        yield* shield(this.#shielded(this.perform(action.body, false, state)));
        return;
      case "lock":
      case "tryLock":
        yield* this.#shared.lock(this.perform(action.body, false, state), action.do === "tryLock");
        return;
      case "acquire":
        yield* this.#shared.acquire(this.perform(action.body, false, state));
        return;
      case "snatch":
        return yield* this.#shared.snatch(action.from, action.ns);
      case "produce":
      case "produceTwo":
        return yield* this.#shared.produce(action.do === "produceTwo");
      case "consume":
      case "put":
      case "take":
        return yield* this.#shared[action.do]();
      case "force":
      case "forceFailing":
        return yield* this.#shared.force(action.do === "forceFailing");
      case "timeout":
        yield* withTimeout(action.ns, this.#limited(action.ns, action.body, state));
        return;
      case "finally":
        try {
          yield* sleep(3);
        } finally {
          yield* this.perform(action.body, false, state);
        }
        return;
      case "catch":
        try {
          yield* this.perform(action.body, false, state);
        } catch {
          yield* yieldNow();
        }
        return;
    }
  }
}
