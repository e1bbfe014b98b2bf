// Blocks on what needs a mount or a device: a full disk, a read-only one, a block device, another user's file.
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeKernel, type Namespace, namespace, type Program } from "./namespace.ts";

const PROGRAMS = new URL("./programs/disks.ts", import.meta.url);

describeKernel("blocks on a disk", () => {
  let inside: Namespace;
  let program: Program<typeof import("./programs/disks.ts")>;
  let folder: string;

  beforeEach(async () => {
    inside = await namespace();
    program = inside.program(PROGRAMS);
    folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
    chmodSync(folder, 0o755);
  });
  afterEach(async () => {
    await inside.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("a full disk refuses the block that has no room, and keeps the others", async () => {
    inside.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder);
    const path = join(folder, "disk.img");
    inside.run("truncate", "--size=1M", path);
    const { capacity, written, good, faults, flushed } = await program.fill({
      path,
      blockSize: 4096,
    });
    expect(capacity).toBe(1 << 20);
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThanOrEqual(16);
    expect(good).toBe(written);
    expect(faults).toEqual([["ERR_SOLO5_IO 28 pwrite disk", 256 - written]]);
    expect(flushed).toBeNull();
  });

  test("a file system that is read-only can be attached only to be read", async () => {
    const path = join(folder, "disk.img");
    writeFileSync(path, new Uint8Array(1024));
    inside.run("mount", "--bind", folder, folder);
    inside.run("mount", "-o", "remount,bind,ro", folder);
    expect(await program.attach({ path })).toMatchObject({
      code: "ERR_SOLO5_NO_PERMISSION",
      errno: 30,
      message: expect.stringContaining("attach it with readOnly"),
    });
    expect(await program.attach({ path, readOnly: true })).toBeNull();
  });

  test("another user's file may not be opened", async () => {
    const path = join(folder, "disk.img");
    writeFileSync(path, new Uint8Array(1024), { mode: 0o644 });
    const nobody = inside.program<typeof import("./programs/disks.ts")>(PROGRAMS, {
      user: "nobody",
    });
    expect(await nobody.attach({ path })).toMatchObject({
      code: "ERR_SOLO5_NO_PERMISSION",
      errno: 13,
      syscall: "open",
    });
    expect(await nobody.attach({ path, readOnly: true })).toBeNull();
    chmodSync(path, 0o600);
    expect(await nobody.attach({ path, readOnly: true })).toMatchObject({
      code: "ERR_SOLO5_NO_PERMISSION",
    });
  });

  test("a block device has the capacity of its medium", async () => {
    const image = join(folder, "medium.img");
    writeFileSync(image, new Uint8Array(256 * 1024));
    const { status, stdout, stderr } = spawnSync("losetup", ["-f", "--show", image], {
      encoding: "utf8",
    });
    expect(status, `no loop device: ${stderr}`).toBe(0);
    const device = stdout.trim();
    try {
      for (const blockSize of [512, 4096]) {
        expect(await program.fill({ path: device, blockSize })).toEqual({
          capacity: 256 * 1024,
          written: (256 * 1024) / blockSize,
          good: (256 * 1024) / blockSize,
          faults: [],
          flushed: null,
        });
      }
    } finally {
      spawnSync("losetup", ["-d", device]);
    }
  });
});
