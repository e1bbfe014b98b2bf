// What any world must do with network devices, on the simulation.
import { netCases } from "@miou-solo5/net/testing";
import type { Solo5 } from "@miou-solo5/scheduler";
import { describe, test } from "vitest";
import { createWorld } from "../src/index.ts";

/** A world that offers nothing but what every world must. */
function plain(solo5: Solo5): Solo5 {
  const { netReadBatch, netReadSlots, netWriteBatch, netCounters, ...rest } = solo5;
  return rest;
}

describe.each([
  { mtu: 1500, latency: 0, which: "with batches" },
  { mtu: 1500, latency: 250, which: "with batches" },
  { mtu: 9000, latency: 1_000_000, which: "with batches" },
  { mtu: 256, latency: 0, which: "with batches" },
  { mtu: 1500, latency: 100, variant: plain, which: "without batches" },
])("a network device with MTU $mtu on a wire of $latency ns $which", (options) => {
  const { mtu, latency, variant = (solo5: Solo5) => solo5 } = options;
  for (const { name, run } of netCases) {
    test(name, () =>
      run(() => {
        const world = createWorld({ seed: 7 });
        const machine = world.machine("both");
        world.wire(machine.net("left", { mtu }), machine.net("right", { mtu }), { latency });
        return {
          solo5: variant(machine.solo5),
          names: ["left", "right"],
          mtu,
          pass: (duration) => world.run(world.now + duration),
          close: () => {},
        };
      }),
    );
  }
});
