// What the compiler says of programs that are wrong: that it refuses them, where, and in words that help. A message is
// read as a person reads it: its first line names what was given and wanted, its last one why they differ.
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";

const FOLDER = fileURLToPath(new URL("./", import.meta.url));
const IMPORTS =
  'import { attach, type Block, block, type Net, map, ms, net, race, run, runSync, sleep, spawn, start, until, type Task } from "miou-solo5";\n' +
  "void [attach, block, map, ms, net, race, run, runSync, sleep, spawn, start, until];\n" +
  "export type Used = [Block, Net, Task<void>];\n";

interface Fault {
  /** What is underlined. */
  readonly at: string;
  /** The message, and behind it each reason, one below the other. */
  readonly lines: readonly string[];
}

const RIGHT = {
  "devices and what main takes": `
    run([net("service"), block("disk")], function* (service, disk) {
      const frame = new Uint8Array(service.frameSizeMax);
      const size: number = yield* service.read(frame);
      const page = new Uint8Array(disk.pageSize);
      yield* disk.read(0, page);
      service.write(frame, 0, size);
    });`,
  "main that takes fewer than there are": `
    run([net("service"), block("disk")], function* (service) { yield* service.readBytes(); });`,
  "results of tasks, and of a run": `
    const ended: Promise<string> = run([], function* () {
      const task = spawn(function* answer() { yield* sleep(ms(1)); return 42; });
      const answer: number = yield* task;
      return String(answer);
    });
    void ended;`,
  "a device made of devices": `
    const pair = map([net("service"), block("disk")], function* (service, disk) {
      return { service, disk };
    });
    run([pair], function* ({ service, disk }) { service.write(new Uint8Array(disk.pageSize)); });`,
};

