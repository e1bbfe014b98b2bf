// What an error prints: what it knows, and no more.

import { inspect } from "node:util";
import { expect, test } from "vitest";
import { BindingsError } from "../src/errors.ts";

/** What Node prints behind the stack. */
function shownFields(error: Error): string {
  return inspect(error).slice((error.stack as string).length);
}

test("an error prints no field that it has not", () => {
  const error = new BindingsError("ERR_SOLO5_CLOSED", "the host was closed");
  expect(shownFields(error).replaceAll(/\s+/g, " ")).toBe(" { code: 'ERR_SOLO5_CLOSED' }");
  expect("device" in error || "errors" in error).toBe(false);
});

test("an error prints the device, the call that failed, and what lies beneath", () => {
  const first = new BindingsError("ERR_SOLO5_IO", "page 3", { errno: 5, syscall: "pread" });
  const error = new BindingsError("ERR_SOLO5_ATTACH", "two faults", {
    device: "disk",
    errors: [first],
  });
  expect(shownFields(first)).toContain("errno: 5,\n  syscall: 'pread'");
  expect(shownFields(error)).toContain("device: 'disk'");
  expect(shownFields(error)).toContain("errors: [\n    BindingsError: page 3");
});
