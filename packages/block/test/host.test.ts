// What any world must do with block devices, on the Linux host and real files.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { host } from "@miou-solo5/bindings";
import { blockCases } from "@miou-solo5/block/testing";
import { afterAll, describe, test } from "vitest";
import { seed } from "./seed.ts";

const folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LINUX = process.platform === "linux";
if (!LINUX && process.env["CI"] === "true") throw new Error("these tests may not be skipped in CI");
if (!LINUX) process.stderr.write("skipped: blocks in files: the host needs Linux\n");
const title = LINUX ? "a file with blocks of %i bytes" : "files (the host needs Linux): %i";

describe.skipIf(!LINUX).each([512, 4096])(title, (blockSize) => {
  for (const { name, run } of blockCases) {
    test(name, () =>
      run({
        blockSize,
        seed,
        make: ({ contents, readOnly }) => {
          const path = join(folder, "disk.img");
          writeFileSync(path, contents);
          const solo5 = host({ block: { disk: { path, blockSize, readOnly } } });
          return {
            solo5,
            name: "disk",
            pass: (duration) => setTimeout(Math.ceil(duration / 1e6)),
            close: () => solo5.close(),
          };
        },
      }),
    );
  }
});
