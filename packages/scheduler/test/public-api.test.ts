import { expect, test } from "vitest";
import * as devices from "../src/devices.ts";
import * as scheduler from "../src/index.ts";
import * as testing from "../src/testing.ts";

test("the names that programs import", () => {
  expect(Object.keys(scheduler).sort()).toMatchInlineSnapshot(`
    [
      "AGAIN",
      "Cancelled",
      "Condition",
      "ETHERNET_HEADER_SIZE",
      "HANDLE_MAX",
      "Inspection",
      "Lazy",
      "Mutex",
      "Queue",
      "SchedulerError",
      "Semaphore",
      "addHook",
      "attach",
      "awaitAll",
      "awaitOne",
      "clockMonotonic",
      "clockWall",
      "closeAtEnd",
      "constant",
      "disown",
      "inspect",
      "map",
      "ms",
      "orphans",
      "own",
      "print",
      "programArguments",
      "race",
      "release",
      "requireOwner",
      "run",
      "runSync",
      "s",
      "shield",
      "signal",
      "sleep",
      "spawn",
      "start",
      "suspend",
      "syscall",
      "transfer",
      "uid",
      "until",
      "us",
      "withTimeout",
      "world",
      "yieldNow",
    ]
  `);
});

test("the names that packages with devices import", () => {
  expect(Object.keys(devices).sort()).toMatchInlineSnapshot(`
    [
      "BlockJob",
      "DONE",
      "InputLeaf",
      "InputQueue",
      "Leaf",
      "SUSPENDED",
      "WaitList",
      "WaitingLeaf",
      "active",
      "isDeviceName",
    ]
  `);
});

test("the names that tests of programs import", () => {
  expect(Object.keys(testing).sort()).toEqual([
    "claim",
    "claimBytes",
    "claimRefused",
    "codeOf",
    "goldenTracer",
  ]);
});
