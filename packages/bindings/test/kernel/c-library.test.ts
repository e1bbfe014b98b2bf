// The C library by itself, under the address and undefined-behaviour sanitizers.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeKernel, namespace } from "./namespace.ts";

const NATIVE = fileURLToPath(new URL("../../native/", import.meta.url));
const WRAPPED = [
  ...["s5_io_pread", "s5_io_pwrite", "s5_io_read", "s5_io_write"],
  ...["write", "getrandom", "fdatasync", "epoll_wait"],
];

let folder: string;
let program: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
  program = join(folder, "host-test");
  const sources = readdirSync(join(NATIVE, "host")).filter((name) => name.endsWith(".c"));
  execFileSync(process.env["CXX"] ?? "g++", [
    ...["-std=c11", "-g", "-O1", "-Wall", "-Wextra", "-Werror"],
    ...["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    ...WRAPPED.map((name) => `-Wl,--wrap=${name}`),
    // The driver of C++ forgets `-x c` after one file.
    ...[...sources.map((name) => join("host", name)), "test/host-test.c"].flatMap((name) => [
      ...["-x", "c", join(NATIVE, name)],
    ]),
    ...["-lpthread", "-o", program],
  ]);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("handles, files, timers and bytes", () => {
  const { status, stdout, stderr } = spawnSync(program, [folder], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toBe("every check holds\n");
  expect(status).toBe(0);
});

describeKernel("the C library in a namespace", () => {
  test("interfaces", async () => {
    const inside = await namespace();
    try {
      expect(inside.run(program, folder, "tap")).toBe("every check holds\n");
      expect(inside.run("ip", "-o", "link").trim().split("\n").length).toBe(1);
    } finally {
      await inside.close();
    }
  });
});
