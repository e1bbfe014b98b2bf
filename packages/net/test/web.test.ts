// Frames for programs without tasks.
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { openNet } from "../src/web.ts";
import { realTime } from "./real-time.ts";
import { codeOf, filled, station } from "./station.ts";

async function opened() {
  const here = station();
  const solo5 = realTime(here);
  const device = await openNet(solo5, "service");
  const arrive = (...bytes: number[]) => {
    for (const byte of bytes) here.port.receive(filled(byte));
  };
  return { here, solo5, device, arrive };
}

const code = (name: string) => ({ code: name });

describe("opening", () => {
  test("gives what the device is, and closing gives it back", async () => {
    const { here, device } = await opened();
    expect(device).toMatchObject({ name: "service", mtu: 1500, frameSizeMax: 1514 });
    expect(device.mac).toEqual(here.port.mac);
    await device.close();
    await device.close();
    const again = await openNet(realTime(here), "service");
    await again.close();
  });

  test("is refused where there is no such device, with the reason", async () => {
    await expect(openNet(realTime(station()), "nonesuch")).rejects.toMatchObject({
      code: "ERR_SOLO5_DEVICES",
      errors: [code("ERR_SOLO5_NO_DEVICE")],
    });
  });

  test("is refused for what is no name, in a simulation, and in a world that is used", async () => {
    const { here, solo5, device } = await opened();
    await expect(openNet(solo5, "no name")).rejects.toMatchObject(
      code("ERR_SOLO5_INVALID_ARGUMENT"),
    );
    await expect(openNet(solo5, "service")).rejects.toMatchObject(code("ERR_SOLO5_BUSY"));
    const { solo5: simulated } = here.machine;
    await expect(openNet(simulated, "service")).rejects.toMatchObject(
      code("ERR_SOLO5_INVALID_ARGUMENT"),
    );
    await device.close();
  });
});

describe("frames()", () => {
  test("gives each frame once, in order, before and after it is asked for", async () => {
    const { device, arrive } = await opened();
    arrive(1, 2);
    setTimeout(5).then(() => arrive(3, 4));
    const got: number[] = [];
    for await (const frame of device.frames()) {
      expect(frame).toHaveLength(60);
      got.push(frame[0] ?? -1);
      if (got.length === 4) break;
    }
    expect(got).toEqual([1, 2, 3, 4]);
    await device.close();
  });

  test("shares the frames among iterations: each to the one that has waited longest", async () => {
    const { device, arrive } = await opened();
    const [a, b] = [device.frames(), device.frames()];
    const asked = [a.next(), b.next(), b.next(), a.next()];
    arrive(1, 2, 3, 4);
    const got = await Promise.all(asked);
    expect(got.map(({ value }) => value?.[0])).toEqual([1, 2, 3, 4]);
    await device.close();
  });

  test("left while it waits loses no frame", async () => {
    const { device, arrive } = await opened();
    const [a, b] = [device.frames(), device.frames()];
    const abandoned = a.next();
    await setTimeout(2);
    await a.return?.();
    expect(await abandoned).toEqual({ done: true, value: undefined });
    arrive(1);
    expect((await b.next()).value?.[0]).toBe(1);
    expect(await a.next()).toEqual({ done: true, value: undefined });
    await device.close();
  });

  test("left in the very turn in which its frame comes keeps that frame for the next", async () => {
    const { device, arrive } = await opened();
    for (let round = 0; round < 20; round++) {
      const abandoned = device.frames();
      const first = abandoned.next();
      await setTimeout(1);
      arrive(round);
      await abandoned.return?.();
      const taken = await first;
      // Somebody else asks at once, or when that turn is over.
      if (round % 2 === 0) await setTimeout(1);
      const other = device.frames();
      if (taken.done) expect((await other.next()).value?.[0]).toBe(round);
      else expect(taken.value[0]).toBe(round);
    }
    await device.close();
  });

  test("ends when the device is closed, also for who waits", async () => {
    const { device } = await opened();
    const waiting = device.frames().next();
    await setTimeout(2);
    await device.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await device.frames().next()).toEqual({ done: true, value: undefined });
    expect(codeOf(() => device.write(filled(1)))).toBe("ERR_SOLO5_CLOSED");
  });

  test("fails when the device fails, for who waits and who comes later; closing still works", async () => {
    const { here, device } = await opened();
    const waiting = [device.frames().next(), device.frames().next()];
    setTimeout(3).then(() => here.port.remove());
    const all = await Promise.allSettled(waiting);
    for (const one of all) {
      expect(one).toMatchObject({ status: "rejected", reason: code("ERR_SOLO5_DEVICE_GONE") });
    }
    await expect(device.frames().next()).rejects.toMatchObject(code("ERR_SOLO5_DEVICE_GONE"));
    await device.close();
  });

  test("holds the process only while somebody asks", async () => {
    const { solo5, device, arrive } = await opened();
    const settled = () => setTimeout(3);
    await settled();
    expect(solo5.isWaiting).toBe(false);
    const frames = device.frames();
    const asked = frames.next();
    await settled();
    expect(solo5.isWaiting).toBe(true);
    arrive(1);
    await asked;
    await settled();
    expect(solo5.isWaiting).toBe(false);
    const abandoned = frames.next();
    await settled();
    expect(solo5.isWaiting).toBe(true);
    await frames.return?.();
    await abandoned;
    await settled();
    expect(solo5.isWaiting).toBe(false);
    await device.close();
  });
});

describe("web streams", () => {
  test("carry one frame a chunk, both ways", async () => {
    const { here, device, arrive } = await opened();
    arrive(1, 2);
    const reader = device.readable.getReader();
    expect((await reader.read()).value[0]).toBe(1);
    expect((await reader.read()).value[0]).toBe(2);
    const writer = device.writable.getWriter();
    await writer.write(filled(7));
    await writer.write(filled(8));
    expect(here.sent).toEqual([filled(7), filled(8)]);
    expect(device.readable).toBe(device.readable);
    expect(device.writable).toBe(device.writable);
    expect(device.statistics()).toMatchObject({ framesReceived: 2, framesSent: 2 });
    const last = reader.read();
    await device.close();
    expect((await last).done).toBe(true);
  });

  test("take no frame that nobody asked for", async () => {
    const { device, arrive } = await opened();
    const { readable } = device;
    arrive(1);
    await setTimeout(3);
    expect(device.statistics().framesReceived).toBe(0);
    expect((await readable.getReader().read()).value[0]).toBe(1);
    await device.close();
  });

  test("cancelled while waiting leave the frame to others", async () => {
    const { solo5, device, arrive } = await opened();
    const reader = device.readable.getReader();
    const read = reader.read();
    await setTimeout(2);
    await reader.cancel();
    expect((await read).done).toBe(true);
    await setTimeout(2);
    expect(solo5.isWaiting).toBe(false);
    arrive(5);
    expect((await device.frames().next()).value?.[0]).toBe(5);
    await device.close();
  });

  test("fail with the device's error, and with that of a wrong frame", async () => {
    const { here, device } = await opened();
    const read = device.readable.getReader().read();
    const writer = device.writable.getWriter();
    writer.closed.catch(() => {});
    await expect(writer.write(filled(1, 13))).rejects.toMatchObject(code("ERR_SOLO5_FRAME_SIZE"));
    setTimeout(2).then(() => here.port.remove());
    await expect(read).rejects.toMatchObject(code("ERR_SOLO5_DEVICE_GONE"));
    await device.close();
  });
});
