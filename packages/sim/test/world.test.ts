// Machines, wires, disks, programs: how a world is built and run.
import { block } from "@miou-solo5/block";
import { net } from "@miou-solo5/net";
import {
  attach,
  clockMonotonic,
  clockWall,
  world as here,
  ms,
  print,
  programArguments,
  run,
  runSync,
  sleep,
  spawn,
  until,
} from "@miou-solo5/scheduler";
import { describe, expect, test } from "vitest";
import { createWorld, Disk, type World } from "../src/index.ts";

const fault = (code: string) => expect.objectContaining({ name: "SimError", code });

describe("wires", () => {
  test("carry frames both ways, in virtual time", async () => {
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

  test("leave frames in the device's queue while the machine does something else", async () => {
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

  test("drop and count what does not fit: a full queue, a longer MTU on the other side, no wire", () => {
    const world = createWorld();
    const [a, b] = [world.machine("a"), world.machine("b")];
    const wide = a.net("n", { mtu: 3000 });
    const narrow = b.net("n", { queueCountMax: 2 });
    const { handle } = a.solo5.netAcquire("n");
    const send = (size: number) => a.solo5.netWrite(handle, new Uint8Array(size), 0, size);
    send(60);
    expect(wide.counters).toEqual({ receiveDropped: 0, receiveOversized: 0, sendDropped: 1 });
    world.wire(wide, narrow);
    for (const size of [1514, 1515, 3014, 60, 60, 60]) send(size);
    world.run();
    expect(narrow.counters).toEqual({ receiveDropped: 2, receiveOversized: 2, sendDropped: 0 });
  });

  test("are refused where they can't be", () => {
    const world = createWorld();
    const ports = ["a", "b", "c"].map((name) => world.machine(name).net("n"));
    const [a, b, c] = ports as [(typeof ports)[0], (typeof ports)[0], (typeof ports)[0]];
    const stranger = createWorld().machine("d").net("n");
    for (const latency of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => world.wire(a, b, { latency })).toThrow(fault("ERR_SOLO5_INVALID_ARGUMENT"));
    }
    expect(() => world.wire(a, a)).toThrow(fault("ERR_SOLO5_INVALID_ARGUMENT"));
    expect(() => world.wire(a, stranger)).toThrow(fault("ERR_SOLO5_INVALID_ARGUMENT"));
    world.wire(a, b);
    expect(() => world.wire(b, c)).toThrow(fault("ERR_SOLO5_BUSY"));
    expect(c.send).toBeNull();
  });
});

describe("a port in a test's hands", () => {
  test("takes frames for the machine, and gives what it sends", async () => {
    const world = createWorld();
    const machine = world.machine("a");
    const port = machine.net("n");
    const sent: number[] = [];
    port.send = (frame) => sent.push(frame[0] ?? -1);
    machine.start([net("n")], function* (device) {
      for (;;) device.write(yield* device.readBytes());
    });
    world.at(100, () => port.receive(new Uint8Array(60).fill(1)));
    world.run();
    port.receive(new Uint8Array(60).fill(2));
    world.run();
    expect(sent).toEqual([1, 2]);
    expect(() => port.receive(new Uint8Array(13))).toThrow(fault("ERR_SOLO5_OUT_OF_RANGE"));
    world.stop();
  });

  test("that is removed fails every call, and stays removed", async () => {
    const world = createWorld();
    const machine = world.machine("a");
    const port = machine.net("n");
    const reading = machine.start([net("n")], (device) => device.readBytes());
    world.at(50, () => port.remove());
    world.run();
    await expect(reading.result).rejects.toMatchObject({
      code: "ERR_SOLO5_DEVICE_GONE",
      device: "n",
    });
    port.receive(new Uint8Array(60));
    expect(() => machine.solo5.netAcquire("n")).toThrow(fault("ERR_SOLO5_DEVICE_GONE"));
    expect(() => machine.solo5.netAcquire("n")).toThrow(fault("ERR_SOLO5_DEVICE_GONE"));
  });
});

describe("disks", () => {
  test("keep what is written, and a flush comes back", async () => {
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
    disk.read(512, bytes);
    expect(bytes).toEqual(new Uint8Array(512).fill(9));
  });

  test("can be carried from one machine to the next", () => {
    const world = createWorld();
    const disk = world.machine("before").disk("disk", { capacity: 1024 });
    disk.write(512, new Uint8Array(512).fill(5));
    const { solo5, disk: attach } = { ...machineOf(world, "after") };
    expect(attach(disk)).toBe(disk);
    const bytes = new Uint8Array(512);
    solo5.blockRead(solo5.blockAcquire("disk").handle, 512, bytes, 0);
    expect(bytes[0]).toBe(5);
  });

  test("hold their first contents, copied, and zeroes behind", () => {
    const contents = new Uint8Array(600).fill(7);
    const disk = new Disk({ capacity: 1536, contents });
    contents.fill(0);
    const bytes = new Uint8Array(512);
    disk.read(0, bytes);
    expect(bytes).toEqual(new Uint8Array(512).fill(7));
    disk.read(512, bytes);
    expect(bytes).toEqual(new Uint8Array(512).fill(7, 0, 88));
    disk.read(1024, bytes);
    expect(bytes).toEqual(new Uint8Array(512));
  });

  test("of terabytes cost what is written", () => {
    const disk = new Disk({ capacity: 2 ** 45, blockSize: 4096 });
    const bytes = new Uint8Array(4096).fill(1);
    disk.write(2 ** 45 - 4096, bytes);
    disk.read(2 ** 45 - 4096, bytes.fill(0));
    expect(bytes[4095]).toBe(1);
  });

  test.each([
    { capacity: 0 },
    { capacity: 513 },
    { capacity: -512 },
    { capacity: Number.NaN },
    { capacity: 1024, blockSize: 256 },
    { capacity: 3000, blockSize: 1000 },
    { capacity: 512, contents: new Uint8Array(513) },
  ])("of a wrong shape are refused: %j", (options) => {
    expect(() => new Disk(options)).toThrow(fault("ERR_SOLO5_INVALID_ARGUMENT"));
  });
});

function machineOf(world: World, name: string) {
  const machine = world.machine(name);
  return { solo5: machine.solo5, disk: (disk: Disk) => machine.disk("disk", disk) };
}

describe("programs", () => {
  test("get their arguments, both clocks, and a console of text", async () => {
    const world = createWorld();
    const machine = world.machine("a", { arguments: ["--verbose", "x"] });
    const done = machine.start([], function* () {
      print("äöü ");
      yield* sleep(ms(1500));
      print("€ 😀\n");
      return [programArguments(), clockMonotonic(), clockWall()];
    });
    world.run();
    expect(await done.result).toEqual([
      ["--verbose", "x"],
      1_500_000_000,
      1_767_225_601_500_000_000n,
    ]);
    expect(machine.console).toBe("äöü € 😀\n");
  });

  test("that write what is no UTF-8 show it as such; bytes cut between two writes are joined", () => {
    const { solo5, ...machine } = spread(createWorld().machine("a"));
    const reused = Buffer.from([0xe2, 0x82]);
    solo5.consoleWrite(reused);
    reused.fill(0);
    solo5.consoleWrite(
      Uint8Array.of(0xac, 0xff, 0x41, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0xe2),
    );
    expect(machine.console()).toBe("€\ufffdA\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd");
    solo5.consoleWrite(new Uint8Array(300_000).fill(0x61));
    expect(machine.console()).toHaveLength(300_011);
  });

  test("may be listened to instead", () => {
    const heard: number[] = [];
    const machine = createWorld().machine("a", { onConsole: (bytes) => heard.push(...bytes) });
    machine.solo5.consoleWrite(Uint8Array.of(1, 2));
    expect(heard).toEqual([1, 2]);
    expect(machine.console).toBe("");
  });

  test("that exit leave their status, and nothing of theirs goes on", async () => {
    const world = createWorld();
    const machine = world.machine("a");
    machine.net("n");
    const after: string[] = [];
    const run = machine.start([net("n")], function* () {
      const child = spawn(function* () {
        try {
          yield* sleep(ms(5));
          after.push("child went on");
        } finally {
          after.push(`cleanup at ${clockMonotonic()}`);
        }
      });
      yield* sleep(ms(1));
      here().exit(3);
      here().exit(4);
      yield* child;
      after.push("main went on");
    });
    expect(machine.status).toBeNull();
    world.run();
    expect(machine.status).toBe(3);
    expect(after).toEqual([`cleanup at ${ms(1)}`]);
    await expect(run.result).rejects.toMatchObject({ code: "ERR_SOLO5_CANCELLED" });
    // Everything was released: another program gets the device.
    const next = machine.start([net("n")], function* () {
      return "next";
    });
    world.run();
    expect(await next.result).toBe("next");
  });

  test.each([-1, 256, 1.5, Number.NaN])("can't exit with %d", (status) => {
    const { solo5 } = createWorld().machine("a");
    expect(() => solo5.exit(status)).toThrow(fault("ERR_SOLO5_INVALID_ARGUMENT"));
  });

  test("are one at a time on a machine", async () => {
    const world = createWorld();
    const machine = world.machine("a");
    const first = machine.start([], () => sleep(10));
    expect(() => machine.start([], () => sleep(10))).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_BUSY" }),
    );
    world.run();
    await first.result;
    const second = machine.start([], () => sleep(10));
    world.run();
    await second.result;
  });

  test("may be started by `run` in an attached world, or block in `runSync` while others go on", async () => {
    const world = createWorld();
    const [a, b] = [world.machine("a"), world.machine("b")];
    world.wire(a.net("n"), b.net("n"), { latency: 100 });
    b.start([net("n")], function* (device) {
      for (;;) device.write(yield* device.readBytes());
    });
    const got = runSync(
      [net("n")],
      function* (device) {
        device.write(new Uint8Array(60).fill(4));
        const frame = yield* device.readBytes();
        yield* sleep(50);
        return [frame[0], clockMonotonic()];
      },
      { solo5: a.solo5 },
    );
    expect(got).toEqual([4, 250]);
    const detach = attach(a.solo5);
    try {
      const running = run([net("n")], function* (device) {
        return device.name;
      });
      world.run();
      expect(await running).toBe("n");
    } finally {
      detach();
    }
    world.stop();
  });

  test("can't wait for promises: nothing repeatable settles them", async () => {
    const world = createWorld();
    const run = world.machine("a").start([], () => until(Promise.resolve(1)));
    world.run();
    await expect(run.result).rejects.toMatchObject({ code: "ERR_SOLO5_PROMISE_IN_SYNC" });
  });

  test("of a stopped world need not be awaited; failures of their own do", async () => {
    const world = createWorld();
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    try {
      world.machine("endless").start([], () => sleep(Infinity));
      const failure = new Error("its own");
      world.machine("failing").start([], function* () {
        throw failure;
      });
      world.run(10);
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(unhandled).toEqual([failure]);
      world.stop();
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(unhandled).toEqual([failure]);
    } finally {
      process.off("unhandledRejection", note);
    }
  });
});

describe("a world", () => {
  test("runs up to a deadline, and on from there", () => {
    const world = createWorld();
    const happened: number[] = [];
    for (const time of [30, 10, 20]) world.at(time, () => happened.push(time));
    world.run(20);
    expect(happened).toEqual([10, 20]);
    expect(world.now).toBe(20);
    world.run(25);
    expect(world.now).toBe(25);
    world.run(5);
    expect(world.now).toBe(25);
    world.at(1, () => happened.push(world.now));
    world.run();
    expect(happened).toEqual([10, 20, 25, 30]);
  });

  test("throws what a plan throws, and goes on after it", () => {
    const world = createWorld();
    const happened: string[] = [];
    world.at(10, () => {
      throw new Error("the plan's");
    });
    world.at(20, () => happened.push("later"));
    expect(() => world.run()).toThrow("the plan's");
    world.run();
    expect(happened).toEqual(["later"]);
  });

  test("does not run inside itself", async () => {
    const world = createWorld();
    const inner: unknown[] = [];
    const attempt = () => {
      try {
        world.run();
      } catch (error) {
        inner.push((error as { code: string }).code);
      }
    };
    world.at(1, attempt);
    const machine = world.machine("a", { onConsole: attempt });
    machine.start([], function* () {
      print("x");
    });
    world.run();
    expect(inner).toEqual(["ERR_SOLO5_BUSY", "ERR_SOLO5_BUSY"]);
  });

  test("refuses what makes no sense, before anything has happened", () => {
    const world = createWorld();
    const machine = world.machine("a");
    const wrong: (() => unknown)[] = [
      () => createWorld({ seed: 0.5 }),
      () => createWorld({ seed: Number.NaN }),
      () => createWorld({ turnCountMax: 0 }),
      () => world.machine("a"),
      () => world.at(Number.NaN, () => {}),
      () => world.at(Number.POSITIVE_INFINITY, () => {}),
      () => world.run(Number.NaN),
      () => machine.net("no name"),
      () => machine.net("n", { mtu: 67 }),
      () => machine.net("n", { mtu: 65_522 }),
      () => machine.net("n", { mac: new Uint8Array(5) }),
      () => machine.net("n", { queueCountMax: 0 }),
      () => machine.disk("disk", { capacity: 1 }),
      () => machine.solo5.wait(Number.NaN, () => {}),
      () => machine.solo5.wait(0, undefined as never),
      () => machine.solo5.yield(Number.NaN, new Uint32Array(2)),
    ];
    for (const act of wrong) expect(act).toThrow(fault("ERR_SOLO5_INVALID_ARGUMENT"));
    // None of them took the name.
    machine.net("n");
    expect(() => machine.disk("n", { capacity: 512 })).toThrow(fault("ERR_SOLO5_INVALID_ARGUMENT"));
    machine.disk("disk", { capacity: 512 });
  });

  test("gives a machine 63 handles, for both kinds together", () => {
    const machine = createWorld().machine("a");
    const handles = new Set<number>();
    for (let i = 0; i < 64; i++) {
      if (i % 2 === 0) machine.net(`d${i}`);
      else machine.disk(`d${i}`, { capacity: 512 });
    }
    const acquire = (i: number) =>
      i % 2 === 0 ? machine.solo5.netAcquire(`d${i}`) : machine.solo5.blockAcquire(`d${i}`);
    for (let i = 0; i < 63; i++) handles.add(acquire(i).handle);
    expect([...handles].sort((x, y) => x - y)).toEqual(Array.from({ length: 63 }, (_, i) => i + 1));
    expect(() => acquire(63)).toThrow(fault("ERR_SOLO5_BUSY"));
    machine.solo5.netRelease(1);
    expect(acquire(63).handle).toBe(1);
  });

  test("tells which of 63 devices have input, to the last bit", async () => {
    const world = createWorld();
    const machine = world.machine("a");
    const ports = Array.from({ length: 63 }, (_, i) => machine.net(`n${i}`));
    const devices = ports.map(({ name }) => net(name));
    const run = machine.start(devices, function* (...acquired) {
      const readers = acquired.map((device) => spawn(() => device.readBytes()));
      const got: number[] = [];
      for (const reader of readers) got.push((yield* reader)[0] ?? -1);
      return got;
    });
    // From the last to the first, so that the order is not that of the handles.
    ports.forEach((port, i) => world.at(100 - i, () => port.receive(new Uint8Array(60).fill(i))));
    world.run();
    expect(await run.result).toEqual(Array.from({ length: 63 }, (_, i) => i));
  });
});

function spread(machine: ReturnType<World["machine"]>) {
  return { solo5: machine.solo5, console: () => machine.console };
}
