import { expect, test } from "vitest";
import { readmeExamples } from "../../../tooling/readme-example.ts";

for (const example of readmeExamples(new URL("../README.md", import.meta.url))) {
  test(`${example.title} type-checks`, { timeout: 60_000 }, () => {
    expect(example.typeErrors()).toEqual([]);
  });

  test(`${example.title} prints what it says`, async () => {
    expect(await example.run()).toBe(example.expected);
  });
}
