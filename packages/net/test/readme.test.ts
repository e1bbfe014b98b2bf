import { expect, test } from "vitest";
import { readmeExamples } from "../../../tooling/readme-example.ts";

for (const example of readmeExamples(new URL("../README.md", import.meta.url))) {
  // The compiler takes seconds, and many on a machine that is busy.
  test(`${example.title} type-checks`, { timeout: 60_000 }, () => {
    expect(example.typeErrors()).toEqual([]);
  });

  test(`${example.title} prints what it says`, async () => {
    expect(await example.run()).toBe(example.expected);
  });
}