/** For each: what is underlined, the first line, the last line. */
const WRONG: Record<string, { code: string; faults: [at: string, first: RegExp, last: RegExp][] }> =
  {
    "devices in another order": {
      code: `run([net("service"), block("disk")], function* (disk: Block, service: Net) {
        service.write(new Uint8Array(disk.pageSize));
      });`,
      faults: [
        [
          "function",
          /'\(disk: Block, service: Net\) => .* is not assignable to parameter of type '\(values_0: Net, values_1: Block\) => Operation<void>'/,
          /Type 'Net' is missing the following properties from type 'Block': pageSize, capacity/,
        ],
      ],
    },
    "more than there are devices": {
      code: `run([net("service")], function* (service: Net, disk: Block) {
        service.write(new Uint8Array(disk.pageSize));
      });`,
      faults: [
        [
          "function",
          /'\(service: Net, disk: Block\) => .* is not assignable to parameter of type '\(values_0: Net\) => Operation<void>'/,
          /Target signature provides too few arguments. Expected 2 or more, but got 1/,
        ],
      ],
    },
    "a device's maker instead of the device": {
      code: "run([net], function* () {});",
      faults: [
        [
          "net",
          /'\(name: string\) => Device<Net>' is not assignable to type 'Device<unknown>'/,
          /'\(name: string\) => Device<Net>' is not assignable to type 'Device<unknown>'/,
        ],
      ],
    },
    "a device's name instead of the device": {
      code: 'run(["service"], function* () {});',
      faults: [['"service"', /'string' is not assignable to type 'Device<unknown>'/, /'string'/]],
    },
    "a device outside of a list": {
      code: 'run(net("service"), function* (service: Net) { yield* service.readBytes(); });',
      faults: [
        [
          'net("service")',
          /'Device<Net>' is not assignable to parameter of type 'readonly Device<unknown>\[\]'/,
          /missing the following properties from type 'readonly Device<unknown>\[\]'/,
        ],
      ],
    },
    "another device where one is made of devices": {
      code: 'void map([net("service")], function* (disk: Block) { return disk.pageSize; });',
      faults: [
        [
          "function",
          /'\(disk: Block\) => .*' is not assignable to parameter of type '\(values_0: Net\) => Operation<number>'/,
          /Type 'Net' is missing the following properties from type 'Block': pageSize/,
        ],
      ],
    },
    "an async function for a generator": {
      code: 'run([net("service")], async (service) => { service.write(new Uint8Array(60)); });',
      faults: [
        [
          "async (service) => { service.write(new Uint8Array(60)); }",
          /'\(service: Net\) => Promise<void>' is not assignable to parameter of type '\(values_0: Net\) => Operation<unknown>'/,
          /Property '\[Symbol.iterator\]' is missing in type 'Promise<void>' but required in type 'Operation<unknown>'/,
        ],
      ],
    },
    "the star forgotten": {
      code: `run([net("service")], function* (service) {
        yield service.read(new Uint8Array(service.frameSizeMax));
      });`,
      faults: [
        [
          "function",
          /'\(service: Net\) => Generator<Operation<number>, void, unknown>' is not assignable to parameter of type '\(values_0: Net\) => Operation<void>'/,
          /Property '\[\w+\]' is missing in type 'Operation<number>' but required in type 'Suspended'/,
        ],
      ],
    },
    "the star forgotten before a task": {
      code: `run([], function* () { yield spawn(function* () {}); });`,
      faults: [
        [
          "function",
          /'\(\) => Generator<Task<void>, void, unknown>' is not assignable/,
          /Property '\[\w+\]' is missing in type 'Task<void>' but required in type 'Suspended'/,
        ],
      ],
    },
    "the star forgotten in a task's body": {
      code: "run([], function* () { yield* spawn(function* () { yield sleep(ms(1)); }); });",
      faults: [
        [
          "function",
          /'\(\) => Generator<Operation<void>, void, unknown>' is not assignable/,
          /Property '\[\w+\]' is missing in type 'Operation<void>' but required in type 'Suspended'/,
        ],
      ],
    },
    "yield and star forgotten": {
      code: `run([net("service")], function* (service) {
        const size: number = service.read(new Uint8Array(service.frameSizeMax));
        return size;
      });`,
      faults: [["size", /'Operation<number>' is not assignable to type 'number'/, /'number'/]],
    },
    "a promise where an operation belongs": {
      code: "run([], function* () { yield* Promise.resolve(1); });",
      faults: [
        [
          "Promise.resolve(1)",
          /Type 'Promise<number>' must have a '\[Symbol.iterator\]\(\)' method that returns an iterator/,
          /Promise<number>/,
        ],
      ],
    },
    "a frame's reading where a page belongs": {
      code: `run([net("service"), block("disk")], function* (service, disk) {
        yield* disk.write(0, service.readBytes());
      });`,
      faults: [
        [
          "service.readBytes()",
          /'Operation<Uint8Array<ArrayBufferLike>>' is not assignable to parameter of type 'Uint8Array/,
          /is missing the following properties from type 'Uint8Array/,
        ],
      ],
    },
    "a frame where a page's offset belongs": {
      code: `run([net("service"), block("disk")], function* (service, disk) {
        const frame = yield* service.readBytes();
        yield* disk.write(frame, 0);
      });`,
      faults: [
        [
          "frame",
          /'Uint8Array<ArrayBufferLike>' is not assignable to parameter of type 'number'/,
          /'number'/,
        ],
      ],
    },
    "a page's reading where a frame belongs": {
      code: `run([net("service"), block("disk")], function* (service, disk) {
        service.write(disk.read(0, new Uint8Array(disk.pageSize)));
      });`,
      faults: [
        [
          "disk.read(0, new Uint8Array(disk.pageSize))",
          /'Operation<void>' is not assignable to parameter of type 'Uint8Array/,
          /is missing the following properties from type 'Uint8Array/,
        ],
      ],
    },
    "a text where a frame belongs": {
      code: 'runSync([net("service")], function* (service) { service.write("frame"); });',
      faults: [
        ['"frame"', /'string' is not assignable to parameter of type 'Uint8Array/, /'string'/],
      ],
    },
    "another result than the run's": {
      code: "const text: Promise<string> = run([], function* () { return 42; }); void text;",
      faults: [
        [
          "text",
          /'Promise<number>' is not assignable to type 'Promise<string>'/,
          /'number' is not assignable to type 'string'/,
        ],
      ],
    },
  };

/** Checks all modules as one program: a compiler's start takes seconds. */
function check(modules: Readonly<Record<string, string>>): Map<string, Fault[]> {
  const config = `${FOLDER}tsconfig.json`;
  const parsed = ts.getParsedCommandLineOfConfigFile(
    config,
    { noEmit: true },
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined },
  );
  if (parsed === undefined) throw new Error(`${config} can't be read`);
  const host = ts.createCompilerHost(parsed.options);
  const sources = new Map(
    Object.entries(modules).map(([title, code], index) => [
      `${FOLDER}snippet-${index}.ts`,
      { title, text: `${IMPORTS}${code}\n` },
    ]),
  );
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (path) => sources.get(path)?.text ?? readFile(path);
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.getSourceFile = (path, options, ...rest) => {
    const source = sources.get(path);
    if (source === undefined) return getSourceFile(path, options, ...rest);
    return ts.createSourceFile(path, source.text, options);
  };
  const program = ts.createProgram([...sources.keys()], parsed.options, host);
  return new Map(
    [...sources].map(([path, { title }]) => [
      title,
      ts.getPreEmitDiagnostics(program, program.getSourceFile(path)).map((each) => ({
        at: (each.file?.text ?? "").slice(each.start, (each.start ?? 0) + (each.length ?? 0)),
        lines: ts.flattenDiagnosticMessageText(each.messageText, "\n").split("\n"),
      })),
    ]),
  );
}

let found: Map<string, Fault[]>;
beforeAll(() => {
  const codes = Object.entries(WRONG).map(([title, { code }]) => [title, code]);
  found = check({ ...RIGHT, ...Object.fromEntries(codes) });
}, 60_000);

const faultsOf = (title: string): Fault[] => found.get(title) ?? [{ at: "not checked", lines: [] }];

describe("the compiler takes", () => {
  test.each(Object.keys(RIGHT))("%s", (title) => {
    expect(faultsOf(title)).toEqual([]);
  });
});

describe("the compiler refuses, in words that help,", () => {
  test.each(Object.entries(WRONG))("%s", (title, { faults }) => {
    const given = faultsOf(title);
    expect(given.map(({ at }) => at)).toEqual(faults.map(([at]) => at));
    for (const [index, [, first, last]] of faults.entries()) {
      const { lines } = given[index] as Fault;
      expect(lines[0]).toMatch(first);
      expect(lines.at(-1)).toMatch(last);
      // Names that a program knows, not those of the packages' insides; and not a page of them.
      expect(lines.join("\n")).not.toMatch(/import\(|\bany\b|DeviceValues|infer /);
      expect(lines.length).toBeLessThan(9);
      expect((lines[0] as string).length).toBeLessThan(240);
    }
  });
});
