// Tasks on real files: what the kernel does to them, and what lies on the disk afterwards.
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Host, host } from "@miou-solo5/bindings";
import {
  awaitAll,
  type Operation,
  runSync,
  run as runTasks,
  sleep,
  spawn,
  us,
  yieldNow,
} from "@miou-solo5/scheduler";
import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type Block, block } from "../src/index.ts";
import { seed } from "./seed.ts";

const LINUX = process.platform === "linux";
if (!LINUX && process.env["CI"] === "true") throw new Error("these tests may not be skipped in CI");
if (!LINUX) process.stderr.write("skipped: blocks in files: the host needs Linux\n");

const folder = mkdtempSync(join(tmpdir(), "miou-solo5-"));
const path = join(folder, "disk.img");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PAGE_COUNT = 32;

function attach(blockSize: number, readOnly = false): Host {
  return host({ block: { disk: { path, blockSize, readOnly } } });
}

function run<T>(main: (disk: Block) => Operation<T>, solo5: Host): Promise<T> {
  return runTasks([block("disk")], main, { solo5 }).finally(() => solo5.close());
}

const codeOf = (error: unknown) => {
  const { code, errno, syscall } = error as { code?: string; errno?: number; syscall?: string };
  return [code, errno, syscall].filter((part) => part !== undefined).join(" ");
};

