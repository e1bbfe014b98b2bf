// Faults that need neither a network nor rights to show.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { program, solo5Node } from "./solo5-node.ts";

const { typescript } = process.features as { readonly typescript?: string | false };
const runsTypeScript = typescript !== undefined && typescript !== false;

let folder = "";
/** Before a command: an ordinary user. */
const ORDINARY =
  process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "solo5-node-"));
  chmodSync(folder, 0o755);
  for (const [name, size] of [
    ["disk.img", 4096],
    ["spare.img", 512],
    ["small.img", 511],
    ["odd.img", 1025],
    ["closed.img", 4096],
    ["read-only.img", 4096],
  ] as const) {
    writeFileSync(join(folder, name), "");
    truncateSync(join(folder, name), size);
  }
  chmodSync(join(folder, "closed.img"), 0o000);
  chmodSync(join(folder, "read-only.img"), 0o444);
  writeFileSync(join(folder, "closed.mjs"), "");
  chmodSync(join(folder, "closed.mjs"), 0o000);
  mkdirSync(join(folder, "directory.mjs"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The one fault that `solo5-node` finds with these arguments, run in the folder of the files. */
async function fault(argv: readonly string[], before: readonly string[] = []): Promise<string> {
  const { status, stderr, stdout } = await solo5Node(argv, { cwd: folder, before });
  expect({ status, stdout, lines: stderr.split("\n").length }).toEqual({
    status: 1,
    stdout: "",
    lines: 2,
  });
  return stderr;
}

describe("a block device is refused with status 1", () => {
  const declares = program("declares.mjs");
  test.each<[string, string[], string]>([
    [
      "whose file is missing",
      ["--block:disk=none.img"],
      "block device disk: there is no file none.img; `truncate -s 1M none.img` makes one of 1 MiB",
    ],
    ["that is a directory", ["--block:disk=directory.mjs"], "directory.mjs is a directory"],
    ["that is a pipe", ["--block:disk=pipe"], "pipe is neither a regular file nor a block device"],
    [
      "that is a character device",
      ["--block:disk=/dev/null"],
      "/dev/null is neither a regular file nor a block device",
    ],
    [
      "smaller than one sector",
      ["--block:disk=small.img"],
      "small.img has 511 bytes, less than one block of 512",
    ],
    [
      "smaller than one larger sector",
      ["--block:disk=disk.img", "--block-sector-size:disk=8192"],
      "disk.img has 4096 bytes, less than one block of 8192",
    ],
    [
      "that is not a whole number of sectors",
      ["--block:disk=odd.img"],
      "odd.img has 1025 bytes, not a whole number of blocks of 512",
    ],
  ])("%s", async (_, options, text) => {
    const found = await fault([...options, declares, "block:disk"]);
    expect(found).toMatch(/^solo5-node: block device disk: /);
    expect(found).toContain(text);
  });

  test.each([
    ["that its user may not open", "closed.img"],
    ["that its user may not write", "read-only.img"],
  ])("%s", async (_, file) => {
    expect(await fault([`--block:disk=${file}`, declares, "block:disk"], ORDINARY)).toBe(
      `solo5-node: block device disk: no permission to read and write ${file} (permission denied); \`ls -l ${file}\` shows who may\n`,
    );
  });

  test("and its file is left alone", async () => {
    await fault(["--block:disk=odd.img", declares, "block:disk"]);
    expect(statSync(join(folder, "odd.img")).size).toBe(1025);
  });
});

describe("an inherited descriptor is refused with status 1", () => {
  test("that is not open", async () => {
    const found = await fault(["--net:service=@99", program("declares.mjs"), "net:service"]);
    expect(found).toContain("net device service: descriptor 99 is not open");
  });

  test("that is not a TAP", async () => {
    const descriptor = openSync("/dev/null", "r+");
    const { status, stderr } = await solo5Node(
      ["--net:service=@3", program("declares.mjs"), "net:service"],
      { descriptors: [descriptor] },
    );
    closeSync(descriptor);
    expect(status).toBe(1);
    expect(stderr).toContain("net device service: descriptor 3 is not an attached TAP");
  });
});

describe("a program is refused with status 1", () => {
  test.each<[string, string, string]>([
    ["that is missing", "none.mjs", "there is no PROGRAM none.mjs"],
    ["that is a directory", "directory.mjs", "PROGRAM directory.mjs is a directory"],
    ["that is no JavaScript", "disk.img", 'PROGRAM is a .js, .mjs or .ts file, and got "disk.img"'],
    ["without a name", "", 'PROGRAM is a .js, .mjs or .ts file, and got ""'],
  ])("%s", async (_, path, text) => {
    expect(await fault(["--", path])).toBe(`solo5-node: ${text}\n`);
  });

  test("that its user may not read", async () => {
    expect(await fault(["closed.mjs"], ORDINARY)).toBe(
      "solo5-node: no permission to read PROGRAM closed.mjs; chmod +r would give it\n",
    );
  });

  test("in TypeScript, where this Node can't run that; else it runs", async () => {
    const env = { ...process.env, NODE_OPTIONS: "" };
    const ended = await solo5Node([program("typed.ts")], { env });
    if (runsTypeScript) {
      expect(ended).toMatchObject({ status: 0, stdout: "typed\n" });
    } else {
      expect(ended).toMatchObject({ status: 1, stdout: "" });
      expect(ended.stderr).toContain(`this Node (${process.version}) can't run TypeScript`);
    }
  });

  test.skipIf(runsTypeScript)("in TypeScript, where a loader can't run it either", async () => {
    const env = { ...process.env, NODE_OPTIONS: "--import data:text/javascript," };
    const { status, stderr } = await solo5Node([program("typed.ts")], { env });
    expect(status).toBe(1);
    expect(stderr).toContain("can't run TypeScript, as PROGRAM");
  });
});

describe("declared and attached devices", () => {
  const declares = program("declares.mjs");

  test("that fit start the program", async () => {
    const argv = ["--block:disk=disk.img", "--block-sector-size:disk=1024", declares, "block:disk"];
    expect(await solo5Node(argv, { cwd: folder })).toEqual({
      status: 0,
      signal: null,
      stdout: "block disk 4096 1024\n",
      stderr: "",
    });
  });

  test("that were named behind PROGRAM are told as such", async () => {
    expect(await fault([declares, "net:service", "--net:service=tap0"])).toBe(
      'solo5-node: the program declares the network device "service", and nothing is attached to it; ' +
        "--net:service=tap0 stands behind PROGRAM, where all is the program's own: put it before\n",
    );
  });

  test("are refused where one is declared and not attached", async () => {
    expect(await fault([declares, "net:service"])).toBe(
      'solo5-node: the program declares the network device "service", and nothing is attached to it; add --net:service=IFACE\n',
    );
  });

  test("are refused where one is attached and not declared", async () => {
    expect(await fault(["--block:disk=disk.img", declares])).toBe(
      'solo5-node: the block device "disk" is attached, and the program does not declare it (it declares: none)\n',
    );
  });

  test("are refused where the kinds differ", async () => {
    expect(await fault(["--block:service=disk.img", declares, "net:service"])).toBe(
      'solo5-node: the program declares "service" as a network device, and it is attached as a block device; use --net:service=IFACE\n',
    );
  });

  test("are refused with every difference at once", async () => {
    const argv = [
      "--block:a=disk.img",
      "--block:b=spare.img",
      declares,
      "block:a",
      "net:c",
      "block:d",
    ];
    const { status, stdout, stderr } = await solo5Node(argv, { cwd: folder });
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr.split("\n")).toEqual([
      "solo5-node: 3 faults, nothing was started:",
      expect.stringContaining('declares the network device "c"'),
      expect.stringContaining('declares the block device "d"'),
      expect.stringContaining('the block device "b" is attached'),
      "",
    ]);
  });

  test("need not all be declared again by a later run, and its refusal can be caught", async () => {
    expect(
      await solo5Node(["--block:disk=disk.img", program("runs-twice.mjs")], { cwd: folder }),
    ).toEqual({
      status: 0,
      signal: null,
      stdout:
        "first\nsecond\nERR_SOLO5_ATTACHMENT\n" +
        'the program declares the network device "service", and nothing is attached to it; add --net:service=IFACE\n',
      stderr: "",
    });
  });

  test("are refused at the end of a program that declares none", async () => {
    const { status, stderr } = await solo5Node(
      ["--block:disk=disk.img", program("status.mjs"), "0"],
      {
        cwd: folder,
      },
    );
    expect(status).toBe(1);
    expect(stderr).toContain("ended without declaring any device, and attached are: disk");
  });

  test("leave a program that exits by itself its own status, declared or not", async () => {
    const argv = ["--block:disk=disk.img", program("exits.mjs"), "0"];
    expect(await solo5Node(argv, { cwd: folder })).toMatchObject({ status: 0, stderr: "" });
  });

  test("leave a failing program its own status", async () => {
    const { status } = await solo5Node(["--block:disk=disk.img", program("status.mjs"), "4"], {
      cwd: folder,
    });
    expect(status).toBe(4);
  });
});

describe("a faulty option ends solo5-node with status 1", () => {
  test.each<[string, string[], string]>([
    ["that is unknown", ["--bogus"], "--bogus: unknown option"],
    ["of a later version", ["--stats=1"], "--stats=1: unknown option"],
    [
      "for a device given twice",
      ["--block:a=x", "--block:a=y"],
      'the device name "a" is taken by --block:a=x',
    ],
    [
      "for two kinds of one name",
      ["--net:a=@9", "--block:a=y"],
      'the device name "a" is taken by --net:a=@9',
    ],
    [
      "with a bad device name",
      ["--net:a_b=tap0"],
      'the device name "a_b" may have letters and digits only',
    ],
    ["with a bad interface name", ["--net:a=a/b"], "can't be an interface name"],
    ["with a bad descriptor", ["--net:a=@tap0"], "@ wants the number of an open descriptor"],
    ["with a multicast address", ["--net-mac:a=01:00:00:00:00:01"], "is a multicast address"],
    ["with an address too short", ["--net-mac:a=02:00:00:00:01"], "has 5 bytes; wanted are 6"],
    [
      "with an address for no device",
      ["--net-mac:a=02:00:00:00:00:01"],
      'no network device "a" is attached',
    ],
    [
      "with a sector size of no power",
      ["--block-sector-size:a=1000"],
      "the sector size 1000 is not a power of two",
    ],
    [
      "with a sector size for no device",
      ["--block-sector-size:a=512"],
      'no block device "a" is attached',
    ],
  ])("%s", async (_, options, text) => {
    const { status, stdout, stderr } = await solo5Node([...options, program("status.mjs"), "0"]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/^solo5-node: /);
    expect(stderr).toContain(text);
  });
});

test("every fault of options, program and devices is named at once, and nothing is started", async () => {
  const { status, stdout, stderr } = await solo5Node(
    ["--bogus", "--block:a=none.img", "--block:b=small.img", "--net-mac:c=x", "none.mjs"],
    { cwd: folder },
  );
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr.split("\n")).toEqual([
    "solo5-node: 6 faults, nothing was started:",
    expect.stringContaining("--bogus: unknown option"),
    expect.stringContaining('"x" is no hardware address'),
    expect.stringContaining('no network device "c" is attached'),
    expect.stringContaining("there is no PROGRAM none.mjs"),
    expect.stringContaining("there is no file none.img"),
    expect.stringContaining("small.img has 511 bytes"),
    "",
  ]);
});

test("no arguments at all name what is missing", async () => {
  expect(await fault([])).toBe(
    "solo5-node: PROGRAM is missing: solo5-node [OPTIONS] [--] PROGRAM [ARGS]\n",
  );
});
