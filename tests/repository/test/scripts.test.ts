// `npm test` and what it shares with `npm start`, in a small repository whose turbo and npm are scripted: what they count, when
// they install, how they end.

import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { root } from "./packages.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "miou-solo5-scripts-"));
  cpSync(join(root, "scripts"), join(folder, "scripts"), { recursive: true });
  const lock = { packages: { "": {}, "node_modules/turbo": { version: "1.0.0", integrity: "a" } } };
  write("package.json", {
    workspaces: ["packages/*"],
    engines: { node: ">=20.19" },
    type: "module",
  });
  write("package-lock.json", lock);
  write("node_modules/.package-lock.json", lock);
  write("packages/one/package.json", {});
  write("node_modules/turbo/package.json", { type: "commonjs" });
  // Does what `turbo.json` beside it says for the phase that it is called for: files, then a summary.
  write(
    "node_modules/turbo/bin/turbo",
    `const fs = require("node:fs");
     const phase = process.argv.includes("test") ? "test" : "build";
     const { files, tasks, status } = JSON.parse(fs.readFileSync("turbo.json", "utf8"))[phase];
     for (const [path, content] of Object.entries(files ?? {})) {
       fs.mkdirSync(path.replace(/[^/]*$/, ""), { recursive: true });
       fs.writeFileSync(path, JSON.stringify(content));
     }
     fs.mkdirSync(".turbo/runs", { recursive: true });
     fs.writeFileSync(".turbo/runs/1.json", JSON.stringify({ tasks }));
     process.exit(status ?? 0);`,
  );
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function write(path: string, content: unknown): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
}

function npmTest(env: Readonly<Record<string, string>> = {}): {
  status: number | null;
  faults: string[];
  last: string | undefined;
  output: string;
  errors: string;
} {
  const { CI: _, ...rest } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/test.mjs"], {
    cwd: folder,
    encoding: "utf8",
    env: { ...rest, ...env },
  });
  const lines = stdout.trim().split("\n");
  const faults = lines.filter((line) => line.startsWith("FAILED ")).map((line) => line.slice(7));
  return { status, faults, last: lines.at(-1), output: stdout, errors: stderr };
}

const task = (name: string, exitCode: number | null, command = "x") => ({
  taskId: `one#${name}`,
  task: name,
  directory: "packages/one",
  command,
  ...(exitCode === null ? {} : { execution: { exitCode } }),
});

/** As long ones are, and coloured, with a stack. */
const MESSAGE = [
  ...Array.from({ length: 100 }, (_, i) => `\u001b[31mline ${i}\u001b[39m`),
  ...Array.from({ length: 30 }, (_, i) => `    at call${i} (a.test.ts:${i}:1)`),
].join("\n");

const results = (...statuses: string[]) => ({
  "packages/one/test-results/vitest.json": {
    testResults: [
      {
        name: "a.test.ts",
        status: statuses.includes("failed") ? "failed" : "passed",
        message: "",
        assertionResults: statuses.map((status, index) => ({
          status,
          fullName: `test ${index}`,
          failureMessages: status === "failed" ? [MESSAGE] : [],
        })),
      },
    ],
  },
});

const fine = { tasks: [task("build", 0), task("typecheck", 0), task("lint", 0)] };

