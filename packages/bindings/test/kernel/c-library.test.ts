// The C library by itself: under the address and undefined-behaviour sanitizers, and under valgrind.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildC, leftOpen, testWithValgrind, underValgrind } from "../c-program.ts";
import { describeKernel, type Namespace, namespace } from "./namespace.ts";

let folder: string;
let sanitized: string;
let bare: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
  sanitized = buildC(folder, "host-test");
  bare = buildC(folder, "host-test", { sanitized: false });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, ...words: string[]) {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: "utf8" });
  return { status, stdout, stderr };
}

const fine = { status: 0, stdout: "every check holds\n" };

describe("handles, files, timers and bytes", () => {
  test("under the sanitizers", () => {
    expect(run(sanitized, folder)).toEqual({ ...fine, stderr: "" });
  });

  testWithValgrind("under valgrind, not a byte or a descriptor left", () => {
    const [command, ...words] = underValgrind(bare, [folder]);
    const { stderr, ...ended } = run(command, ...words);
    expect(ended, stderr).toEqual(fine);
    expect(leftOpen(stderr)).toEqual([]);
  });
});

describeKernel("the C library in a namespace: interfaces", () => {
  let inside: Namespace;
  beforeEach(async () => {
    inside = await namespace();
  });
  afterEach(() => inside.close());

  const links = () => inside.run("ip", "-o", "link").trim().split("\n").length;

  test("under the sanitizers", () => {
    expect(inside.try(sanitized, folder, "tap")).toEqual({ ...fine, stderr: "" });
    expect(links()).toBe(1);
  });

  testWithValgrind("under valgrind, not a byte or a descriptor left", () => {
    const { stderr, ...ended } = inside.try(...underValgrind(bare, [folder, "tap"]));
    expect(ended, stderr).toEqual(fine);
    expect(leftOpen(stderr)).toEqual([]);
  });

  test("a library whose attaching keeps the interface that it made is found out", () => {
    const guard = "if (!(state.ifr_flags & IFF_PERSIST)) {";
    const mutation = ["tun.c", guard, "if (0) {"] as const;
    const careless = buildC(folder, "host-test", { sanitized: false, mutation });
    const { status, stderr } = inside.try(careless, folder, "tap");
    expect(status).not.toBe(0);
    expect(stderr).toMatch(/s5_tap_attach\(host, "net", "tap2"\) == S5_FAILED/);
    expect(stderr).toMatch(/s5_link_index\(control, "tap2"\) == -ENODEV/);
  }, 60_000);
});
