// Blocks in files: edges, faults, and random operations against a model.

import { execFileSync } from "node:child_process";
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type BlockAttachment, type Host, host } from "../src/index.ts";

let folder: string;
let solo5: Host | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
});
afterEach(() => {
  solo5?.close();
  solo5 = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function file(size: number, name = "disk.img"): string {
  const path = join(folder, name);
  const descriptor = openSync(path, "w");
  ftruncateSync(descriptor, size);
  closeSync(descriptor);
  return path;
}

function attach(disk: BlockAttachment): Host {
  solo5 = host({ block: { disk } });
  return solo5;
}

const code = (name: string) => expect.objectContaining({ name: "BindingsError", code: name });
const pattern = (size: number, seed: number) =>
  Uint8Array.from({ length: size }, (_, i) => (i * 13 + seed * 101 + (i >> 8)) & 0xff);

describe.each([512, 4096, 65536])("blocks of %i bytes", (blockSize) => {
  const capacity = blockSize * 8;

  test("first, last and others are written where they belong", () => {
    const path = file(capacity);
    const world = attach({ path, blockSize });
    const info = world.blockAcquire("disk");
    expect(info).toEqual({ handle: 1, capacity, blockSize, readOnly: false });
    const expected = new Uint8Array(capacity);
    for (const index of [0, 7, 3]) {
      const block = pattern(blockSize, index);
      world.blockWrite(info.handle, index * blockSize, block, 0);
      expected.set(block, index * blockSize);
    }
    expect(Buffer.compare(readFileSync(path), expected)).toBe(0);
    const back = new Uint8Array(blockSize + 7).fill(0xee);
    world.blockRead(info.handle, 7 * blockSize, back, 7);
    expect(back.subarray(7)).toEqual(pattern(blockSize, 7));
    expect([...back.subarray(0, 7)]).toEqual(new Array(7).fill(0xee));
  });

  test("misplaced and too short requests are refused, in that order, and change nothing", () => {
    const path = file(capacity);
    const world = attach({ path, blockSize });
    const { handle } = world.blockAcquire("disk");
    const room = new Uint8Array(blockSize).fill(1);
    const short = new Uint8Array(blockSize - 1).fill(1);
    for (const call of ["blockRead", "blockWrite"] as const) {
      const attempt = (position: number, bytes: Uint8Array, offset = 0) => {
        return () => world[call](handle, position, bytes, offset);
      };
      expect(attempt(1, room)).toThrow(code("ERR_SOLO5_MISALIGNED"));
      expect(attempt(capacity + 1, short)).toThrow(code("ERR_SOLO5_MISALIGNED"));
      expect(attempt(capacity, room)).toThrow(code("ERR_SOLO5_OUT_OF_RANGE"));
      expect(attempt(-blockSize, room)).toThrow(code("ERR_SOLO5_OUT_OF_RANGE"));
      expect(attempt(2 ** 52, room)).toThrow(code("ERR_SOLO5_OUT_OF_RANGE"));
      expect(attempt(0, short)).toThrow(code("ERR_SOLO5_OUT_OF_RANGE"));
      expect(attempt(0, room, 1)).toThrow(code("ERR_SOLO5_OUT_OF_RANGE"));
      expect(attempt(0, room, blockSize + 1)).toThrow(code("ERR_SOLO5_INVALID_ARGUMENT"));
    }
    expect(readFileSync(path).every((byte) => byte === 0)).toBe(true);
  });

  test("random operations leave what a model has", () => {
    const seed = Number(process.env["SEED"] ?? 1);
    const path = file(capacity);
    const world = attach({ path, blockSize });
    const { handle } = world.blockAcquire("disk");
    const model = new Uint8Array(readFileSync(path));
    const step = fc.record({ write: fc.boolean(), index: fc.nat(7), content: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        for (const { write, index, content } of steps) {
          const position = index * blockSize;
          if (write) {
            const block = pattern(blockSize, content);
            world.blockWrite(handle, position, block, 0);
            model.set(block, position);
          } else {
            const block = new Uint8Array(blockSize);
            world.blockRead(handle, position, block, 0);
            expect(Buffer.compare(block, model.subarray(position, position + blockSize))).toBe(0);
          }
        }
        expect(Buffer.compare(readFileSync(path), model)).toBe(0);
      }),
      { seed, numRuns: 30 },
    );
  });
});

test("a device that is read-only refuses writes and says so", () => {
  const path = file(1024);
  const world = attach({ path, readOnly: true });
  const { handle, readOnly } = world.blockAcquire("disk");
  expect(readOnly).toBe(true);
  expect(() => world.blockWrite(handle, 0, new Uint8Array(512), 0)).toThrow(
    code("ERR_SOLO5_READ_ONLY"),
  );
  world.blockRead(handle, 512, new Uint8Array(512), 0);
});

test("a file cut while attached gives an error, not old or zero bytes", () => {
  const path = file(4096);
  const world = attach({ path });
  const { handle } = world.blockAcquire("disk");
  truncateSync(path, 1000);
  const block = new Uint8Array(512);
  world.blockRead(handle, 0, block, 0);
  for (const position of [512, 1024]) {
    expect(() => world.blockRead(handle, position, block, 0)).toThrow(
      expect.objectContaining({
        code: "ERR_SOLO5_IO",
        errno: 5,
        syscall: "pread",
        device: "disk",
        message: expect.stringContaining("it was cut while attached"),
      }),
    );
  }
});

test("handles: acquired once, released, and bad afterwards", () => {
  const world = attach({ path: file(1024) });
  const block = new Uint8Array(512);
  const first = world.blockAcquire("disk");
  expect(() => world.blockAcquire("disk")).toThrow(code("ERR_SOLO5_BUSY"));
  expect(() => world.blockAcquire("other")).toThrow(code("ERR_SOLO5_NO_DEVICE"));
  expect(() => world.netAcquire("disk")).toThrow(code("ERR_SOLO5_NO_DEVICE"));
  expect(() => world.netRead(first.handle, block, 0, 512)).toThrow(code("ERR_SOLO5_BAD_HANDLE"));
  world.blockRelease(first.handle);
  for (const handle of [first.handle, 0, 64, -1, 1.5, 2 ** 32 + 1, Number.NaN]) {
    expect(() => world.blockRead(handle, 0, block, 0)).toThrow(code("ERR_SOLO5_BAD_HANDLE"));
    expect(() => world.blockRelease(handle)).toThrow(code("ERR_SOLO5_BAD_HANDLE"));
  }
  // The next handle is another one, so that the stale one stays bad.
  const second = world.blockAcquire("disk");
  expect(second.handle).not.toBe(first.handle);
  expect(() => world.blockRead(first.handle, 0, block, 0)).toThrow(code("ERR_SOLO5_BAD_HANDLE"));
  let { handle } = second;
  for (let i = 0; i < 200; i++) {
    world.blockRelease(handle);
    handle = world.blockAcquire("disk").handle;
    expect(handle).toBeGreaterThanOrEqual(1);
    expect(handle).toBeLessThanOrEqual(63);
  }
  world.close();
  expect(() => world.blockRead(handle, 0, block, 0)).toThrow(code("ERR_SOLO5_CLOSED"));
  expect(() => world.blockAcquire("disk")).toThrow(code("ERR_SOLO5_CLOSED"));
});

describe("flush", () => {
  test("serves everybody who asked, once, later", async () => {
    const world = attach({ path: file(1 << 20) });
    const { handle } = world.blockAcquire("disk");
    const calls: (Error | null)[] = [];
    const done = new Promise<void>((resolve) => {
      for (let i = 0; i < 10; i++) {
        world.blockWrite(handle, i * 512, new Uint8Array(512).fill(i), 0);
        world.blockFlush?.(handle, (error) => {
          calls.push(error);
          if (calls.length === 10) resolve();
        });
      }
    });
    expect(calls).toEqual([]);
    await done;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(calls).toEqual(new Array(10).fill(null));
  });

  test("goes on although the device is released and the host closed meanwhile", async () => {
    const world = attach({ path: file(1 << 20) });
    const { handle } = world.blockAcquire("disk");
    world.blockWrite(handle, 0, new Uint8Array(512).fill(1), 0);
    const result = new Promise((resolve) => world.blockFlush?.(handle, resolve));
    world.blockRelease(handle);
    const again = world.blockAcquire("disk").handle;
    const second = new Promise((resolve) => world.blockFlush?.(again, resolve));
    world.close();
    expect(await result).toBeNull();
    expect(await second).toBeNull();
  });

  test("blocks the thread where that is wanted", () => {
    const world = attach({ path: file(1024) });
    const { handle } = world.blockAcquire("disk");
    world.blockWrite(handle, 0, new Uint8Array(512).fill(1), 0);
    expect(world.blockFlushNow?.(handle)).toBeUndefined();
    expect(() => world.blockFlushNow?.(handle + 1)).toThrow(code("ERR_SOLO5_BAD_HANDLE"));
  });

  test("of a read-only device has nothing to do; of a bad handle it throws", async () => {
    const world = attach({ path: file(512), readOnly: true });
    const { handle } = world.blockAcquire("disk");
    expect(await new Promise((resolve) => world.blockFlush?.(handle, resolve))).toBeNull();
    expect(() => world.blockFlush?.(handle + 1, () => {})).toThrow(code("ERR_SOLO5_BAD_HANDLE"));
    expect(() => world.blockFlush?.(handle, null as never)).toThrow(
      code("ERR_SOLO5_INVALID_ARGUMENT"),
    );
  });
});

describe("attaching", () => {
  const fault = (disk: BlockAttachment) => {
    try {
      attach(disk);
    } catch (error) {
      const { code, message, device } = error as Record<string, string>;
      return { code, message, device };
    }
    return null;
  };

  test("a link to a file is followed", () => {
    symlinkSync(file(1024), join(folder, "link"));
    expect(fault({ path: join(folder, "link") })).toBeNull();
  });

  test("what is no file is refused by what it is", async () => {
    mkdirSync(join(folder, "sub"));
    execFileSync("mkfifo", [join(folder, "fifo")]);
    const server = createServer().listen(join(folder, "socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    expect(fault({ path: join(folder, "sub") })).toMatchObject({
      code: "ERR_SOLO5_BAD_FILE",
      message: expect.stringContaining("is a directory"),
    });
    expect(fault({ path: join(folder, "sub"), readOnly: true })).toMatchObject({
      code: "ERR_SOLO5_BAD_FILE",
      message: expect.stringContaining("is a directory"),
    });
    for (const path of [join(folder, "fifo"), join(folder, "socket"), "/dev/null"]) {
      for (const readOnly of [false, true]) {
        expect(fault({ path, readOnly })).toMatchObject({
          code: "ERR_SOLO5_BAD_FILE",
          message: expect.stringContaining("neither a regular file nor a block device"),
        });
      }
    }
    server.close();
  });

  test("a file that somebody writes is nobody else's", () => {
    const path = file(4096);
    symlinkSync(path, join(folder, "link"));
    const busy = code("ERR_SOLO5_BUSY");
    const twice = { disk: { path }, more: { path: join(folder, "link") } };
    expect(() => host({ block: twice })).toThrow(busy);
    const world = attach({ path });
    expect(() => host({ block: { disk: { path } } })).toThrow(busy);
    expect(() => host({ block: { disk: { path, readOnly: true } } })).toThrow(busy);
    world.close();
    attach({ path }).close();
  });

  test("readers share a file, and keep writers away", () => {
    const path = file(4096);
    const reader = { path, readOnly: true };
    const world = host({ block: { disk: reader, more: reader } });
    try {
      expect(() => host({ block: { disk: { path } } })).toThrow(code("ERR_SOLO5_BUSY"));
    } finally {
      world.close();
    }
    attach({ path });
  });

  test("a flush under way does not keep a file from its next owner", async () => {
    const path = file(4096);
    const world = attach({ path });
    const handle = world.blockAcquire("disk").handle;
    const flushed = new Promise((done) => world.blockFlush?.(handle, done));
    world.close();
    attach({ path });
    await flushed;
  });

  test("the lock is one that other programs see", () => {
    const path = file(4096);
    execFileSync("flock", ["--exclusive", path, "true"]);
    attach({ path });
    // Another program that asks for the lock, as a second one of ours would.
    expect(() => execFileSync("flock", ["--nonblock", path, "true"])).toThrow();
    solo5?.close();
    execFileSync("flock", ["--nonblock", path, "true"]);
  });

  test("a missing file is not made", () => {
    const path = join(folder, "missing.img");
    expect(fault({ path })).toEqual({
      code: "ERR_SOLO5_NO_FILE",
      device: "disk",
      message: `block device disk: there is no file ${path}`,
    });
    expect(() => statSync(path)).toThrow("ENOENT");
    expect(fault({ path: join(file(512), "below") })).toMatchObject({ code: "ERR_SOLO5_NO_FILE" });
  });

  test("sizes are checked against the block size", () => {
    expect(fault({ path: file(0) })).toMatchObject({
      code: "ERR_SOLO5_BAD_FILE",
      message: expect.stringContaining("has 0 bytes, less than one block of 512"),
    });
    expect(fault({ path: file(511) })).toMatchObject({ code: "ERR_SOLO5_BAD_FILE" });
    expect(fault({ path: file(512) })).toBeNull();
    expect(fault({ path: file(513) })).toMatchObject({
      code: "ERR_SOLO5_BAD_FILE",
      message: expect.stringContaining("not a whole number of blocks of 512: 1 are over"),
    });
    expect(fault({ path: file(2048), blockSize: 4096 })).toMatchObject({
      code: "ERR_SOLO5_BAD_FILE",
    });
    expect(fault({ path: file(6144), blockSize: 4096 })).toMatchObject({
      code: "ERR_SOLO5_BAD_FILE",
    });
  });

  test.each([0, 1, 256, 511, 513, 768, 1000, -512, 2 ** 31, 512.5, Number.NaN, "512", null])(
    "a block size of %s is refused",
    (blockSize) => {
      expect(fault({ path: file(2 ** 20), blockSize: blockSize as number })).toMatchObject({
        code: "ERR_SOLO5_INVALID_ARGUMENT",
        message: expect.stringContaining("power of two from 512"),
      });
    },
  );

  test("a file of several gigabytes has its whole capacity", () => {
    const path = file(0);
    writeFileSync(path, "");
    truncateSync(path, 5 * 2 ** 30);
    const world = attach({ path });
    const { handle, capacity } = world.blockAcquire("disk");
    expect(capacity).toBe(5 * 2 ** 30);
    const block = pattern(512, 5);
    world.blockWrite(handle, capacity - 512, block, 0);
    const back = new Uint8Array(512);
    world.blockRead(handle, capacity - 512, back, 0);
    expect(back).toEqual(block);
  });
});
