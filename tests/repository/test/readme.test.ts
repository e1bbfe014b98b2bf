// The repository's own README: its example runs, its links lead somewhere.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createWorld } from "@miou-solo5/sim";
import { attach, ms, net, sleep } from "miou-solo5";
import { describe, expect, test } from "vitest";
import { readmeExamples } from "../../../tooling/readme-example.ts";
import { textFiles } from "./files.ts";
import { root } from "./packages.ts";

const readme = new URL("../../../README.md", import.meta.url);

describe("the README's example", () => {
  const [example] = readmeExamples(readme, new URL("../", import.meta.url));

  test("type-checks", { timeout: 60_000 }, () => {
    expect(example?.typeErrors()).toEqual([]);
  });

  test("prints what it says when frames come as it says", async () => {
    const world = createWorld();
    const onConsole = (bytes: Uint8Array) => void process.stdout.write(bytes);
    const machine = world.machine("example", { onConsole });
    const peer = world.machine("peer");
    world.wire(machine.net("service"), peer.net("service"));
    const detach = attach(machine.solo5);
    const printed = example?.run().finally(detach);
    // The module has been loaded when the device has been asked for.
    let loaded = false;
    const { netAcquire } = machine.solo5;
    Object.assign(machine.solo5, {
      netAcquire(name: string) {
        loaded = true;
        return netAcquire(name);
      },
    });
    while (!loaded) {
      await new Promise((resolve) => setImmediate(resolve));
      world.run(0);
    }
    const echoed = peer.start([net("service")], function* send(service) {
      const sizes: number[] = [];
      for (const [wait, size] of [
        [200, 60],
        [600, 64],
        [600, 1514],
      ] as const) {
        yield* sleep(ms(wait));
        service.write(new Uint8Array(size));
        sizes.push((yield* service.readBytes()).length);
      }
      return sizes;
    });
    world.run();
    expect(await printed).toBe(example?.expected);
    expect(await echoed.result).toEqual([60, 64, 1514]);
  });
});

test("links to files lead somewhere", () => {
  const broken = textFiles()
    .filter((path) => path.endsWith(".md"))
    .flatMap((path) => {
      const links = readFileSync(join(root, path), "utf8").matchAll(
        /\]\((?!\w+:|#)([^)#\s]+)[^)]*\)/g,
      );
      return [...links]
        .map(([, target = ""]) => target)
        .filter((target) => !existsSync(join(root, dirname(path), target)))
        .map((target) => `${path}: ${target}`);
    });
  expect(broken).toEqual([]);
});
