// What random tasks do: plans, as fast-check makes and shrinks them.
import fc from "fast-check";
import type { Snatched } from "./shared.ts";

/** One thing a task does. Indices choose among its children, modulo their count. */
export type Action =
  | { readonly do: "yield" | "fail" | "ready" | "deadlock" | "swallow" | "release" | "transfer" }
  | { readonly do: "sleep" | "read" | "job"; readonly ns: number }
  | { readonly do: "spawn" | "background" | "give"; readonly body: Plan }
  | { readonly do: "await" | "result" | "cancel" | "awaitTwice"; readonly which: number }
  | { readonly do: "awaitAll" | "awaitOne" | "race"; readonly from: number }
  | { readonly do: "shield" | "finally" | "catch"; readonly body: Plan }
  | { readonly do: "timeout"; readonly ns: number; readonly body: Plan }
  | { readonly do: "own" | "get" | "care" }
  | { readonly do: "rivals"; readonly bodies: readonly Plan[] }
  | { readonly do: "snatch"; readonly from: Snatched; readonly ns: number }
  | { readonly do: "lock" | "tryLock" | "acquire"; readonly body: Plan }
  | { readonly do: "put" | "take" | "produce" | "produceTwo" | "consume" }
  | { readonly do: "force" | "forceFailing" };

/** What a task does, and whether it then looks after the children that are left. */
export interface Plan {
  readonly actions: readonly Action[];
  readonly tidy: boolean;
}

export const { plan } = fc.letrec<{ plan: Plan; action: Action }>((tie) => {
  const body = tie("plan");
  // Short, so that much happens at the same time.
  const ns = fc.nat(8);
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
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constantFrom("lock" as const, "lock", "tryLock", "acquire", "acquire"),
          body,
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          do: fc.constant("snatch" as const),
          from: fc.constantFrom("lock" as const, "acquire", "consume", "take", "put"),
          ns,
        }),
      },
      // Spawned and raced: whoever wins has the others cancelled, just as they are handed something.
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant("rivals" as const),
          bodies: fc.array(body, { minLength: 2, maxLength: 4, size: "max" }),
        }),
      },
      {
        weight: 8,
        arbitrary: fc.record({
          do: fc.constantFrom(
            "put" as const,
            "take",
            "produce",
            "produceTwo",
            "consume",
            "consume",
          ),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom("force" as const, "force", "forceFailing") }),
      },
    ),
  };
});
