// What any world must do with network devices, on the simulation.
import { netCases } from "@miou-solo5/net/testing";
import { describe, test } from "vitest";
import { createWorld } from "../src/index.ts";

describe.each([
  { mtu: 1500, latency: 0 },
  { mtu: 1500, latency: 250 },
  { mtu: 9000, latency: 1_000_000 },
  { mtu: 256, latency: 0 },
])("a network device with MTU $mtu on a wire of $latency ns", ({ mtu, latency }) => {
  for (const { name, run } of netCases) {
    test(name, () =>
      run(() => {
        const world = createWorld({ seed: 7 });
        const machine = world.machine("both");
        world.wire(machine.net("left", { mtu }), machine.net("right", { mtu }), { latency });
        return {
          solo5: machine.solo5,
          names: ["left", "right"],
          mtu,
          pass: (duration) => world.run(world.now + duration),
          close: () => {},
        };
      }),
    );
  }
});
