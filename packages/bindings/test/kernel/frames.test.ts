// Frames through real TAP interfaces, two of them bridged in a namespace of the test's own.
import { afterEach, beforeEach, expect, test } from "vitest";
import { describeKernel, type Namespace, namespace, type Program } from "./namespace.ts";

describeKernel("frames on a TAP", () => {
  let inside: Namespace;
  let program: Program<typeof import("./programs/frames.ts")>;

  beforeEach(async () => {
    inside = await namespace();
    program = inside.program(new URL("./programs/frames.ts", import.meta.url));
  });
  afterEach(() => inside.close());

  test("frames of every size up to MTU + 14 arrive byte for byte", async () => {
    const { sent, received } = await program.everySize();
    expect(received).toEqual(sent);
  });

  test("longer and shorter frames are refused before anything is sent", async () => {
    const { results, short, arrived } = await program.refusedSizes();
    for (const result of results) expect(result).toMatchObject({ code: "ERR_SOLO5_OUT_OF_RANGE" });
    expect(results[2]?.["message"]).toBe(
      "device left: a frame has 14 to 1514 bytes (MTU and Ethernet header), got 1515",
    );
    expect(short).toMatchObject({ code: "ERR_SOLO5_OUT_OF_RANGE" });
    expect(arrived).toBeNull();
  });

  test("a read touches the bytes of its frame and no others", async () => {
    const { bytes, expected, ...rest } = await program.readsIntoARange();
    expect(rest).toEqual({ again: -1, untouched: true, size: 100, outside: true });
    expect(bytes).toBe(expected);
  });

  test.each([1, 63, 64, 65, 300])("a batch of %i frames arrives in order", async (count) => {
    const { sent, received, counts, same } = await program.batches(count);
    expect(received).toEqual(sent);
    expect(Math.max(...counts)).toBeLessThanOrEqual(64);
    expect(same).toBe(true);
  });

  test("a batch with one bad size sends nothing", async () => {
    const { results, arrived } = await program.refusedBatches();
    expect(results).toEqual({
      oneTooLong: "ERR_SOLO5_OUT_OF_RANGE",
      oneTooShort: "ERR_SOLO5_OUT_OF_RANGE",
      negative: "ERR_SOLO5_OUT_OF_RANGE",
      longerThanItsSlot: "ERR_SOLO5_OUT_OF_RANGE",
      moreThanSizes: "ERR_SOLO5_INVALID_ARGUMENT",
      moreThanBytes: "ERR_SOLO5_INVALID_ARGUMENT",
      moreThanABatch: "ERR_SOLO5_INVALID_ARGUMENT",
    });
    expect(arrived).toBeNull();
  });

  test("slots that were transferred away are refused; acquired again, the device has new ones", async () => {
    expect(await program.transferredSlots()).toEqual({
      fault: "ERR_SOLO5_INVALID_ARGUMENT",
      count: 1,
      stale: "ERR_SOLO5_BAD_HANDLE",
    });
  });

  test("frames longer than the MTU at the acquire are dropped and counted, never cut", async () => {
    const { mtu, single, expected, batch, counters } = await program.mtuRaised();
    expect(mtu).toBe(3000);
    expect(single).toEqual(expected);
    expect(batch).toBe(1);
    expect(counters).toMatchObject({ receiveOversized: 4 });
  });

  test("an MTU of 9000 is read from the interface and used", async () => {
    const { mtu, received, expected, refused } = await program.jumbo();
    expect(mtu).toBe(9000);
    expect(received).toBe(expected);
    expect(refused).toMatchObject({ code: "ERR_SOLO5_OUT_OF_RANGE" });
  });

  test("an interface that is down drops and counts what is written; up again, all goes on", async () => {
    const { down, up, whileDown, counters, received, expected } = await program.downAndUp();
    expect(down).toEqual({ interface: "left", up: false, mtu: 1500 });
    expect(up.up).toBe(true);
    expect(whileDown).toBe(-1);
    expect(counters).toMatchObject({ sendDropped: 3, receiveOversized: 0 });
    expect(received).toBe(expected);
  });

  test("frames that the kernel's full queue dropped are counted", async () => {
    const { read, counters } = await program.overflow();
    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(3000);
    expect(counters?.receiveDropped).toBe(3000 - read);
  });

  test("the ready set holds exactly the acquired devices with input", async () => {
    expect(await program.readySets()).toEqual({
      none: [0, 0],
      both: [true, true],
      others: 0,
      released: [false, true],
    });
  });
});
