// Segments that came at the same time are taken together: answered once, told to the program once.
import { describe, expect, test } from "vitest";
import { Partner } from "./partner.ts";

const ACK = 0x10;
const RST = 0x04;
const FIN = 0x01;

/** A connection from port 40000, whose other end's text begins at 1. */
function established(fromPort = 40_000) {
  const partner = new Partner();
  const listener = partner.tcp.listen(7);
  const iss = partner.handshake({ fromPort });
  return { partner, listener, iss, acknowledgment: (iss + 1) | 0 };
}

/** Segments of 1000 bytes, by their index in the text; gives what was answered: acknowledged bytes. */
function arriveTogether(
  { partner, acknowledgment }: ReturnType<typeof established>,
  indices: readonly number[],
): number[] {
  partner.tcp.gather();
  for (const index of indices) {
    partner.arrive({ flags: ACK, sequence: 1 + 1000 * index, acknowledgment, size: 1000 });
  }
  partner.tcp.settleGathered();
  expect(partner.holds).toBe(0);
  return partner.take().map((sent) => sent.acknowledgment - 1);
}

describe("full segments in order", () => {
  test("one by one are acknowledged every second time", () => {
    const it = established();
    const answers = [0, 1, 2, 3].flatMap((index) => arriveTogether(it, [index]));
    expect(answers).toEqual([2000, 4000]);
  });

  test("together are acknowledged once", () => {
    expect(arriveTogether(established(), [0, 1, 2, 3, 4])).toEqual([5000]);
  });

  test("but never more than eight at once", () => {
    const indices = Array.from({ length: 20 }, (_, i) => i);
    expect(arriveTogether(established(), indices)).toEqual([8000, 16_000, 20_000]);
  });

  test("a single one waits for company as ever", () => {
    const it = established();
    expect(arriveTogether(it, [0])).toEqual([]);
    it.partner.pass(40e6);
    expect(it.partner.take().map((sent) => sent.acknowledgment)).toEqual([1001]);
  });
});

describe("what is not in order is answered as if it had come alone", () => {
  test("each segment ahead of a gap by a duplicate; what fills the gap, with what follows it", () => {
    const answers = arriveTogether(established(), [0, 1, 3, 4, 5, 2, 6]);
    expect(answers).toEqual([2000, 2000, 2000, 7000]);
  });

  test("each segment that came before", () => {
    const it = established();
    arriveTogether(it, [0, 1]);
    expect(arriveTogether(it, [0, 1])).toEqual([2000, 2000]);
  });
});

test("acknowledgments that came together widen the congestion window, each by its share", () => {
  const { partner, listener, iss } = established();
  const connection = listener.take();
  connection?.give(new Uint8Array(100_000), 0, 100_000);
  // Ten segments are the first window; in slow start it doubles.
  expect(partner.take()).toHaveLength(10);
  partner.tcp.gather();
  for (let i = 1; i <= 5; i++) {
    partner.arrive({ flags: ACK, sequence: 1, acknowledgment: iss + 1 + 2000 * i });
  }
  expect(partner.take()).toHaveLength(0);
  partner.tcp.settleGathered();
  expect(partner.take()).toHaveLength(20);
});

test("a reset in the midst ends the connection, and what was gathered before is not answered", () => {
  const it = established();
  const { partner } = it;
  partner.tcp.gather();
  partner.arrive({ flags: ACK, sequence: 1, acknowledgment: it.acknowledgment, size: 1000 });
  partner.arrive({ flags: RST, sequence: 1001 });
  partner.tcp.settleGathered();
  expect(partner.take()).toEqual([]);
  expect(partner.tcp.length).toBe(0);
});

test("connections that were gathered together are each answered, also one that ends", () => {
  const it = established(40_000);
  const { partner } = it;
  const iss = partner.handshake({ fromPort: 40_001 });
  partner.tcp.gather();
  for (const fromPort of [40_000, 40_001]) {
    const acknowledgment = fromPort === 40_000 ? it.acknowledgment : (iss + 1) | 0;
    for (const sequence of [1, 1001]) {
      partner.arrive({ flags: ACK, fromPort, sequence, acknowledgment, size: 1000 });
    }
    if (fromPort === 40_001) {
      partner.arrive({ flags: ACK | FIN, fromPort, sequence: 2001, acknowledgment });
    }
  }
  expect(partner.take()).toEqual([]);
  partner.tcp.settleGathered();
  const answers = partner.take().map(({ toPort, acknowledgment }) => `${toPort} ${acknowledgment}`);
  expect(answers.sort()).toEqual(["40000 2001", "40001 2002"]);
});

test("time stands still meanwhile, so that all of it happens in one moment", () => {
  const { partner } = established();
  partner.tcp.gather();
  const { now } = partner.tcp;
  partner.now += 5e6;
  expect(partner.tcp.now).toBe(now);
  partner.tcp.settleGathered();
  expect(partner.tcp.now).toBe(now + 5e6);
});
