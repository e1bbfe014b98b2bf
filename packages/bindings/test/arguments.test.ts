// Wrong arguments: told from each other, and never a crash of the process.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Wait } from "@miou-solo5/scheduler";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BindingsError, type Host, host, tapCreate, tapDelete } from "../src/index.ts";

let folder: string;
let solo5: Host;
let handle: number;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
  const path = join(folder, "disk.img");
  writeFileSync(path, new Uint8Array(8192));
  writeFileSync(join(folder, "other.img"), new Uint8Array(8192));
  solo5 = host({
    block: { disk: { path } },
    arguments: ["--greeting", "hallo"],
    console: () => {},
  });
  handle = solo5.blockAcquire("disk").handle;
});
afterAll(() => {
  solo5.close();
  rmSync(folder, { recursive: true, force: true });
});

function thrown(call: () => unknown): BindingsError {
  try {
    call();
  } catch (error) {
    if (error instanceof BindingsError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("host()", () => {
  const optionFaults: [string, unknown, string][] = [
    ["no object", 5, "options must be an object, got 5"],
    ["null", null, "options must be an object, got null"],
    ["an unknown option", { nets: {} }, 'net, block, arguments, console, exit, got "nets"'],
    ["net is no object", { net: [] }, "net must be an object of devices by name, got an array"],
    ["block is no object", { block: "x" }, 'must be an object of devices by name, got "x"'],
    ["arguments", { arguments: "-x" }, "arguments must be an array of strings"],
    ["an argument", { arguments: [1] }, "arguments must be an array of strings"],
    ["console", { console: {} }, "console must be a function, got an object"],
    ["exit", { exit: 1 }, "exit must be a function, got 1"],
    ["an empty name", { net: { "": { tap: "x" } } }, "1 to 67 letters and digits"],
    ["a name with a dash", { net: { "a-b": { tap: "x" } } }, "1 to 67 letters and digits"],
    ["a long name", { block: { [`${"a".repeat(68)}`]: { path: "x" } } }, "1 to 67 letters"],
    [
      "neither tap nor fd",
      { net: { a: {} } },
      'wanted either tap (an interface) or fd (a descriptor), got "neither"',
    ],
    ["both tap and fd", { net: { a: { tap: "x", fd: 3 } } }, 'got "both"'],
    ["tap is no text", { net: { a: { tap: 3 } } }, "tap must be the name of an interface, got 3"],
    [
      "fd is no number",
      { net: { a: { fd: "3" } } },
      'fd must be a descriptor, a whole number from 0, got "3"',
    ],
    ["fd is negative", { net: { a: { fd: -1 } } }, "fd must be a descriptor"],
    ["fd is a fraction", { net: { a: { fd: 1.5 } } }, "fd must be a descriptor"],
    [
      "a mistyped readOnly",
      { block: { a: { path: "x", readonly: true } } },
      'path, blockSize, readOnly, got "readonly"',
    ],
    [
      "readOnly is no boolean",
      { block: { a: { path: "x", readOnly: 1 } } },
      "readOnly must be true or false",
    ],
    ["an empty path", { block: { a: { path: "" } } }, "path must be the name of a file"],
    [
      "a path that no system call takes",
      { block: { a: { path: "x".repeat(5000) } } },
      "block device a: a path has at most 4095 bytes",
    ],
    [
      "a very long interface's name",
      { net: { a: { tap: "x".repeat(5000) } } },
      "net device a: an interface is named by 1 to 15 bytes",
    ],
    [
      "a path with a zero byte",
      { block: { a: { path: "a\0b" } } },
      "path must be the name of a file",
    ],
  ];
  test.each(optionFaults)("%s is refused", (_, options, message) => {
    const error = thrown(() => host(options as never));
    expect(error.code).toBe("ERR_SOLO5_INVALID_ARGUMENT");
    expect(error.message).toContain(message);
  });

  test.each([
    ["02:00:00:00:00", "must have 6 bytes, such as 02:00:00:00:00:01; it has 5"],
    ["02:00:00:00:00:01:02", "it has 7"],
    ["", "must have 6 bytes"],
    ["02:00:00:00:00:0g", 'two hexadecimal digits a byte, such as 02:00:00:00:00:01; got "0g"'],
    ["2:0:0:0:0:1", "two hexadecimal digits"],
    ["01:00:5e:00:00:01", "is a multicast address"],
    ["ff:ff:ff:ff:ff:ff", "is a multicast address"],
    ["00:00:00:00:00:00", "is all zero"],
    [42, "must be a text"],
  ])("the hardware address %s is refused", (mac, message) => {
    const error = thrown(() => host({ net: { a: { tap: "x", mac: mac as string } } }));
    expect(error).toMatchObject({ code: "ERR_SOLO5_INVALID_ARGUMENT", device: "a" });
    expect(error.message).toContain(message);
    expect(error.errors?.length).toBe(1);
  });

  test("the same interface or descriptor twice is refused", () => {
    const error = thrown(() => host({ net: { a: { fd: 900 }, b: { fd: 900 } } }));
    expect(error.code).toBe("ERR_SOLO5_ATTACH");
    expect(error.errors?.map((each) => each.code)).toEqual([
      "ERR_SOLO5_INVALID_ARGUMENT",
      "ERR_SOLO5_BUSY",
    ]);
    expect(error.errors?.[1]?.message).toContain(
      "descriptor 900 is attached as net device a already",
    );
  });

  test("more than 63 devices are refused at once", () => {
    const shared = { path: join(folder, "other.img"), readOnly: true };
    const block = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`d${i}`, shared]));
    expect(thrown(() => host({ block })).message).toContain("at most 63 devices, got 64");
    const { d63: _, ...fewer } = block;
    const full = host({ block: fewer });
    const handles = Object.keys(fewer).map((name) => full.blockAcquire(name).handle);
    expect(new Set(handles).size).toBe(63);
    expect(Math.max(...handles)).toBe(63);
    full.close();
  });

  test("the command line is given as a copy that nobody changes", () => {
    const words = ["a"];
    const other = host({ arguments: words });
    words.push("b");
    expect(other.arguments).toEqual(["a"]);
    expect(Object.isFrozen(other.arguments)).toBe(true);
    other.close();
    expect(solo5.arguments).toEqual(["--greeting", "hallo"]);
  });

  test("console and exit may be given; exit releases first; close is idempotent", () => {
    const printed: Uint8Array[] = [];
    const statuses: number[] = [];
    const other = host({
      block: { disk: { path: join(folder, "other.img") } },
      console: (bytes) => printed.push(bytes.slice()),
      exit: (status) => {
        expect(() => other.blockAcquire("disk")).toThrow("closed");
        statuses.push(status);
      },
    });
    other.consoleWrite(new Uint8Array([104, 105]));
    for (const status of [-1, 256, 1.5, Number.NaN, "0"]) {
      expect(thrown(() => other.exit(status as number)).code).toBe("ERR_SOLO5_INVALID_ARGUMENT");
    }
    other.exit(3);
    other.close();
    other[Symbol.dispose]();
    expect(printed).toEqual([new Uint8Array([104, 105])]);
    expect(statuses).toEqual([3]);
  });

  test("the clocks outlive the host", () => {
    const other = host();
    other.close();
    expect(other.clockMonotonic()).toBeGreaterThan(0);
  });
});

