// What a broken claim says, and that an honest one says nothing.

import { expect, test } from "vitest";
import { claim, claimBytes, claimRefused, codeOf } from "../src/claims.ts";

const refuse = (code: string) => () => {
  throw Object.assign(new Error("refused"), { code });
};

test("a claim compares plain values and arrays of them, and says both", () => {
  claim("the count", 2, 2);
  claim("the set", [1, null, "a"], [1, null, "a"]);
  expect(() => claim("the count", 1, 2)).toThrow("the count: wanted 2, got 1");
  expect(() => claim("the set", [1], [1, 2])).toThrow("the set: wanted [1,2], got [1]");
});

test("a claim on bytes says where they differ, and that some are missing", () => {
  const wanted = Uint8Array.of(1, 2, 3);
  claimBytes("the page", wanted.slice(), wanted);
  expect(() => claimBytes("the page", Uint8Array.of(1, 9, 3), wanted)).toThrow(
    "the page: byte 1 is 9, wanted 2",
  );
  expect(() => claimBytes("the page", wanted.subarray(0, 2), wanted)).toThrow(
    "the page: bytes: wanted 3, got 2",
  );
});

test("a refusal is an error with one of our codes", () => {
  expect(codeOf(() => 1)).toBe(null);
  expect(codeOf(refuse("ENOENT"))).toBe("ENOENT");
  expect(
    codeOf(() => {
      throw new Error("plain");
    }),
  ).toBe("Error: plain");
  claimRefused("a write", refuse("ERR_SOLO5_CLOSED"));
  expect(() => claimRefused("a write", () => 1)).toThrow("a write: wanted an error with a code");
  expect(() => claimRefused("a write", refuse("ENOENT"))).toThrow("got ENOENT");
});
