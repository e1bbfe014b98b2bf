import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { program, solo5Node } from "./solo5-node.ts";

describe("a program that ends by itself", () => {
  test.each([0, 3, 255])("ends solo5-node with its process.exitCode %i", async (status) => {
    expect(await solo5Node([program("status.mjs"), String(status)])).toEqual({
      status,
      signal: null,
      stdout: "",
      stderr: "",
    });
  });

  test.each([0, 9])(
    "ends solo5-node with the status %i that it gives to Solo5's exit",
    async (status) => {
      expect(await solo5Node([program("exit.mjs"), String(status)])).toMatchObject({
        status,
        stderr: "",
      });
    },
  );

  test("finds its arguments in the world, and the whole command line in process.argv", async () => {
    const given = ["--net:x=y", "--", "", "ä b"];
    const { stdout, status } = await solo5Node(["--", program("arguments.mjs"), ...given]);
    const [mine, all] = stdout.split("\n").map((line) => line && JSON.parse(line));
    expect({ mine, all, status }).toEqual({
      mine: given,
      all: ["--", program("arguments.mjs"), ...given],
      status: 0,
    });
  });
});

describe("a program that crashes ends with 255", () => {
  test.each<[string, string, string[]]>([
    ["an error at its top level", "top", ["Error: the top level's own", "crashes.mjs:"]],
    ["an error in a timer", "timer", ["ReferenceError: nothing is not defined", "crashes.mjs:"]],
    [
      "a rejected promise that nobody looks at",
      "rejection",
      ["Error: nobody looked", "crashes.mjs:"],
    ],
    ["a run that nobody awaits", "unawaited", ["in task main:", "TypeError: main's own"]],
    ["a thrown string", "not-an-error", ["'a string'"]],
    [
      "an error in main, with its cause",
      "main",
      ["in task main:", "TypeError: main's own", "[cause]: Error: deep down"],
    ],
    [
      "an error in a child task",
      "task",
      ["in task worker:", "RangeError: the worker's own", "at worker"],
    ],
    ["a forgotten child", "forgotten", ["ERR_SOLO5_STILL_HAS_CHILDREN", "forgottenChild"]],
  ])("after %s", async (_, way, texts) => {
    const { status, stderr, stdout } = await solo5Node([program("crashes.mjs"), way]);
    expect({ status, stdout }).toEqual({ status: 255, stdout: "" });
    expect(stderr).toMatch(/^solo5-node: the program crashed/);
    for (const text of texts) expect(stderr).toContain(text);
  });

  test("after a file that is not JavaScript", async () => {
    const folder = mkdtempSync(join(tmpdir(), "solo5-node-"));
    const file = join(folder, "prose.mjs");
    writeFileSync(file, "this is not JavaScript\n");
    const { status, stderr } = await solo5Node([file]);
    rmSync(folder, { recursive: true });
    expect(status).toBe(255);
    expect(stderr).toMatch(/^solo5-node: the program crashed:\n.*prose\.mjs:1\n/);
    expect(stderr).toContain("SyntaxError");
  });

  test("after a wait at the top level that nothing will end", async () => {
    const { status, stderr } = await solo5Node([program("stuck.mjs")]);
    expect(status).toBe(255);
    expect(stderr).toContain("stuck.mjs awaits at its top level what nothing will settle");
  });

  test("with the program's lines where it is debugged, after what it forgot to run", async () => {
    const { status, stderr } = await solo5Node(["--debug", program("forgets.mjs")]);
    expect(status).toBe(255);
    const lines = stderr.replaceAll(/\(file:.*\/(\w+\.mjs:\d+:\d+)\)/g, "($1)").split("\n");
    expect(lines.slice(0, 6)).toEqual([
      "task main made an operation that nobody ran (sleep of 5): is `yield*` missing in front of it?",
      "    at main (forgets.mjs:5:3)",
      "solo5-node: the program crashed:",
      expect.stringContaining("without having awaited or cancelled forgottenChild"),
      "  forgottenChild (#2) was spawned at main (forgets.mjs:6:3)",
      "    at main (forgets.mjs:6:3) {",
    ]);
    expect((await solo5Node([program("forgets.mjs")])).stderr).not.toContain("forgets.mjs");
  });

  test("unless the program handles its uncaught errors itself", async () => {
    expect(await solo5Node([program("handles-crashes.mjs")])).toEqual({
      status: 7,
      signal: null,
      stdout: "handled the top level's own\n",
      stderr: "",
    });
  });
});

describe("solo5-node itself", () => {
  test("--help prints every option and ends with 0", async () => {
    const { status, stdout, stderr } = await solo5Node(["--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const option of [
      "--net:NAME=IFACE",
      "--net:NAME=@FD",
      "--net-mac:",
      "--block:",
      "--block-sector-size:",
      "--debug",
      "--version",
      "tap create",
      "tap delete",
    ]) {
      expect(stdout).toContain(option);
    }
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(100);
  });

  test("--version prints the package's version", async () => {
    const { default: manifest } = await import("../package.json", { with: { type: "json" } });
    expect(await solo5Node(["--version"])).toMatchObject({
      status: 0,
      stdout: `solo5-node ${manifest.version}\n`,
    });
  });
});
