// What an error prints: what it knows, and no more.

import { inspect } from "node:util";
import { expect, test } from "vitest";
import { SimError } from "../src/errors.ts";

test("an error prints no field that it has not", () => {
  const plain = new SimError("ERR_SOLO5_STALLED", "nobody moves");
  expect(inspect(plain)).toMatch(/ \{\n {2}code: 'ERR_SOLO5_STALLED'\n\}$/);
  const full = new SimError("ERR_SOLO5_IO", "page 3", {
    device: "disk",
    errno: 5,
    syscall: "pread",
  });
  expect(inspect(full)).toMatch(/device: 'disk',\n {2}errno: 5,\n {2}syscall: 'pread'\n\}$/);
});
