// Random task trees: whatever tasks do to each other, nothing outlives its parent, every `finally`
// runs exactly once, nothing is left waiting, equal seeds give equal traces, and the run ends.
//
// Replay one with SEED=<n>; more of them with RUNS=<n>.
import fc from "fast-check";
import { expect, test } from "vitest";
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
} from "../src/index.ts";
import { goldenTracer } from "../src/testing.ts";
import { FakeJob, FakeNet } from "./fake-devices.ts";
import { codeOf, virtualWorld } from "./virtual-world.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000_000);
const numRuns = Number(process.env["RUNS"] ?? 1500);

/** One thing a task does. Indices choose among its children, modulo their count. */
type Action =
  | { readonly do: "yield" | "fail" | "ready" | "deadlock" | "swallow" | "release" | "transfer" }
  | { readonly do: "sleep" | "read" | "job"; readonly ns: number }
  | { readonly do: "spawn" | "background" | "give"; readonly body: Plan }
  | { readonly do: "await" | "result" | "cancel" | "awaitTwice"; readonly which: number }
  | { readonly do: "awaitAll" | "awaitOne" | "race"; readonly from: number }
  | { readonly do: "shield" | "finally" | "catch"; readonly body: Plan }
  | { readonly do: "timeout"; readonly ns: number; readonly body: Plan }
  | { readonly do: "own" | "get" | "care" };

/** What a task does, and whether it then looks after the children that are left. */
interface Plan {
  readonly actions: readonly Action[];
  readonly tidy: boolean;
}

const { plan } = fc.letrec<{ plan: Plan; action: Action }>((tie) => {
  const body = tie("plan");
  const ns = fc.nat(20);
  const which = fc.nat(5);
  return {
    plan: fc.record({
      actions: fc.array(tie("action"), { minLength: 1, maxLength: 7, size: "max" }),
      // Forgotten children end the run: worth a few runs, not most of them.
      tidy: fc.integer({ min: 0, max: 9 }).map((n) => n > 0),
    }),
    action: fc.oneof(
      // Without `depthSize` fast-check all but stops nesting after the first level.
      { depthIdentifier: "plan", depthSize: "max", maxDepth: 6 },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("yield" as const) }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant("sleep" as const), ns }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("read" as const, "job"), ns }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom("own" as const, "get", "care") }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          do: fc.constantFrom("ready" as const, "fail", "swallow", "release", "transfer", "ready"),
        }),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          do: fc.constantFrom("spawn" as const, "spawn", "background", "give"),
          body,
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constantFrom("await" as const, "result", "cancel", "awaitTwice"),
          which,
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constantFrom("awaitAll" as const, "awaitOne", "race"),
          from: which,
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constantFrom("shield" as const, "finally", "catch"), body }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("timeout" as const), ns, body }) },
    ),
  };
});

/** What a task has to look after. */
interface State {
  readonly children: Task<unknown>[];
  readonly background: Orphans<unknown>;
  readonly owned: object[];
}

/** What one run of a plan showed. */
interface Observed {
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
}

function observe(root: Plan, random: number): Observed {
  const world = virtualWorld();
  const nets = [1, 33].map((handle) => new FakeNet(world, handle));
  for (let at = 0; at < 400; at += 3) world.deliver(1, at, at & 255);
  for (let at = 1; at < 400; at += 7) world.deliver(33, at, at & 255);
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
      if (lines.length > 200_000) throw new Error("the run does not end");
    },
    spawn(task, parent) {
      golden.spawn?.(task, parent);
      parentOf.set(task.uid, parent.uid);
      living.add(task.uid);
    },
    end(task) {
      golden.end?.(task);
      living.delete(task.uid);
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
    }
  }

  const fresh = (): State => ({ children: [], background: orphans(), owned: [] });

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
        spawn(() => perform(action.body, true, fresh()), { orphans: state.background });
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
        yield* shield(perform(action.body, false, state));
        return;
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

  let end: string;
  let readersLeft = true;
  try {
    runSync(
      [],
      function* () {
        closeAtEnd(() => {
          readersLeft = nets.some((net) => !net.input.isFree);
        });
        return yield* perform(root, true, fresh());
      },
      { solo5: world, random, tracer },
    );
    end = "ok";
  } catch (error) {
    end = codeOf(error);
  }
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
  };
}

/** How a run of a plan may end: well, by main's own error, or by a rule that the plan breaks. */
const ENDS = new Set([
  "ok",
  "planned",
  "ERR_SOLO5_TIMEOUT",
  "ERR_SOLO5_CANCELLED",
  "ERR_SOLO5_STILL_HAS_CHILDREN",
  "ERR_SOLO5_RESOURCE_LEAKED",
]);

test("random task trees keep the rules", () => {
  const ends = new Map<string, number>();
  fc.assert(
    fc.property(plan, fc.nat(1000), (root, random) => {
      const observed = observe(root, random);
      ends.set(observed.end, (ends.get(observed.end) ?? 0) + 1);
      expect(ENDS).toContain(observed.end);
      const { finallyMissing, finallyTwice, finalisersMissing, finalisersTwice } = observed;
      expect({ finallyMissing, finallyTwice, finalisersMissing, finalisersTwice }).toEqual({
        finallyMissing: 0,
        finallyTwice: 0,
        finalisersMissing: 0,
        finalisersTwice: 0,
      });
      expect(observed.livingAfterParent).toEqual([]);
      expect(observed.readersLeft).toBe(false);
      expect(observed.jobsAfterCancel).toBe(0);
      if (!observed.end.match(/CHILDREN|LEAKED/)) expect(observed.livingAtEnd).toBe(0);
      expect(observe(root, random).lines).toEqual(observed.lines);
    }),
    { seed, numRuns },
  );
  // A property about runs that all end alike would show little.
  expect([...ends.keys()].sort()).toEqual(expect.arrayContaining(["ok", "planned"]));
});
