// The built program under `solo5-node`, on a real file.
import { closeSync, openSync, truncateSync, writeSync } from "node:fs";
import { expect, test } from "vitest";
import { describeLinux, StoreFile } from "./solo5-node.ts";

const TIMEOUT = { timeout: 60_000 };

const ok = (output = "") => ({ status: 0, output });
const failed = (output: string) => ({ status: 1, output });

describeLinux("kv on a file", () => {
  test("sets, gets, lists and deletes, each command a process of its own", TIMEOUT, async () => {
    using file = new StoreFile(64 * 1024);
    expect(await file.kv("set", "colour", "green")).toEqual(ok());
    expect(await file.kv("set", "größe", "très grand \u{1F600}")).toEqual(ok());
    expect(await file.kv("set", "empty", "")).toEqual(ok());
    expect(await file.kv("get", "colour")).toEqual(ok("green\n"));
    expect(await file.kv("get", "empty")).toEqual(ok("\n"));
    expect(await file.kv("list")).toEqual(
      ok("colour\tgreen\nempty\t\ngröße\ttrès grand \u{1F600}\n"),
    );
    expect(await file.kv("list", "c")).toEqual(ok("colour\tgreen\n"));
    expect(await file.kv("delete", "colour")).toEqual(ok());
    expect(await file.kv("delete", "colour")).toEqual(failed('kv: there is no "colour"\n'));
    expect(await file.kv("get", "colour")).toEqual(failed('kv: there is no "colour"\n'));
    expect(await file.kv("check")).toEqual(
      ok(
        "2 keys, 42 bytes with their keys\n" +
          "4 of 63 pages of 512 bytes used, 1 after a compaction; 0 compactions so far\n",
      ),
    );
    expect(await file.kv("compact")).toEqual(ok());
    expect((await file.kv("check")).output).toContain("1 of 63 pages of 512 bytes used");
    expect(await file.kv("list", "e")).toEqual(ok("empty\t\n"));
  });

  test("explains what is wrong, with a status for shells", TIMEOUT, async () => {
    using file = new StoreFile(64 * 1024);
    expect(await file.kv("frob")).toEqual({
      status: 2,
      output: expect.stringMatching(/^kv: there is no command "frob"\nusage: kv COMMAND\n/),
    });
    expect(await file.kv("set", "a", "x".repeat(40_000))).toEqual(
      failed(
        "kv: set: keys and values have room for 28084 bytes in one write on this device, got 40008\n",
      ),
    );
    truncateSync(file.path, 4096);
    expect(await file.kv("list")).toEqual(
      failed(
        'kv: the store on block device "store" was made on 65536 bytes, the device has 4096: the rest of it is missing\n',
      ),
    );
  });

  test("never touches a file that is none of its own, and tells of damage", TIMEOUT, async () => {
    using file = new StoreFile(64 * 1024);
    const write = (at: number, text: string): void => {
      const descriptor = openSync(file.path, "r+");
      writeSync(descriptor, text, at);
      closeSync(descriptor);
    };
    write(10, "somebody's file");
    expect(await file.kv("list")).toMatchObject({
      status: 1,
      output: expect.stringContaining('block device "store" holds no store'),
    });
    write(10, "\0".repeat(15));
    expect(await file.kv("set", "a", "1")).toEqual(ok());
    write(65 * 512 + 50, "!");
    expect(await file.kv("get", "a")).toEqual(
      failed(
        'kv: page 0 of log 1 (at 33280 of block device "store") was written once and is damaged now\n',
      ),
    );
  });
});
