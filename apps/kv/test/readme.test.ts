import { describe, expect, test } from "vitest";
import { readmeExamples } from "../../../tooling/readme-example.ts";

describe.each(readmeExamples(new URL("../README.md", import.meta.url)))("$title", (example) => {
  test("type-checks", { timeout: 60_000 }, () => {
    expect(example.typeErrors()).toEqual([]);
  });

  test("prints what it says", async () => {
    expect(await example.run()).toBe(example.expected);
  });
});
