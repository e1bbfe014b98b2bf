// What leaves the machine, and what is refused before anything does.
import { describe, expect, test } from "vitest";
import { connect, type Net, net } from "../src/index.ts";
import { codeOf, filled, type Station, station, withoutBatches } from "./station.ts";

/** A device in use outside tasks: writing needs none. */
function device(here: Station, batches = true): Net {
  const { solo5 } = here.machine;
  return connect("service", batches ? solo5 : withoutBatches(solo5));
}

describe("write", () => {
  test("sends the range as one frame, now; the buffer may be used again at once", () => {
    const here = station();
    const buffer = filled(1, 100);
    using net = device(here);
    net.write(buffer);
    net.write(buffer.fill(2), 40);
    net.write(buffer.fill(3), 10, 14);
    buffer.fill(0);
    expect(here.sent).toEqual([filled(1, 100), filled(2, 60), filled(3, 14)]);
  });

  test.each([
    [14, "nothing thrown"],
    [1514, "nothing thrown"],
    [0, "ERR_SOLO5_FRAME_SIZE"],
    [13, "ERR_SOLO5_FRAME_SIZE"],
    [1515, "ERR_SOLO5_FRAME_SIZE"],
    [-1, "ERR_SOLO5_OUT_OF_RANGE"],
    [2001, "ERR_SOLO5_OUT_OF_RANGE"],
    [60.5, "ERR_SOLO5_OUT_OF_RANGE"],
    [Number.NaN, "ERR_SOLO5_OUT_OF_RANGE"],
  ])("of %d bytes: %s", (size, code) => {
    const here = station();
    using net = device(here);
    expect(codeOf(() => net.write(new Uint8Array(2000), 0, size))).toBe(code);
    expect(here.sent).toHaveLength(code === "nothing thrown" ? 1 : 0);
  });

  test.each([-1, 2001, 1990.5, Number.NaN, Number.POSITIVE_INFINITY])(
    "from offset %d is refused",
    (offset) => {
      const here = station();
      using net = device(here);
      expect(codeOf(() => net.write(new Uint8Array(2000), offset))).toBe("ERR_SOLO5_OUT_OF_RANGE");
      expect(here.sent).toEqual([]);
    },
  );

  test("says what was wanted and got, in bytes", () => {
    using net = device(station({ mtu: 9000 }));
    expect(() => net.write(new Uint8Array(9015))).toThrow(
      'network device "service": write: a frame has 14 to 9014 bytes (MTU 9000 and the Ethernet header), got 9015',
    );
  });

  test("to a device that is gone fails and counts nothing", () => {
    const here = station();
    using net = device(here);
    here.port.remove();
    const batch = net.createBatch(1);
    batch.sizes[0] = 60;
    for (const act of [
      () => net.write(filled(1)),
      () => net.writeString("x".repeat(60)),
      () => net.writeBatch(batch),
    ]) {
      expect(codeOf(act)).toBe("ERR_SOLO5_DEVICE_GONE");
    }
    expect(net.statistics()).toMatchObject({ framesSent: 0, bytesSent: 0 });
  });
});

describe("writeString", () => {
  test("sends one byte a code unit, in one frame", () => {
    const here = station();
    using net = device(here);
    net.writeString(`${"a".repeat(1512)}\0\u00ff`);
    net.writeString("b".repeat(14));
    expect(here.sent[0]).toEqual(Uint8Array.from([...filled(97, 1512), 0, 255]));
    expect(here.sent[1]).toEqual(filled(98, 14));
  });

  test("refuses what makes no frame, and what is no byte", () => {
    const here = station();
    using net = device(here);
    expect(codeOf(() => net.writeString(""))).toBe("ERR_SOLO5_FRAME_SIZE");
    expect(codeOf(() => net.writeString("a".repeat(1515)))).toBe("ERR_SOLO5_FRAME_SIZE");
    expect(codeOf(() => net.writeString("a".repeat(60).concat("\u0100")))).toBe(
      "ERR_SOLO5_NOT_LATIN1",
    );
    expect(here.sent).toEqual([]);
  });
});