describe.skipIf(!LINUX).each([512, 4096])("a file with pages of %i bytes", (pageSize) => {
  const capacity = PAGE_COUNT * pageSize;
  beforeEach(() => {
    rmSync(path, { force: true });
    writeFileSync(path, new Uint8Array(capacity));
  });

  test("the first and the last page are where they belong, also for a blocking run", async () => {
    const main = (first: number) =>
      function* (disk: Block) {
        const page = new Uint8Array(disk.pageSize);
        yield* disk.write(0, page.fill(first));
        yield* disk.write(disk.capacity - disk.pageSize, page.fill(first + 1));
        yield* disk.flush();
        yield* disk.read(0, page);
        return page[0];
      };
    const wanted = (first: number) => {
      const bytes = new Uint8Array(capacity).fill(first, 0, pageSize);
      return bytes.fill(first + 1, capacity - pageSize);
    };
    expect(await run(main(1), attach(pageSize))).toBe(1);
    expect(Buffer.compare(readFileSync(path), wanted(1))).toBe(0);
    using solo5 = attach(pageSize);
    expect(runSync([block("disk")], main(7), { solo5 })).toBe(7);
    expect(Buffer.compare(readFileSync(path), wanted(7))).toBe(0);
  });

  test("random operations of several tasks leave what a model has, byte for byte", async () => {
    const operation = fc.record({
      verb: fc.constantFrom("read", "write", "atomicRead", "atomicWrite", "flush", "cancelled"),
      index: fc.nat(PAGE_COUNT - 1),
      byte: fc.nat(255),
    });
    const model = new Uint8Array(readFileSync(path));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(operation, { maxLength: 15 }), { maxLength: 4 }),
        async (scripts) => {
          // Each task owns the pages whose index is its own modulo 4, so that the model is one whatever
          // the order in which they run.
          function* perform(disk: Block, owner: number, script: (typeof scripts)[0]) {
            const page = new Uint8Array(pageSize);
            for (const { verb, index, byte } of script) {
              const offset = ((index & ~3) | owner) * pageSize;
              if (verb === "write" || verb === "atomicWrite")
                model.fill(byte, offset, offset + pageSize);
              if (verb === "write") yield* disk.write(offset, page.fill(byte));
              else if (verb === "atomicWrite") disk.atomicWrite(offset, page.fill(byte));
              else if (verb === "flush") yield* disk.flush();
              else if (verb === "cancelled") {
                const writer = spawn(() => disk.write(offset, page.fill(byte + 1)));
                yield* yieldNow();
                yield* writer.cancel();
                // Queued, it is taken back; had its turn come just then, it is there as a whole.
                disk.atomicRead(offset, page);
                if (page.every((there) => there === ((byte + 1) & 0xff))) model.set(page, offset);
                if (Buffer.compare(page, model.subarray(offset, offset + pageSize)) !== 0) {
                  throw new Error(`half of a cancelled write at ${offset}`);
                }
              } else {
                page.fill(byte + 1);
                if (verb === "read") yield* disk.read(offset, page);
                else disk.atomicRead(offset, page);
                const wanted = model.subarray(offset, offset + pageSize);
                if (Buffer.compare(page, wanted) !== 0) throw new Error(`${verb} at ${offset}`);
              }
            }
          }
          await run(function* (disk) {
            const tasks = scripts.map((script, i) => spawn(() => perform(disk, i, script)));
            for (const task of tasks) yield* task;
          }, attach(pageSize));
          expect(Buffer.compare(readFileSync(path), model)).toBe(0);
        },
      ),
      { seed, numRuns: 40 },
    );
  });

  test("a file cut under a program fails what is gone, and nothing else", async () => {
    const found = await run(function* (disk) {
      const page = new Uint8Array(pageSize).fill(5);
      yield* disk.write(0, page);
      yield* disk.write(capacity - pageSize, page);
      truncateSync(path, 2 * pageSize);
      const tasks = [0, pageSize, 2 * pageSize, capacity - pageSize].map((offset) =>
        spawn(() => disk.read(offset, new Uint8Array(pageSize))),
      );
      const outcomes = yield* awaitAll(tasks);
      const codes = outcomes.map((outcome) =>
        outcome.status === "failed" ? codeOf(outcome.error) : outcome.status,
      );
      // Writing there makes it whole again.
      yield* disk.write(capacity - pageSize, page);
      yield* disk.read(capacity - pageSize, page.fill(0));
      return [...codes, page[0]];
    }, attach(pageSize));
    const gone = "ERR_SOLO5_IO 5 pread";
    expect(found).toEqual(["succeeded", "succeeded", gone, gone, 5]);
  });

  test("read-only: reads go on, writes are refused when called, the file is as it was", async () => {
    writeFileSync(path, new Uint8Array(capacity).fill(3));
    chmodSync(path, 0o444);
    const found = await run(
      function* (disk) {
        const page = new Uint8Array(pageSize);
        const codes: unknown[] = [disk.readOnly];
        for (const act of [() => disk.write(0, page), () => disk.atomicWrite(0, page)]) {
          try {
            act();
          } catch (error) {
            codes.push(codeOf(error));
          }
        }
        yield* disk.read(0, page);
        yield* disk.flush();
        return [...codes, page[0]];
      },
      attach(pageSize, true),
    );
    expect(found).toEqual([true, "ERR_SOLO5_READ_ONLY", "ERR_SOLO5_READ_ONLY", 3]);
    expect(readFileSync(path).every((byte) => byte === 3)).toBe(true);
  });

  test("flushes leave tasks and timers their turns, and a cancelled flusher is waited for", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const solo5 = attach(pageSize);
    const { blockFlush } = solo5;
    let under = 0;
    // The host itself, seen from outside: how many flushes the kernel has.
    solo5.blockFlush = (handle, done) => {
      under++;
      blockFlush?.call(solo5, handle, (error) => {
        under--;
        done(error);
      });
    };
    const steps = await run(function* (disk) {
      let steps = 0;
      const busy = spawn(function* () {
        for (; ; steps++) yield* sleep(us(50));
      });
      const page = new Uint8Array(pageSize);
      for (let i = 0; i < 20; i++) {
        yield* disk.write(0, page.fill(i));
        const flusher = spawn(() => disk.flush());
        yield* yieldNow();
        expect(under).toBe(1);
        yield* flusher.cancel();
        expect(under).toBe(0);
      }
      while (ticks === 0 || steps === 0) yield* sleep(us(500));
      yield* busy.cancel();
      return steps;
    }, solo5);
    clearInterval(timer);
    expect(steps).toBeGreaterThan(0);
    expect(ticks).toBeGreaterThan(0);
  });

  test("closing with writes queued leaves them on the disk", async () => {
    await run(function* (disk) {
      const writers = Array.from({ length: PAGE_COUNT }, (_, i) =>
        spawn(() => disk.write(i * pageSize, new Uint8Array(pageSize).fill(i + 1))),
      );
      yield* yieldNow();
      disk.close();
      for (const writer of writers) yield* writer;
    }, attach(pageSize));
    const bytes = readFileSync(path);
    for (let i = 0; i < PAGE_COUNT; i++) expect(bytes[i * pageSize]).toBe(i + 1);
  });

  test("the file is open to others again when the run is over", async () => {
    await run(function* () {}, attach(pageSize));
    closeSync(openSync(path, "r+"));
    await run(function* () {}, attach(pageSize));
  });
});
