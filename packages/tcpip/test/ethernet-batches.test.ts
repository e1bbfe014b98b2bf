// Frames that are held leave together, in order; without batches each leaves at once.
import type { FrameBatch } from "@miou-solo5/scheduler";
import { describe, expect, test } from "vitest";
import { Counters, type FrameDevice } from "../src/index.ts";
import { Ethernet } from "../src/layers.ts";

const SLOTS = 4;
const OTHER = Uint8Array.of(2, 0, 0, 0, 0, 1);

/** Notes each call: the last byte of every frame that left with it. */
class Device implements FrameDevice {
  readonly mac = Uint8Array.of(2, 0, 0, 0, 0, 2);
  readonly mtu = 100;
  readonly calls: string[] = [];
  isBroken = false;

  write(bytes: Uint8Array, offset: number, size: number): void {
    this.calls.push(`single ${bytes[offset + size - 1]}`);
  }
}

class BatchDevice extends Device {
  createBatch(): FrameBatch {
    return { bytes: new Uint8Array(SLOTS * 120), slotSize: 120, sizes: new Int32Array(SLOTS) };
  }

  writeBatch({ bytes, slotSize, sizes }: FrameBatch, count: number): void {
    const last = (i: number) => bytes[i * slotSize + (sizes[i] as number) - 1];
    this.calls.push(Array.from({ length: count }, (_, i) => last(i)).join(" "));
    if (this.isBroken) throw new Error("gone");
  }
}

function linkOn<D extends Device>(device: D) {
  const counters = new Counters();
  const link = new Ethernet(device, counters);
  const send = (...marks: number[]) => {
    const bytes = new Uint8Array(200);
    for (const mark of marks) {
      bytes.fill(mark, 14, 74);
      link.send(bytes, 14, 60, OTHER, 0x0800);
    }
    bytes.fill(0xee);
  };
  return { device, link, send, counters };
}

describe("a device with batches", () => {
  test("gets each frame at once while nothing is held", () => {
    const { device, send } = linkOn(new BatchDevice());
    send(1, 2);
    expect(device.calls).toEqual(["single 1", "single 2"]);
  });

  test("gets what is held in one call, when the outermost hold is over", () => {
    const { device, link, send, counters } = linkOn(new BatchDevice());
    link.hold();
    send(1);
    link.hold();
    send(2);
    link.release();
    send(3);
    expect(device.calls).toEqual([]);
    link.release();
    expect(device.calls).toEqual(["1 2 3"]);
    expect(counters.framesSent).toBe(3);
  });

  test("gets more than there are slots in several calls, in order", () => {
    const { device, link, send } = linkOn(new BatchDevice());
    link.hold();
    send(1, 2, 3, 4, 5, 6, 7, 8, 9);
    link.release();
    expect(device.calls).toEqual(["1 2 3 4", "5 6 7 8", "9"]);
  });

  test("is not called where nothing was sent", () => {
    const { device, link } = linkOn(new BatchDevice());
    link.hold();
    link.release();
    expect(device.calls).toEqual([]);
  });

  test("that fails is not given the same frames again", () => {
    const { device, link, send } = linkOn(new BatchDevice());
    link.hold();
    send(1);
    device.isBroken = true;
    expect(() => link.release()).toThrow("gone");
    device.isBroken = false;
    send(2);
    link.hold();
    send(3);
    link.release();
    expect(device.calls).toEqual(["1", "single 2", "3"]);
  });
});

test("a device without batches gets each frame at once, held or not", () => {
  const { device, link, send } = linkOn(new Device());
  link.hold();
  send(1, 2);
  expect(device.calls).toEqual(["single 1", "single 2"]);
  link.release();
  expect(device.calls).toHaveLength(2);
});