describe.each([
  ["in one call", true],
  ["one by one", false],
])("writeBatch, where the world takes frames %s,", (_, batches) => {
  test("sends the first `count` slots, in order, each of its own size", () => {
    const here = station();
    using net = device(here, batches);
    const batch = net.createBatch(4);
    for (const [slot, size] of [14, 1514, 60, 61].entries()) {
      batch.bytes.fill(slot + 1, slot * batch.slotSize, (slot + 1) * batch.slotSize);
      batch.sizes[slot] = size;
    }
    net.writeBatch(batch, 3);
    net.writeBatch(batch, 0);
    batch.bytes.fill(0);
    expect(here.sent).toEqual([filled(1, 14), filled(2, 1514), filled(3, 60)]);
    expect(net.statistics()).toMatchObject({ framesSent: 3, bytesSent: 1588 });
    net.writeBatch(batch);
    expect(here.sent).toHaveLength(7);
  });

  test("sends nothing where one of them is wrong", () => {
    const here = station();
    using net = device(here, batches);
    const bytes = new Uint8Array(6400);
    const sizes = Int32Array.of(60, 60, 60);
    const write = (batch: object, count?: number) =>
      codeOf(() => net.writeBatch({ bytes, slotSize: 1520, sizes, ...batch }, count));
    expect(write({}, -1)).toBe("ERR_SOLO5_OUT_OF_RANGE");
    expect(write({}, 1.5)).toBe("ERR_SOLO5_OUT_OF_RANGE");
    expect(write({}, 4)).toBe("ERR_SOLO5_OUT_OF_RANGE");
    expect(write({ sizes: new Int32Array(65).fill(60), slotSize: 64 })).toBe(
      "ERR_SOLO5_OUT_OF_RANGE",
    );
    expect(write({ bytes: new Uint8Array(4559) })).toBe("ERR_SOLO5_OUT_OF_RANGE");
    expect(write({ slotSize: 0 })).toBe("ERR_SOLO5_OUT_OF_RANGE");
    for (const wrong of [0, 13, -1, 1515]) {
      expect(write({ sizes: Int32Array.of(60, wrong, 60) })).toBe("ERR_SOLO5_FRAME_SIZE");
    }
    expect(write({ slotSize: 64, sizes: Int32Array.of(64, 65) })).toBe("ERR_SOLO5_FRAME_SIZE");
    expect(here.sent).toEqual([]);
    expect(() => net.writeBatch({ bytes, slotSize: 1520, sizes: Int32Array.of(60, 1515) })).toThrow(
      'network device "service": writeBatch: a frame has 14 to 1514 bytes, got 1515 in slot 1',
    );
  });
});

test("createBatch gives slots for any frame of the device", () => {
  using net = device(station());
  const { bytes, slotSize, sizes } = net.createBatch();
  expect(sizes).toEqual(new Int32Array(64));
  expect(slotSize).toBeGreaterThanOrEqual(1514);
  expect(slotSize % 8).toBe(0);
  expect(bytes.length).toBe(64 * slotSize);
  for (const count of [0, 65, 1.5, -1]) {
    expect(codeOf(() => net.createBatch(count))).toBe("ERR_SOLO5_OUT_OF_RANGE");
  }
});

test("a frame that the link does not take is lost and counted by the world", () => {
  const here = station();
  here.port.send = null;
  using net = device(here);
  net.write(filled(1));
  expect(net.statistics()).toMatchObject({ framesSent: 1, sendDropped: 1 });
});

test("writing never suspends, so it needs no task; in a run it is seen at once", async () => {
  const here = station();
  await here.run([net("service")], function* (device) {
    device.write(filled(5));
    expect(here.sent).toEqual([filled(5)]);
  });
});