test.each([
  [undefined, "tapCreate takes"],
  [{}, "named by 1 to 15 bytes"],
  [{ name: "" }, "named by 1 to 15 bytes"],
  [{ name: "t", address: 5 }, "10.0.0.1/24"],
  [{ name: "t", mtu: 1.5 }, "68 to 65521 bytes"],
  [{ name: "t", mtu: 67 }, "68 to 65521 bytes, got 67"],
  [{ name: "t", owner: -1 }, "name or the number of a user"],
  [{ name: "t", owner: {} }, "name or the number of a user"],
])("tapCreate(%j) is refused", (options, message) => {
  const error = thrown(() => tapCreate(options as never));
  expect(error.code).toBe("ERR_SOLO5_INVALID_ARGUMENT");
  expect(error.message).toContain(message);
});

test("tapDelete takes a name", () => {
  expect(thrown(() => tapDelete(5 as never)).code).toBe("ERR_SOLO5_INVALID_ARGUMENT");
});

describe("entropy", () => {
  test("fills exactly the bytes it is given", () => {
    const buffer = new Uint8Array(4096);
    solo5.entropy(buffer.subarray(100, 3000));
    expect(buffer.subarray(0, 100).every((byte) => byte === 0)).toBe(true);
    expect(buffer.subarray(3000).every((byte) => byte === 0)).toBe(true);
    expect(new Set(buffer.subarray(100, 3000)).size).toBeGreaterThan(200);
    solo5.entropy(new Uint8Array(0));
    expect(thrown(() => solo5.entropy([] as never)).code).toBe("ERR_SOLO5_INVALID_ARGUMENT");
  });
});

