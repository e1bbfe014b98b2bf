// A machine that crashes, starts again, or stands still.
import { block } from "@miou-solo5/block";
import { net } from "@miou-solo5/net";
import {
  clockMonotonic,
  inspect,
  ms,
  print,
  run,
  runSync,
  sleep,
  spawn,
} from "@miou-solo5/scheduler";
import { describe, expect, test } from "vitest";
import { createWorld } from "../src/index.ts";

const crashed = { name: "SimError", code: "ERR_SOLO5_CRASHED" };

describe("a crash", () => {
  test("ends everything at once: no further step, no finally, no output", async () => {
    const world = createWorld();
    const machine = world.machine("m");
    const steps: string[] = [];
    const running = machine.start([], function* () {
      spawn(function* child() {
        try {
          yield* sleep(ms(10));
          steps.push("child");
        } finally {
          steps.push("finally of child");
        }
      });
      try {
        for (;;) {
          print(`${clockMonotonic()}\n`);
          yield* sleep(ms(1));
        }
      } finally {
        steps.push("finally of main");
        print("bye\n");
      }
    });
    world.at(ms(2.5), () => machine.crash());
    world.run();
    await expect(running.result).rejects.toMatchObject(crashed);
    await running.cancel();
    expect(machine.console).toBe("0\n1000000\n2000000\n");
    expect(steps).toEqual([]);
    // Nobody's sleep moves the clock any more.
    expect(world.now).toBe(ms(2.5));
  });

  test("leaves what ended before as it ended", async () => {
    const world = createWorld();
    const [well, ill] = [world.machine("well"), world.machine("ill")];
    const done = well.start([], function* () {
      yield* sleep(10);
      return 7;
    });
    const failed = ill.start([], function* () {
      yield* sleep(10);
      throw new Error("of its own");
    });
    world.at(15, () => [well, ill].map((machine) => machine.crash()));
    world.at(20, () => [well, ill].map((machine) => machine.crash()));
    world.run();
    await expect(done.result).resolves.toBe(7);
    await expect(failed.result).rejects.toThrow("of its own");
  });

  test("can be looked into before", () => {
    const world = createWorld();
    const machine = world.machine("m");
    const running = machine.start([], () => sleep(100));
    world.at(50, () => {
      expect(`${inspect(running)}`).toContain("sleep until 100");
      machine.crash();
    });
    world.run();
    expect(world.now).toBe(50);
  });

  test("is no unhandled rejection for who doesn't await the run", async () => {
    const world = createWorld();
    const machine = world.machine("m");
    const seen: unknown[] = [];
    const listen = (error: unknown) => seen.push(error);
    process.on("unhandledRejection", listen);
    machine.start([], () => sleep(100));
    world.at(50, () => machine.crash());
    world.run();
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", listen);
    expect(seen).toEqual([]);
  });

  test("loses frames that wait, and those that come until a program is there again", async () => {
    const world = createWorld();
    const machine = world.machine("m");
    const port = machine.net("n");
    const got: number[] = [];
    machine.start([net("n")], function* (device) {
      yield* sleep(100);
      for (;;) got.push((yield* device.readBytes())[0] ?? -1);
    });
    for (const time of [50, 250, 350]) {
      world.at(time, () => port.receive(new Uint8Array(60).fill(time)));
    }
    world.at(70, () => machine.crash());
    world.at(300, () => machine.restart());
    world.run();
    expect(got).toEqual([350 & 255]);
    expect(port.counters.receiveDropped).toBe(1);
    world.stop();
  });

  test("lets what is on the wire arrive", () => {
    const world = createWorld();
    const [a, b] = [world.machine("a"), world.machine("b")];
    const port = b.net("n");
    world.wire(a.net("n"), port, { latency: 100 });
    a.start([net("n")], function* (device) {
      device.write(new Uint8Array(60));
      yield* sleep(ms(1));
      device.write(new Uint8Array(60));
    });
    world.at(50, () => a.crash());
    world.run();
    expect(port.take()).toEqual(new Uint8Array(60));
    expect(port.take()).toBeUndefined();
  });

  test("by its own program ends the turn in errors, and harms nobody else", async () => {
    const world = createWorld();
    const machine = world.machine("m");
    const codes: unknown[] = [];
    const running = machine.start([], function* () {
      machine.crash();
      for (const act of [() => print("x"), () => clockMonotonic()]) {
        try {
          act();
        } catch (error) {
          codes.push((error as { code: string }).code);
        }
      }
      yield* sleep(5);
      codes.push("went on");
    });
    world.run();
    await expect(running.result).rejects.toMatchObject(crashed);
    expect(codes).toEqual(["ERR_SOLO5_CRASHED", "ERR_SOLO5_CRASHED"]);
    expect(machine.console).toBe("");
  });

  test("ends a run that blocks the thread", () => {
    const world = createWorld();
    const machine = world.machine("m");
    const { solo5 } = machine;
    world.at(50, () => machine.crash());
    expect(() => runSync([], () => sleep(100), { solo5 })).toThrow(
      expect.objectContaining({ cause: expect.objectContaining(crashed) }),
    );
    expect(world.now).toBe(50);
    expect(() => solo5.netAcquire("n")).toThrow(expect.objectContaining(crashed));
    expect(machine.solo5).not.toBe(solo5);
    expect(runSync([], () => sleep(100), { solo5: machine.solo5 })).toBeUndefined();
    expect(world.now).toBe(150);
  });

  test("ends a run that was started with run, which nobody can tell", () => {
    const world = createWorld();
    const machine = world.machine("m");
    const steps: number[] = [];
    run(
      [],
      function* () {
        for (;;) {
          steps.push(clockMonotonic());
          yield* sleep(10);
        }
      },
      { solo5: machine.solo5 },
    );
    world.at(25, () => machine.crash());
    world.run();
    expect(steps).toEqual([0, 10, 20]);
  });
});

