import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { host } from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a blocking flush returns when the writes are durable, and refuses a stale handle", () => {
  const path = join(folder, "disk");
  writeFileSync(path, new Uint8Array(1024));
  using solo5 = host({ block: { disk: { path } } });
  const { handle } = solo5.blockAcquire("disk");
  solo5.blockWrite(handle, 512, new Uint8Array(512).fill(1), 0);
  solo5.blockFlushNow?.(handle);
  solo5.blockRelease(handle);
  expect(() => solo5.blockFlushNow?.(handle)).toThrow(
    expect.objectContaining({ code: "ERR_SOLO5_BAD_HANDLE" }),
  );
});
