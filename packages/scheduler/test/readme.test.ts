// The README and docs/scheduler.md: every program type-checks and prints what the page says, in virtual time.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readmeExamples } from "../../../tooling/readme-example.ts";
import { attach } from "../src/index.ts";
import { virtualWorld } from "./virtual-world.ts";

const home = new URL("../", import.meta.url);
const pages = {
  "README.md": new URL("../README.md", import.meta.url),
  "docs/scheduler.md": new URL("../../../docs/scheduler.md", import.meta.url),
};

let detach = () => {};
beforeEach(() => {
  detach = attach({
    ...virtualWorld(),
    consoleWrite: (bytes) => void process.stdout.write(bytes),
  });
});
afterEach(() => detach());

for (const [page, location] of Object.entries(pages)) {
  describe(page, () => {
    const examples = readmeExamples(location, home);

    for (const example of examples) {
      test(`${example.title} prints what it says`, async () => {
        expect(await example.run()).toBe(example.expected);
      });
    }

    test("all examples type-check", { timeout: 120_000 }, () => {
      // In one program: `typeErrors` compiles the platform's types again for each.
      const files = examples.map(({ title }) => title.replace(".md:", "-").concat(".ts"));
      const folder = fileURLToPath(new URL("test-results/readme/", home));
      expect(typeErrors(files.map((file) => `${folder}${file}`))).toEqual([]);
    });
  });
}

test("the README's table has every code, and no other", () => {
  const codes = (text: string, pattern: RegExp) =>
    [...new Set([...text.matchAll(pattern)].map((match) => match[1]))].sort();
  const source = readFileSync(new URL("../src/errors.ts", import.meta.url), "utf8");
  const readme = readFileSync(pages["README.md"], "utf8");
  expect(codes(readme, /^\| `(ERR_\w+)`/gm)).toEqual(codes(source, /\| "(ERR_\w+)"/g));
});

function typeErrors(files: readonly string[]): string[] {
  const config = fileURLToPath(new URL("tsconfig.json", import.meta.url));
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const parsed = ts.getParsedCommandLineOfConfigFile(config, { noEmit: true }, host);
  expect(parsed).toBeDefined();
  return ts
    .getPreEmitDiagnostics(ts.createProgram(files, parsed?.options ?? {}))
    .map(({ file, messageText }) => {
      const message = ts.flattenDiagnosticMessageText(messageText, " ");
      return `${file?.fileName}: ${message}`;
    });
}
