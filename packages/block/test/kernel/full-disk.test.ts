// Tasks that write to a disk which becomes full.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  describeKernel,
  type Namespace,
  namespace,
} from "../../../bindings/test/kernel/namespace.ts";

const PROGRAM = new URL("./programs/full-disk.ts", import.meta.url);

describeKernel("a full disk", () => {
  let inside: Namespace;
  let folder: string;

  beforeEach(async () => {
    inside = await namespace();
    folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
  });
  afterEach(async () => {
    await inside.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([512, 4096])(
    "fails the pages of %i bytes that have no room, each task its own",
    async (pageSize) => {
      inside.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder);
      const path = join(folder, "disk.img");
      inside.run("truncate", "--size=256K", path);
      const program = inside.program<typeof import("./programs/full-disk.ts")>(PROGRAM);
      const { pages, written, right, faults, rewritten } = await program.fill(path, pageSize);
      expect(pages).toBe((256 * 1024) / pageSize);
      expect(written).toBeGreaterThan(0);
      expect(written).toBeLessThanOrEqual((64 * 1024) / pageSize);
      expect(right).toBe(written);
      expect(faults).toEqual([["ERR_SOLO5_IO 28 pwrite", pages - written]]);
      expect(rewritten).toBe(99);
    },
  );
});
