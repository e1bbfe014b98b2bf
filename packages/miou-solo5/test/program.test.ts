// A program over the umbrella alone: as the design has it, with the types that a user sees.
import { fileURLToPath } from "node:url";
import { createWorld } from "@miou-solo5/sim";
import { build } from "esbuild";
import { expect, expectTypeOf, test } from "vitest";
import {
  type Block,
  block,
  constant,
  map,
  ms,
  type Net,
  net,
  print,
  run,
  sleep,
  spawn,
} from "../src/index.ts";

test("frames, pages and a ticker, side by side", async () => {
  const world = createWorld({ seed: 5 });
  const machine = world.machine("machine");
  const port = machine.net("service");
  const disk = machine.disk("disk", { capacity: 100 * 512 });
  for (let i = 0; i < 100; i++) disk.write(i * 512, new Uint8Array(512).fill(i));
  const sent: Uint8Array[] = [];
  port.send = (frame) => sent.push(frame);
  for (let i = 0; i < 100; i++) {
    world.at(ms(20 * i), () => port.receive(new Uint8Array(60 + i).fill(i)));
  }
  const pages: number[] = [];

  const program = run(
    [net("service"), block("disk")],
    function* (service, disk) {
      const ticker = spawn(function* alive() {
        while (true) {
          yield* sleep(ms(500));
          print("alive\n");
        }
      });
      const frame = new Uint8Array(service.frameSizeMax);
      const page = new Uint8Array(disk.pageSize);
      for (let i = 0; i < 100; i++) {
        const size = yield* service.read(frame);
        yield* disk.read(i * disk.pageSize, page);
        service.write(frame, 0, size);
        pages.push(page[511] ?? -1);
      }
      yield* ticker.cancel();
    },
    { solo5: machine.solo5 },
  );

  world.run();
  await program;
  expect(sent).toEqual(Array.from({ length: 100 }, (_, i) => new Uint8Array(60 + i).fill(i)));
  expect(pages).toEqual(Array.from({ length: 100 }, (_, i) => i));
  // The 100th frame comes at 1.98 s.
  expect(machine.console).toBe("alive\nalive\nalive\n");
  expect(world.now).toBe(ms(1980));
});

test("main gets one value a device, each of its own type", async () => {
  const world = createWorld();
  const machine = world.machine("machine");
  machine.net("service");
  machine.disk("disk", { capacity: 512 });
  const both = map([net("service"), block("disk")], function* (service, disk) {
    return { mtu: service.mtu, capacity: disk.capacity };
  });
  const program = run(
    [constant("one"), both, constant(3)],
    function* (...values) {
      expectTypeOf(values).toEqualTypeOf<[string, { mtu: number; capacity: number }, number]>();
      return values;
    },
    { solo5: machine.solo5 },
  );
  expectTypeOf(program).toEqualTypeOf<
    Promise<[string, { mtu: number; capacity: number }, number]>
  >();
  world.run();
  expect(await program).toEqual(["one", { mtu: 1500, capacity: 512 }, 3]);

  // What a compiler must refuse; never run.
  const refused = () => {
    run([net("service"), block("disk")], function* (service, disk) {
      expectTypeOf(service).toEqualTypeOf<Net>();
      expectTypeOf(disk).toEqualTypeOf<Block>();
    });
    // @ts-expect-error the devices come in the order of the list
    run([net("service"), block("disk")], function* (_disk: Block, _service: Net) {});
    // @ts-expect-error the second device is not in the list
    run([net("service")], function* (_service: Net, _disk: Block) {});
    // @ts-expect-error a device, not its name
    run(["service"], function* () {});
    // @ts-expect-error the star is missing, and what is yielded is no suspension
    run([net("service")], function* (service) {
      yield service.readBytes();
    });
  };
  expect(refused).toBeTypeOf("function");
});

test("the main entry holds no host and no Node", async () => {
  const modulesOf = async (entry: string) => {
    const { metafile } = await build({
      entryPoints: [fileURLToPath(new URL(`../src/${entry}.ts`, import.meta.url))],
      absWorkingDir: fileURLToPath(new URL("../../..", import.meta.url)),
      bundle: true,
      format: "esm",
      write: false,
      metafile: true,
      platform: entry === "host" ? "node" : "neutral",
      logLevel: "silent",
      // As the published packages: what they depend on is looked for from where they are.
      mainFields: ["module", "main"],
    });
    return Object.entries(metafile.inputs).flatMap(([path, { imports }]) => [
      path,
      ...imports.map((one) => one.path),
    ]);
  };
  const main = await modulesOf("index");
  expect(main.some((path) => path.includes("packages/net/src/"))).toBe(true);
  expect(main.filter((path) => /packages.bindings|^node:/.test(path))).toEqual([]);
  const host = await modulesOf("host");
  expect(host.some((path) => path.includes("packages/bindings/src/"))).toBe(true);
});
