// The README's example with an interface, in a namespace.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeKernel, namespace } from "./namespace.ts";

describeKernel("the README", () => {
  test("reads a frame as it says", async () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const code = /^```ts no-run\n(.*?)^```$/ms.exec(readme)?.[1] ?? "";
    const expected = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((line) => line[1]);
    const module = new URL("../../test-results/readme/frames.ts", import.meta.url);
    mkdirSync(new URL(".", module), { recursive: true });
    writeFileSync(module, `${code}\nexport const main = (): null => null;\n`);
    const inside = await namespace();
    try {
      const { status, output, errors } = await inside.end(module, "main");
      expect(errors).toBe("");
      expect(output.trim().split("\n")).toEqual(expected);
      expect(expected.length).toBe(2);
      expect(status).toBe(0);
    } finally {
      await inside.close();
    }
  });
});
