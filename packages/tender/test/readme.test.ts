import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readmeExamples } from "../../../tooling/readme-example.ts";
import { MAIN } from "./solo5-node.ts";

const README = new URL("../README.md", import.meta.url);

for (const example of readmeExamples(README)) {
  test(`${example.title} type-checks`, () => expect(example.typeErrors()).toEqual([]));
  test(`${example.title} prints what it says`, async () => {
    expect(await example.run()).toBe(example.expected);
  });
}

test("the session of README.md goes as it says", () => {
  const text = readFileSync(README, "utf8");
  const block = (language: string): string => {
    const found = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "ms").exec(text)?.[1];
    if (found === undefined) throw new Error(`README.md has no ${language} block`);
    return found;
  };
  // Inside the package, so that the program finds miou-solo5.
  const directory = new URL("../test-results/session/", import.meta.url);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(new URL("pages.mjs", directory), block("js"));

  const session = block("console");
  const commands = [...session.matchAll(/^\$ (.*)$/gm)].map((match) => match[1] ?? "");
  const script = commands.map(
    (command) => `echo ${quoted(`$ ${command}`)}; (exit $status)\n${command}\nstatus=$?`,
  );
  const { stdout } = spawnSync(
    "bash",
    [
      "-c",
      `exec 2>&1\nsolo5-node() { ${quoted(process.execPath)} ${quoted(MAIN)} "$@"; }\n${script.join("\n")}`,
    ],
    { cwd: fileURLToPath(directory), encoding: "utf8" },
  );
  expect(commands.length).toBeGreaterThan(3);
  expect(stdout).toBe(session);
});

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
