// Runs the examples of a README against the sources, so that none of them lies.
//
//   import { readmeExamples } from "../../../tooling/readme-example.ts";
//   for (const example of readmeExamples(new URL("../README.md", import.meta.url))) {
//     test(`${example.title} type-checks`, () => expect(example.typeErrors()).toEqual([]));
//     test(`${example.title} prints what it says`, async () => {
//       expect(await example.run()).toBe(example.expected);
//     });
//   }
//
// An example is a block fenced with ```ts at the margin; "```ts no-run" and other languages are left
// alone. Each example is a module of its own and runs once. What it must print stands in one of two
// places:
// - in a ```text block that follows before the next example: the whole output, line by line;
// - else behind the calls: `console.log(queue.pop()); // second`, one comment a call, in the order in
//   which the lines run. A comment on another line is only a comment.
// An example that says nowhere what it prints is an error: it would prove nothing.
//
// How: the block is written to `test-results/readme/<README>-<n>.ts` beside the README (ignored by
// git), and imported from there, so that the aliases of `vitest.ts` make `@miou-solo5/*` the sources,
// and an exception points at a line of a file that exists. Types are checked as the package's own
// tests are (`test/tsconfig.json`), which takes a second or two. Output is what `console.log` prints or
// `process.stdout.write` receives meanwhile.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { formatWithOptions } from "node:util";
import ts from "typescript";

export interface ReadmeExample {
  /** `README.md:12`, the line where the block starts. */
  readonly title: string;
  /** What the README says it prints. */
  readonly expected: string;
  /** The module. */
  readonly code: string;
  /** What the compiler has to say against it, one line a fault. */
  typeErrors(): string[];
  /** Runs the module to its end, top-level awaits included, and returns what it printed. */
  run(): Promise<string>;
}

/**
 * The examples of the README at `location`, in order. At least one, else it throws.
 *
 * They are written below `home` and type-checked as its tests: the folder of the README, unless that has none.
 */
export function readmeExamples(location: URL, home = new URL(".", location)): ReadmeExample[] {
  const blocks = fencedBlocks(readFileSync(location, "utf8"));
  const examples = blocks.flatMap((block, index) => {
    if (block.language !== "ts") return [];
    const following = blocks.slice(index + 1).find(({ language }) => /^(ts|text)$/.test(language));
    const title = `${basename(location.pathname)}:${block.line}`;
    const expected =
      following?.language === "text" ? following.content : printedByComments(block.content);
    if (expected === "") throw new Error(`${title} says nowhere what it prints`);
    const file = `${basename(location.pathname, ".md")}-${block.line}.ts`;
    const module = new URL(`test-results/readme/${file}`, home);
    mkdirSync(new URL(".", module), { recursive: true });
    writeFileSync(module, block.content);
    const { content: code } = block;
    return [
      { title, expected, code, typeErrors: () => typeErrors(module), run: () => run(module) },
    ];
  });
  if (examples.length === 0) throw new Error(`${fileURLToPath(location)} has no \`\`\`ts example`);
  return examples;
}

interface Block {
  readonly language: string;
  readonly content: string;
  readonly line: number;
}

function fencedBlocks(markdown: string): Block[] {
  return [...markdown.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)].map((match) => ({
    language: (match[1] as string).trim(),
    content: match[2] as string,
    line: markdown.slice(0, match.index).split("\n").length,
  }));
}

function printedByComments(code: string): string {
  const lines = [...code.matchAll(/^.*\bconsole\.log\(.*\);\s*\/\/ (.*)$/gm)];
  return lines.map((line) => `${line[1]}\n`).join("");
}

function typeErrors(module: URL): string[] {
  const config = fileURLToPath(new URL("../../test/tsconfig.json", module));
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
  const parsed = ts.getParsedCommandLineOfConfigFile(config, { noEmit: true }, host);
  if (parsed === undefined) throw new Error(`${config} can't be read`);
  const program = ts.createProgram([fileURLToPath(module)], parsed.options);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    return `${basename(file?.fileName ?? config)}:${line} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

async function run(module: URL): Promise<string> {
  let printed = "";
  const { log } = console;
  const { write } = process.stdout;
  console.log = (...values: unknown[]) => {
    printed += `${formatWithOptions({ colors: false }, ...values)}\n`;
  };
  process.stdout.write = ((bytes: string | Uint8Array) => {
    printed += typeof bytes === "string" ? bytes : Buffer.from(bytes).toString();
    return true;
  }) as typeof write;
  try {
    await import(/* @vite-ignore */ fileURLToPath(module));
  } finally {
    console.log = log;
    process.stdout.write = write;
  }
  return printed;
}
