// The installed packages at work, on each Node that they promise to run on.

import { existsSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { beforeAll, describe, expect, inject, test } from "vitest";
import { readmeExamples } from "../../../tooling/readme-example.ts";
import { nodeOf } from "./nodes.ts";
import { output } from "./npm.ts";
import { copyProgram, expectProbe } from "./probe.ts";
import { install, type Project } from "./project.ts";
import type { Target } from "./setup.ts";

const names = inject("tarballs").map(({ name }) => name);
const native: Target = `linux-${process.arch === "arm64" ? "arm64" : "x64"}-glibc`;

/** The oldest that `engines` allows, and the newest of each line that is looked after. */
const VERSIONS = ["20.19.0", "22.23.3", "24.21.0"];

let project: Project;
beforeAll(async () => {
  project = await install(names, ["--ignore-scripts"]);
});

describe.each([process.versions.node, ...VERSIONS])("on Node %s", (version) => {
  let node: string;
  /** The user's path, with this Node on it and nothing else. */
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    node = version === process.versions.node ? process.execPath : await nodeOf(version);
    const bin = join(project.folder, `bin-${version}`);
    mkdirSync(bin);
    symlinkSync(node, join(bin, "node"));
    env = { ...project.env, PATH: bin };
  });

  test("every entry can be imported and required, and the host moves blocks", async () => {
    await expectProbe({ ...project, env }, [node], { version, arch: process.arch, addon: native });
  });

  test("solo5-node helps, and runs a program with the device that the command line gives", async () => {
    const command = join(project.folder, "node_modules/.bin/solo5-node");
    const run = (...args: string[]): Promise<string> =>
      output(command, args, { cwd: project.folder, env });
    const help = await run("--help");
    expect(help).toMatch(/^usage: solo5-node|solo5-node \[OPTIONS\]/im);
    expect(help).toContain("--net:");
    copyProgram("pages.mjs", project);
    const disk = `disk-${version}.img`;
    writeFileSync(join(project.folder, disk), "");
    truncateSync(join(project.folder, disk), 1 << 20);
    const options = [`--block:disk=${disk}`, "--block-sector-size:disk=4096"];
    expect(await run(...options, "--", "pages.mjs", "hello", "world")).toBe(
      "256 pages, 7, hello world\n",
    );
  });

  test("the examples of every README print what they say", async () => {
    let count = 0;
    for (const name of names) {
      const readme = new URL(`file://${project.folder}/node_modules/${name}/README.md`);
      if (!existsSync(readme)) continue;
      for (const { title, code, expected } of readmeExamples(readme)) {
        const file = `example ${name} ${title} ${version}`
          .replaceAll(/[^\w.]/g, "-")
          .concat(".mjs");
        writeFileSync(join(project.folder, file), asJavaScript(code));
        expect(await runExample(file), `${name} ${title}`).toBe(expected);
        count += 1;
      }
    }
    expect(count).toBeGreaterThanOrEqual(6);
  });

  /** As a program of its own; where it asks for a world that somebody attached, under solo5-node. */
  async function runExample(file: string): Promise<string> {
    const options = { cwd: project.folder, env };
    try {
      return await output(node, [file], options);
    } catch (error) {
      if (!String(error).includes("ERR_SOLO5_NO_WORLD")) throw error;
      return output(join(project.folder, "node_modules/.bin/solo5-node"), [file], options);
    }
  }
});

/** Only the types go: what runs is what the README shows. */
function asJavaScript(code: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}