describe("buffers", () => {
  test("a Buffer and views of any alignment are byte arrays", () => {
    const back = Buffer.alloc(600);
    solo5.blockWrite(handle, 512, Buffer.alloc(512, 7), 0);
    solo5.blockRead(handle, 512, back.subarray(3), 5);
    expect(back[7]).toBe(0);
    expect(back[8]).toBe(7);
    expect(back[519]).toBe(7);
    expect(back[520]).toBe(0);
  });

  test("a detached buffer has no room", () => {
    const bytes = new Uint8Array(512);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    expect(thrown(() => solo5.blockRead(handle, 0, bytes, 0)).code).toBe("ERR_SOLO5_OUT_OF_RANGE");
  });

  test("other kinds of array are refused", () => {
    for (const bytes of [
      new Uint8ClampedArray(512),
      new Uint16Array(512),
      new DataView(new ArrayBuffer(512)),
      new ArrayBuffer(512),
      [],
      "x".repeat(512),
      null,
      undefined,
    ]) {
      expect(thrown(() => solo5.blockRead(handle, 0, bytes as never, 0)).code).toBe(
        "ERR_SOLO5_INVALID_ARGUMENT",
      );
    }
  });

  test("shared memory is memory like any other", () => {
    const bytes = new Uint8Array(new SharedArrayBuffer(512));
    solo5.blockRead(handle, 512, bytes, 0);
    expect(bytes[0]).toBe(7);
  });
});

test("no arguments whatever make a call do anything but return or throw", () => {
  const seed = Number(process.env["SEED"] ?? 1);
  const bytes = () => new Uint8Array(512);
  const anything = fc.oneof(
    fc.anything({ withTypedArray: true, withBigInt: true, withSparseArray: true }),
    fc.constantFrom(handle, 0, 512, 8192, -512, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, Number.NaN),
    fc.constantFrom(bytes(), new Uint8Array(0), new Int32Array(64), new Uint32Array(2)),
    fc.constantFrom(Number.POSITIVE_INFINITY, Symbol("x"), () => {}, class {}),
    fc.constant({ bytes: bytes(), slotSize: 64, sizes: new Int32Array(2) }),
  );
  const names = [
    "entropy",
    "netAcquire",
    "netRead",
    "netWrite",
    "netRelease",
    "netReadBatch",
    "netReadSlots",
    "netWriteBatch",
    "netCounters",
    "blockAcquire",
    "blockRead",
    "blockWrite",
    "blockFlush",
    "blockFlushNow",
    "yield",
    "wait",
    "consoleWrite",
    "interfaceState",
  ] as const;
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.array(anything, { maxLength: 6 }), (name, input) => {
      try {
        // A deadline that does not come would block the thread: the one that is given is past.
        const words =
          name === "yield" || name === "wait" ? [Number.NEGATIVE_INFINITY, ...input] : input;
        const result = (solo5[name] as (...input: unknown[]) => unknown)(...words);
        if (name === "wait") (result as Wait).cancel();
      } catch (error) {
        expect(error).toBeInstanceOf(BindingsError);
      }
    }),
    { seed, numRuns: 3000 },
  );
  solo5.blockRead(handle, 0, bytes(), 0);
});
