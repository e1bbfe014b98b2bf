import { block } from "@miou-solo5/block";
import { net } from "@miou-solo5/net";
import { clockMonotonic, ms, sleep } from "@miou-solo5/scheduler";
import { expect, test } from "vitest";
import { createWorld } from "../src/index.ts";

test("two machines talk over a wire, in virtual time", async () => {
  const world = createWorld({ seed: 1 });
  const server = world.machine("server");
  const client = world.machine("client");
  world.wire(server.net("service"), client.net("uplink"), { latency: 250 });
  const echo = server.start([net("service")], function* (device) {
    const frame = new Uint8Array(device.frameSizeMax);
    const read = device.read(frame);
    for (;;) device.write(frame, 0, yield* read);
  });
  const asked = client.start([net("uplink")], function* (device) {
    const times: number[] = [];
    for (let i = 0; i < 3; i++) {
      device.write(new Uint8Array(60).fill(i));
      const answer = yield* device.readBytes();
      expect(answer).toEqual(new Uint8Array(60).fill(i));
      times.push(clockMonotonic());
    }
    return times;
  });
  world.run();
  expect(await asked.result).toEqual([500, 1000, 1500]);
  world.stop();
  await expect(echo.result).rejects.toMatchObject({ code: "ERR_SOLO5_CANCELLED" });
});

test("a frame queues for a machine that sleeps, and wakes one that waits", async () => {
  const world = createWorld();
  const machine = world.machine("a");
  const other = world.machine("b");
  world.wire(machine.net("n"), other.net("n"));
  const reader = machine.start([net("n")], function* (device) {
    yield* sleep(ms(5));
    const first = yield* device.readBytes();
    const second = yield* device.readBytes();
    return [first[0], second[0], clockMonotonic()];
  });
  other.start([net("n")], function* (device) {
    device.write(new Uint8Array(60).fill(1));
    yield* sleep(ms(7));
    device.write(new Uint8Array(60).fill(2));
  });
  world.run();
  expect(await reader.result).toEqual([1, 2, 7e6]);
});

test("a disk keeps what is written, and a flush comes back", async () => {
  const world = createWorld();
  const machine = world.machine("a");
  const disk = machine.disk("disk", { capacity: 4096 });
  const run = machine.start([block("disk")], function* (device) {
    const page = new Uint8Array(device.pageSize).fill(9);
    yield* device.write(512, page);
    yield* device.flush();
    yield* device.read(512, page.fill(0));
    return page[511];
  });
  world.run();
  expect(await run.result).toBe(9);
  const bytes = new Uint8Array(512);
  disk.read(512, bytes, 0);
  expect(bytes).toEqual(new Uint8Array(512).fill(9));
});
