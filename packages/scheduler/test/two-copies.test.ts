// Two loaded copies of the package: what one runs, the other must not touch.
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import * as here from "../src/index.ts";
import { codeOf, virtualWorld } from "./virtual-world.ts";

/** The same sources at another place: modules of their own, as a second installation would be. */
async function anotherCopy(): Promise<typeof here> {
  const place = new URL("../test-results/second-copy/", import.meta.url);
  cpSync(new URL("../src/", import.meta.url), place, { recursive: true });
  return import(/* @vite-ignore */ fileURLToPath(new URL("index.ts", place)));
}

test("an operation of another copy is refused, and both copies are named", async () => {
  const there = await anotherCopy();
  expect(there.spawn).not.toBe(here.spawn);
  const attempts: Record<string, () => here.Operation<unknown>> = {
    sleep: () => there.sleep(1),
    yieldNow: () => there.yieldNow(),
    spawn: () => there.spawn(function* () {}),
    suspend: () => there.suspend(there.syscall()),
    shield: () => there.shield(here.sleep(1)),
    withTimeout: () => there.withTimeout(5, here.sleep(1)),
    own: () => there.own({}, () => {}) as never,
  };
  const refused: Record<string, string> = {};
  let message = "";
  here.runSync(
    [],
    function* () {
      for (const [name, attempt] of Object.entries(attempts)) {
        try {
          yield* attempt();
          refused[name] = "allowed";
        } catch (error) {
          refused[name] = codeOf(error);
          message = (error as Error).message;
        }
      }
    },
    { solo5: virtualWorld() },
  );
  for (const name of Object.keys(attempts)) {
    expect([name, refused[name]]).toEqual([name, "ERR_SOLO5_TWO_SCHEDULERS"]);
  }
  expect(message).toContain("second-copy/active.ts");
  expect(message).toContain("src/active.ts");
});

test("a task of another copy is refused by await", async () => {
  const there = await anotherCopy();
  let foreign: here.Task<unknown> | undefined;
  there.runSync(
    [],
    function* () {
      foreign = there.spawn(function* () {});
      yield* foreign;
    },
    { solo5: virtualWorld() },
  );
  const main = function* () {
    try {
      yield* foreign as here.Task<unknown>;
    } catch (error) {
      return codeOf(error);
    }
    return "allowed";
  };
  expect(here.runSync([], main, { solo5: virtualWorld() })).toBe("ERR_SOLO5_TWO_SCHEDULERS");
});

test("both copies share the attached world, and each may run alone", async () => {
  const there = await anotherCopy();
  const solo5 = virtualWorld();
  const detach = here.attach(solo5);
  expect(there.world()).toBe(solo5);
  expect(
    there.runSync([], function* () {
      yield* there.sleep(5);
      return there.clockMonotonic();
    }),
  ).toBe(5);
  detach();
});