describe("a restart", () => {
  test("runs the same program from its beginning, with what the disk kept", async () => {
    const world = createWorld({ seed: 2 });
    const machine = world.machine("m");
    machine.disk("disk", { capacity: 512 });
    const seen: number[] = [];
    const first = machine.start([block("disk")], function* (disk) {
      const page = new Uint8Array(512);
      yield* disk.read(0, page);
      seen.push(page[0] ?? -1);
      page.fill((page[0] ?? 0) + 1);
      yield* disk.write(0, page);
      yield* disk.flush();
      yield* sleep(ms(1));
      return seen.length;
    });
    for (const time of [100, 200, 300]) world.at(time, () => machine.crash());
    const runs: Promise<unknown>[] = [];
    for (const time of [150, 200, 350]) world.at(time, () => runs.push(machine.restart().result));
    world.run();
    await expect(first.result).rejects.toMatchObject(crashed);
    await expect(runs[0]).rejects.toMatchObject(crashed);
    await expect(runs[1]).rejects.toMatchObject(crashed);
    expect(await runs[2]).toBe(4);
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  test("crashes what still runs", async () => {
    const world = createWorld();
    const machine = world.machine("m");
    machine.net("n");
    const running = machine.start([net("n")], () => sleep(1000));
    world.run(10);
    const again = machine.restart();
    world.run();
    await expect(running.result).rejects.toMatchObject(crashed);
    await again.result;
    expect(world.now).toBe(1010);
  });

  test("needs something that was started", () => {
    expect(() => createWorld().machine("m").restart()).toThrow(
      expect.objectContaining({ code: "ERR_SOLO5_INVALID_ARGUMENT" }),
    );
  });

  test("draws other random bytes than the time before", () => {
    const world = createWorld();
    const machine = world.machine("m");
    const drawn: string[] = [];
    const draw = () => {
      const bytes = new Uint8Array(8);
      machine.solo5.entropy(bytes);
      drawn.push(bytes.join());
    };
    draw();
    machine.crash();
    draw();
    expect(new Set(drawn).size).toBe(2);
  });
});

describe("a pause", () => {
  test("makes sleepers late, and keeps frames waiting", async () => {
    const world = createWorld();
    const machine = world.machine("m");
    const port = machine.net("n", { queueCountMax: 2 });
    const sleeper = machine.start([net("n")], function* (device) {
      yield* sleep(100);
      // Its own clock, and the world's: it does nothing before both say so.
      const woken = [clockMonotonic(), world.now];
      yield* device.readBytes();
      yield* device.readBytes();
      return [...woken, clockMonotonic()];
    });
    world.at(50, () => machine.pause(500));
    for (const time of [200, 300, 400]) world.at(time, () => port.receive(new Uint8Array(60)));
    world.run();
    expect(await sleeper.result).toEqual([550, 550, 550]);
    expect(port.counters.receiveDropped).toBe(1);
  });

  test("that comes while a program waits for a frame delays the frame", async () => {
    const world = createWorld();
    const machine = world.machine("m");
    const port = machine.net("n");
    const reader = machine.start([net("n")], function* (device) {
      yield* device.readBytes();
      return clockMonotonic();
    });
    world.at(10, () => machine.pause(100));
    world.at(50, () => machine.pause(100));
    world.at(60, () => port.receive(new Uint8Array(60)));
    world.run();
    expect(await reader.result).toBe(210);
  });

  test("holds a run that blocks the thread, while others go on", () => {
    const world = createWorld();
    const machine = world.machine("m");
    const other = world.machine("other");
    const times: number[] = [];
    other.start([], function* () {
      for (let i = 0; i < 4; i++) {
        yield* sleep(100);
        times.push(clockMonotonic());
      }
    });
    world.at(50, () => machine.pause(500));
    const woken = runSync(
      [],
      function* () {
        yield* sleep(60);
        return clockMonotonic();
      },
      { solo5: machine.solo5 },
    );
    expect(woken).toBe(550);
    expect(times).toEqual([100, 200, 300, 400]);
  });

  test("is over with a crash", () => {
    const world = createWorld();
    const machine = world.machine("m");
    const starts: number[] = [];
    machine.start([], function* () {
      starts.push(clockMonotonic());
      yield* sleep(1000);
    });
    world.at(10, () => machine.pause(500));
    world.at(20, () => machine.restart());
    world.run();
    expect(starts).toEqual([0, 20]);
    expect(world.now).toBe(1020);
  });

  test("is refused where it makes no sense", () => {
    const machine = createWorld().machine("m");
    for (const duration of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => machine.pause(duration)).toThrow("a pause takes 0 ns or more");
    }
  });
});
