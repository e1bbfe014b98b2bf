// Devices: named, acquired, counted, closed.
import type { Solo5 } from "@miou-solo5/scheduler";
import { describe, expect, test } from "vitest";
import { connect, net } from "../src/index.ts";
import { codeOf, filled, station, withoutBatches } from "./station.ts";

test.each(["", "a-b", "tap 0", "ä", "x".repeat(68), 7, undefined])(
  "%j is no device name",
  (name) => {
    expect(codeOf(() => net(name as string))).toBe("ERR_SOLO5_INVALID_ARGUMENT");
    expect(codeOf(() => connect(name as string, station().machine.solo5))).toBe(
      "ERR_SOLO5_INVALID_ARGUMENT",
    );
  },
);

test("a device says what the world said of it", () => {
  const here = station({ mtu: 9000, mac: Uint8Array.of(2, 0, 0, 0, 0, 9) });
  expect(net("x".repeat(67)).names).toEqual([{ name: "x".repeat(67), type: "NET_BASIC" }]);
  using device = connect("service", here.machine.solo5);
  expect(device).toMatchObject({ name: "service", mtu: 9000, frameSizeMax: 9014 });
  expect(device.mac).toEqual(Uint8Array.of(2, 0, 0, 0, 0, 9));
});

test("a device that can't be had fails the run, with the world's reason", async () => {
  const here = station();
  await expect(here.run([net("nonesuch")], function* () {})).rejects.toMatchObject({
    code: "ERR_SOLO5_DEVICES",
    errors: [{ code: "ERR_SOLO5_NO_DEVICE", device: "nonesuch" }],
  });
});

test("a run closes its devices, however it ended, and the next acquires them again", async () => {
  const here = station();
  const failing = here.run([net("service")], function* () {
    throw new Error("main's");
  });
  await expect(failing).rejects.toThrow("main's");
  let device: ReturnType<typeof connect> | undefined;
  await here.run([net("service")], function* (acquired) {
    device = acquired;
    expect(codeOf(() => connect("service"))).toBe("ERR_SOLO5_BUSY");
  });
  expect(codeOf(() => device?.write(filled(1)))).toBe("ERR_SOLO5_CLOSED");
});

test("a world that fails between acquiring and its slots keeps no handle", () => {
  const here = station();
  const { solo5 } = here.machine;
  const broken: Solo5 = {
    ...solo5,
    netReadSlots: () => {
      throw new Error("no memory");
    },
  };
  expect(() => connect("service", broken)).toThrow("no memory");
  connect("service", solo5).close();
});

describe("closing", () => {
  test("releases the device once", () => {
    const here = station();
    const device = connect("service", here.machine.solo5);
    device.close();
    using again = connect("service", here.machine.solo5);
    device.close();
    device[Symbol.dispose]();
    again.write(filled(1));
    expect(here.sent).toHaveLength(1);
  });

  test("works for a device that is gone, and main's value is not lost over it", async () => {
    const here = station();
    const value = await here.run([net("service")], function* () {
      here.port.remove();
      return "main's value";
    });
    expect(value).toBe("main's value");
  });

  test("releases the device where its counts can't be had", () => {
    const here = station();
    const { solo5 } = here.machine;
    const released: number[] = [];
    const broken: Solo5 = {
      ...solo5,
      netCounters: () => {
        throw new Error("no counts");
      },
      netRelease: (handle) => {
        released.push(handle);
        solo5.netRelease(handle);
      },
    };
    const device = connect("service", broken);
    expect(() => device.close()).toThrow("no counts");
    expect(released).toHaveLength(1);
    device.close();
    expect(codeOf(() => device.write(filled(1)))).toBe("ERR_SOLO5_CLOSED");
  });
});

describe("statistics", () => {
  const NONE = {
    framesReceived: 0,
    bytesReceived: 0,
    framesSent: 0,
    bytesSent: 0,
    receiveDropped: 0,
    receiveOversized: 0,
    sendDropped: 0,
  };

  test.each([
    ["batches", (solo5: Solo5) => solo5],
    ["no batches", withoutBatches],
  ])("count frames and bytes as the program gets and sends them: %s", async (_, variant) => {
    const here = station({ queueCountMax: 3 });
    for (let i = 0; i < 5; i++) here.port.receive(filled(i, 60 + i));
    here.port.receive(filled(9, 1515));
    const solo5 = variant(here.machine.solo5);
    await here.run(
      [net("service")],
      function* (device) {
        const world = { receiveDropped: 2, receiveOversized: 1 };
        expect(device.statistics()).toEqual({ ...NONE, ...world });
        yield* device.readBytes();
        yield* device.read(new Uint8Array(2000));
        device.write(filled(1, 100));
        expect(device.statistics()).toEqual({
          ...NONE,
          ...world,
          framesReceived: 2,
          bytesReceived: 121,
          framesSent: 1,
          bytesSent: 100,
        });
      },
      solo5,
    );
  });

  test("fill an object of the caller's, and leave its other fields alone", () => {
    using device = connect("service", station().machine.solo5);
    const mine = { ...NONE, framesSent: 99, note: "mine" };
    expect(device.statistics(mine)).toBe(mine);
    expect(mine).toEqual({ ...NONE, note: "mine" });
  });

  test("stay the last known ones of a device that is gone, and then closed", () => {
    const here = station();
    const device = connect("service", here.machine.solo5);
    here.port.receive(filled(1, 1515));
    expect(device.statistics().receiveOversized).toBe(1);
    here.port.remove();
    expect(device.statistics().receiveOversized).toBe(1);
    device.close();
    expect(device.statistics()).toEqual({ ...NONE, receiveOversized: 1 });
  });

  test("are zero for what the world does not say", () => {
    const { netCounters: _, ...solo5 } = station().machine.solo5;
    using device = connect("service", solo5);
    expect(device.statistics()).toEqual(NONE);
  });
});
