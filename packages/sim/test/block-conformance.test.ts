// What any world must do with block devices, on the simulation.
import { blockCases } from "@miou-solo5/block/testing";
import { describe, test } from "vitest";
import { createWorld } from "../src/index.ts";
import { seed } from "./seed.ts";

describe.each([512, 4096, 65536])("a disk with blocks of %i bytes", (blockSize) => {
  for (const { name, run } of blockCases) {
    test(name, () =>
      run({
        blockSize,
        seed,
        make: ({ contents, readOnly }) => {
          const world = createWorld();
          const machine = world.machine("machine");
          machine.disk("disk", { capacity: contents.length, blockSize, readOnly, contents });
          return {
            solo5: machine.solo5,
            name: "disk",
            pass: (duration) => world.run(world.now + duration),
            close: () => {},
          };
        },
      }),
    );
  }
});