describe("npm test", () => {
  test("counts what vitest wrote, and ends with 0", () => {
    const files = results("passed", "passed");
    write("turbo.json", { build: fine, test: { files, tasks: [task("test", 0)] } });
    expect(npmTest()).toMatchObject({ status: 0, faults: [], last: "2 passed, 0 failed" });
  });

  test("says of what failed how its message begins and ends", () => {
    write("turbo.json", {
      build: fine,
      test: { files: results("failed"), tasks: [task("test", 1)], status: 1 },
    });
    const { output } = npmTest();
    const shown = output.split("\n").filter((line) => line.startsWith("    "));
    const numbers = [...Array(12).keys()];
    expect(shown).toEqual([
      ...numbers.map((i) => `    line ${i}`),
      "    ...",
      ...numbers.map((i) => `    line ${88 + i}`),
    ]);
  });

  test("counts and names what failed", () => {
    const files = results("passed", "failed", "failed");
    write("turbo.json", { build: fine, test: { files, tasks: [task("test", 1)], status: 1 } });
    expect(npmTest()).toMatchObject({
      status: 1,
      faults: ["a.test.ts: test 1", "a.test.ts: test 2"],
      last: "1 passed, 2 failed",
    });
  });

  test("counts a build, a type check and a lint that failed, each as one", () => {
    const tasks = [
      task("build", 1),
      task("typecheck", 2),
      task("lint", 1),
      task("x", 0, "<NONEXISTENT>"),
    ];
    const test = {
      files: results("passed"),
      tasks: [task("build", 1), task("test", 0)],
      status: 1,
    };
    write("turbo.json", { build: { tasks, status: 1 }, test });
    const { status, faults, last } = npmTest();
    expect(status).toBe(1);
    expect(faults.slice(0, 3)).toEqual([
      "one#build ended with status 1",
      "one#typecheck ended with status 2",
      "one#lint ended with status 1",
    ]);
    expect(last).toBe("1 passed, 4 failed");
  });

  test("counts tests that wrote no result, not the result of last time", () => {
    write("packages/one/test-results/vitest.json", Object.values(results("passed"))[0]);
    write("turbo.json", { build: fine, test: { tasks: [task("test", 1)], status: 1 } });
    expect(npmTest()).toMatchObject({
      status: 1,
      faults: ["one#test wrote no results"],
      last: "0 passed, 1 failed",
    });
  });

  test("counts tests that ended badly though each of them passed", () => {
    const files = results("passed");
    write("turbo.json", { build: fine, test: { files, tasks: [task("test", 1)], status: 1 } });
    expect(npmTest()).toMatchObject({ status: 1, last: "1 passed, 1 failed" });
  });

  test("counts tests that did not run", () => {
    const files = results("passed");
    write("turbo.json", { build: fine, test: { files, tasks: [task("test", null)] } });
    expect(npmTest()).toMatchObject({ status: 1, faults: ["one#test did not run"] });
  });

  test("counts a file that could not be loaded", () => {
    const [[path, content] = ["", { testResults: [] }]] = Object.entries(results());
    const broken = {
      ...content.testResults[0],
      status: "failed",
      message: "no such import\nat ...",
    };
    const files = { [path]: { testResults: [broken] } };
    write("turbo.json", { build: fine, test: { files, tasks: [task("test", 1)], status: 1 } });
    expect(npmTest()).toMatchObject({
      status: 1,
      faults: ["a.test.ts: no such import"],
      last: "0 passed, 1 failed",
    });
  });

  test("shows what was skipped, and fails for it where CI is true", () => {
    const files = results("passed", "pending");
    write("turbo.json", { build: fine, test: { files, tasks: [task("test", 0)] } });
    expect(npmTest()).toMatchObject({ status: 0, last: "1 passed, 0 failed, 1 skipped" });
    expect(npmTest({ CI: "true" })).toMatchObject({
      status: 1,
      last: "1 passed, 1 failed, 1 skipped",
    });
  });
});

describe("set-up", () => {
  /** An npm that writes down how it was called, and a repository where all is well. */
  const scripted = () => {
    write("npm/package.json", { type: "commonjs" });
    write(
      "npm/npm-cli.js",
      `require("node:fs").writeFileSync("called", process.argv.slice(2).join(" "));`,
    );
    const test = { files: results("passed"), tasks: [task("test", 0)] };
    write("turbo.json", { build: fine, test });
    return { npm_execpath: join(folder, "npm/npm-cli.js") };
  };
  const called = () =>
    existsSync(join(folder, "called")) ? readFileSync(join(folder, "called"), "utf8") : null;

  test("installs nothing where all is installed", () => {
    expect(npmTest(scripted()).status).toBe(0);
    expect(called()).toBeNull();
  });

  test("installs where another version is installed", () => {
    const env = scripted();
    write("package-lock.json", {
      packages: { "": {}, "node_modules/turbo": { version: "1.0.1", integrity: "b" } },
    });
    expect(npmTest(env).errors).toContain("node_modules/turbo is another version");
    expect(called()).toMatch(/^install --no-save --include=dev/);
  });

  test("installs where a package is missing, unless it is another system's", () => {
    const env = scripted();
    const installed = { "node_modules/turbo": { version: "1.0.0", integrity: "a" } };
    const other = { version: "1.0.0", optional: true };
    write("package-lock.json", { packages: { ...installed, "node_modules/other": other } });
    npmTest(env);
    expect(called()).toBeNull();
    const more = { version: "1.0.0" };
    write("package-lock.json", { packages: { ...installed, "node_modules/more": more } });
    expect(npmTest(env).errors).toContain("node_modules/more is missing");
    expect(called()).not.toBeNull();
  });

  test("says which Node is needed where this one is too old", () => {
    const env = scripted();
    write("package.json", { workspaces: [], engines: { node: ">=999.1" }, type: "module" });
    const { status, errors, last } = npmTest(env);
    expect(errors).toContain(`Node 999.1 or newer is needed, this is ${process.versions.node}`);
    expect(status).toBe(1);
    expect(last).toBe("0 passed, 1 failed");
  });

  test("says what npm said where it fails", () => {
    const env = scripted();
    write("npm/npm-cli.js", `console.error("no network"); process.exit(1);`);
    rmSync(join(folder, "node_modules/.package-lock.json"));
    const { status, errors } = npmTest(env);
    expect(errors).toContain("npm install failed:\nno network");
    expect(status).toBe(1);
  });
});
