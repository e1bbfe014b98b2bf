import { describe, test } from "vitest";
import { ESTABLISHED, FLIGHT, flight } from "./openings.ts";
import { play } from "./script.ts";

const SACK = { useSack: true };

describe("the timer", () => {
  test("sends the first segment again, with doubled waits", () => {
    play(`${ESTABLISHED}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      at 200ms: < ACK seq ISS+1 ack 101 len 10
      at 600ms: < ACK seq ISS+1 ack 101 len 10
      at 1400ms: < ACK seq ISS+1 ack 101 len 10
      at 3s: < ACK seq ISS+1 ack 101 len 10
      > ACK seq 101 ack ISS+11
      idle`);
  });

  test("waits at most a minute", () => {
    const minutes = Array.from({ length: 5 }, () => "after 60s: < ACK seq ISS+1 ack 101 len 10");
    play(`${ESTABLISHED}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      at 200ms: < ACK seq ISS+1 ack 101 len 10
      after 400ms: < ACK seq ISS+1 ack 101 len 10
      after 800ms: < ACK seq ISS+1 ack 101 len 10
      after 1600ms: < ACK seq ISS+1 ack 101 len 10
      after 3200ms: < ACK seq ISS+1 ack 101 len 10
      after 6400ms: < ACK seq ISS+1 ack 101 len 10
      after 12800ms: < ACK seq ISS+1 ack 101 len 10
      after 25600ms: < ACK seq ISS+1 ack 101 len 10
      after 51200ms: < ACK seq ISS+1 ack 101 len 10
      ${minutes.join("\n")}`);
  });

  test("starts again with each acknowledgment that brings something new (RFC 6298, 5.3)", () => {
    play(`${ESTABLISHED}
      at 0ms: write 2000
      < ACK seq ISS+1 ack 101 len 1000
      < ACK seq ISS+1001 ack 101 len 1000
      at 150ms: > ACK seq 101 ack ISS+1001
      # a sample of 150 ms: 18.75 smoothed, 37.5 varying, and 200 ms at the least
      at 368750us: < ACK seq ISS+1001 ack 101 len 1000`);
  });

  test("is left alone by a duplicate: neither stopped nor started anew", () => {
    play(`${ESTABLISHED}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      at 100ms: > ACK seq 101 ack ISS+1
      at 199ms: > ACK seq 101 ack ISS+1
      at 200ms: < ACK seq ISS+1 ack 101 len 10
      > ACK seq 101 ack ISS+1
      at 600ms: < ACK seq ISS+1 ack 101 len 10`);
  });

  test("stops when all is acknowledged", () => {
    play(`${ESTABLISHED}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      at 50ms: > ACK seq 101 ack ISS+11
      idle`);
  });

  test("the doubled wait stays for new text until something sent once was timed (Karn)", () => {
    play(`${ESTABLISHED}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      at 200ms: < ACK seq ISS+1 ack 101 len 10
      at 600ms: < ACK seq ISS+1 ack 101 len 10
      at 700ms: > ACK seq 101 ack ISS+11
      at 1s: write 10
      < ACK seq ISS+11 ack 101 len 10
      at 1800ms: < ACK seq ISS+11 ack 101 len 10
      at 1900ms: > ACK seq 101 ack ISS+21
      at 2s: write 10
      < ACK seq ISS+21 ack 101 len 10
      at 2s: > ACK seq 101 ack ISS+31
      at 3s: write 10
      < ACK seq ISS+31 ack 101 len 10
      at 3200ms: < ACK seq ISS+31 ack 101 len 10`);
  });

  test("with timestamps an acknowledgment of something sent twice is timed too", () => {
    play(
      `open
       < SYN seq ISS ts 1000/0
       > SYN,ACK seq 100 ack ISS+1 mss 1000 ts 5/1000
       < ACK seq ISS+1 ack 101
       write 10
       < ACK seq ISS+1 ack 101 len 10 ts 1000/5
       at 200ms: < ACK seq ISS+1 ack 101 len 10 ts 1200/5
       at 600ms: < ACK seq ISS+1 ack 101 len 10 ts 1600/5
       at 616ms: > ACK seq 101 ack ISS+11 ts 6/1600
       flow roundTrip 2000000
       flow retransmissionTimeout 202000000`,
      { useTimestamps: true },
    );
  });

  test("one that echoes an earlier copy tells no time, but ends the back-off (RFC 4015)", () => {
    play(
      `open
       < SYN seq ISS ts 1000/0
       > SYN,ACK seq 100 ack ISS+1 mss 1000 ts 5/1000
       < ACK seq ISS+1 ack 101
       write 10
       < ACK seq ISS+1 ack 101 len 10 ts 1000/5
       at 200ms: < ACK seq ISS+1 ack 101 len 10 ts 1200/5
       at 600ms: < ACK seq ISS+1 ack 101 len 10 ts 1600/5
       flow retransmissionTimeout 800000000
       at 616ms: > ACK seq 101 ack ISS+11 ts 6/1200
       flow roundTrip 0
       flow retransmissionTimeout 200000000`,
      { useTimestamps: true },
    );
  });

  test("after so many times the connection is given up", () => {
    play(
      `${ESTABLISHED}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      at 200ms: < ACK seq ISS+1 ack 101 len 10
      at 600ms: < ACK seq ISS+1 ack 101 len 10
      at 1400ms: state CLOSED
      ending timed-out
      events ENDED
      idle`,
      { retriesMax: 2 },
    );
  });

  test("or after the user timeout, counted from the last progress", () => {
    play(
      `${ESTABLISHED}
      at 0ms: write 2000
      < ACK seq ISS+1 ack 101 len 1000
      < ACK seq ISS+1001 ack 101 len 1000
      at 100ms: > ACK seq 101 ack ISS+1001
      at 312500us: < ACK seq ISS+1001 ack 101 len 1000
      at 737500us: < ACK seq ISS+1001 ack 101 len 1000
      at 1100ms: state CLOSED
      ending timed-out`,
      { userTimeout: 1e9 },
    );
  });

  test("progress starts the count of retries anew", () => {
    play(
      `${ESTABLISHED}
      at 0ms: write 2000
      < ACK seq ISS+1 ack 101 len 1000
      < ACK seq ISS+1001 ack 101 len 1000
      at 200ms: < ACK seq ISS+1 ack 101 len 1000
      at 600ms: < ACK seq ISS+1 ack 101 len 1000
      > ACK seq 101 ack ISS+1001
      < ACK seq ISS+1001 ack 101 len 1000
      at 1400ms: < ACK seq ISS+1001 ack 101 len 1000
      at 3s: < ACK seq ISS+1001 ack 101 len 1000
      state ESTABLISHED`,
      { retriesMax: 2 },
    );
  });

  test("everything lost is sent again at the pace of slow start, each once", () => {
    play(`${FLIGHT}
      at 200ms: < ACK seq ISS+1 ack 101 len 1000
      flow congestionWindow 1000
      flow slowStartThreshold 5000
      at 250ms: > ACK seq 101 ack ISS+1001
      < ACK seq ISS+1001 ack 101 len 1000
      < ACK seq ISS+2001 ack 101 len 1000
      at 300ms: > ACK seq 101 ack ISS+3001
      < ACK seq ISS+3001 ack 101 len 1000
      < ACK seq ISS+4001 ack 101 len 1000
      < ACK seq ISS+5001 ack 101 len 1000
      at 350ms: > ACK seq 101 ack ISS+10001      # the rest had come
      < ACK seq ISS+10001 ack 101 len 1000
      < ACK seq ISS+11001 ack 101 len 1000
      < ACK seq ISS+12001 ack 101 len 1000
      < ACK seq ISS+13001 ack 101 len 1000
      flow recovery none`);
  });

  test("a second timeout for the same text does not lower the threshold again", () => {
    play(`${FLIGHT}
      at 200ms: < ACK seq ISS+1 ack 101 len 1000
      at 600ms: < ACK seq ISS+1 ack 101 len 1000
      flow slowStartThreshold 5000`);
  });

  test("small segments are sent again as one", () => {
    play(
      `${ESTABLISHED}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      write 10
      < ACK seq ISS+11 ack 101 len 10
      write 10
      < ACK seq ISS+21 ack 101 len 10
      at 200ms: < ACK seq ISS+1 ack 101 len 30`,
      { noDelay: true },
    );
  });
});

describe("duplicates without SACK", () => {
  test("the third sends the first segment again, at once", () => {
    play(`${FLIGHT}
      at 50ms: > ACK seq 101 ack ISS+1
      < ACK seq ISS+10001 ack 101 len 1000      # limited transmit (RFC 3042)
      > ACK seq 101 ack ISS+1
      < ACK seq ISS+11001 ack 101 len 1000
      > ACK seq 101 ack ISS+1
      < ACK seq ISS+1 ack 101 len 1000
      flow recovery fast
      flow slowStartThreshold 6000
      flow congestionWindow 9000`);
  });

  const RECOVERING = `${FLIGHT}
    at 50ms: > ACK seq 101 ack ISS+1
    < ACK seq ISS+10001 ack 101 len 1000
    > ACK seq 101 ack ISS+1
    < ACK seq ISS+11001 ack 101 len 1000
    > ACK seq 101 ack ISS+1
    < ACK seq ISS+1 ack 101 len 1000
  `;

  test("two are reordering, not a loss", () => {
    play(`${FLIGHT}
      at 50ms: > ACK seq 101 ack ISS+1
      < ACK seq ISS+10001 ack 101 len 1000
      > ACK seq 101 ack ISS+1
      < ACK seq ISS+11001 ack 101 len 1000
      > ACK seq 101 ack ISS+10001
      < ACK seq ISS+12001 ack 101 len 1000
      < ACK seq ISS+13001 ack 101 len 1000
      < ACK seq ISS+14001 ack 101 len 1000
      < ACK seq ISS+15001 ack 101 len 1000
      < ACK seq ISS+16001 ack 101 len 1000
      < ACK seq ISS+17001 ack 101 len 1000
      < ACK seq ISS+18001 ack 101 len 1000
      < ACK seq ISS+19001 ack 101 len 1000
      flow recovery none`);
  });

  test("a partial acknowledgment shows the next loss, which is sent again at once", () => {
    play(`${RECOVERING}
      at 100ms: > ACK seq 101 ack ISS+4001
      < ACK seq ISS+4001 ack 101 len 1000
      flow recovery fast
      at 150ms: > ACK seq 101 ack ISS+12001
      < ACK seq ISS+12001 ack 101 len 1000
      < ACK seq ISS+13001 ack 101 len 1000
      flow recovery none
      flow congestionWindow 2000`);
  });

  test("a segment that was sent twice is not timed (Karn)", () => {
    play(`${RECOVERING}
      at 150ms: > ACK seq 101 ack ISS+12001
      < ACK seq ISS+12001 ack 101 len 1000
      < ACK seq ISS+13001 ack 101 len 1000
      flow roundTrip 0`);
  });

  test("further duplicates let new text go", () => {
    play(`${RECOVERING}
      > ACK seq 101 ack ISS+1
      > ACK seq 101 ack ISS+1
      > ACK seq 101 ack ISS+1
      > ACK seq 101 ack ISS+1
      < ACK seq ISS+12001 ack 101 len 1000
      > ACK seq 101 ack ISS+1
      < ACK seq ISS+13001 ack 101 len 1000`);
  });

  test("a thousand of them cause one repair, and no more than the window of new text", () => {
    const more = Array.from({ length: 300 }, () => "> ACK seq 101 ack ISS+1");
    const sent = Array.from({ length: 8 }, (_, i) => [
      "> ACK seq 101 ack ISS+1",
      `< ACK seq ISS+${12_001 + i * 1000} ack 101 len 1000`,
    ]);
    play(`${RECOVERING}
      > ACK seq 101 ack ISS+1
      > ACK seq 101 ack ISS+1
      > ACK seq 101 ack ISS+1
      ${sent.flat().join("\n")}
      ${more.join("\n")}
      > ACK seq 101 ack ISS+20001
      unsettled 0
      flow recovery none
      after 1s: idle`);
  });

  test("only bare acknowledgments of the present with the same window count", () => {
    play(`${FLIGHT}
      > ACK seq 101 ack ISS+1 win 65000
      > ACK seq 101 ack ISS+1 win 65001
      > ACK seq 101 ack ISS+1 win 65002
      > ACK seq 101 ack ISS+1 win 65002 len 1
      > ACK seq 102 ack ISS+1 win 65002 len 1
      > ACK seq 103 ack ISS+1 win 65002 len 1
      > ACK seq 104 ack ISS+1 win 65002 len 1
      flow recovery none
      after 40ms: < ACK seq ISS+10001 ack 105`);
  });

  test("where nothing is under way they mean nothing", () => {
    play(`${ESTABLISHED}
      > ACK seq 101 ack ISS+1
      > ACK seq 101 ack ISS+1
      > ACK seq 101 ack ISS+1
      > ACK seq 101 ack ISS+1
      flow recovery none`);
  });

  test("those that follow a timeout's own repair start no other (RFC 6582, 4.1)", () => {
    play(`${FLIGHT}
      at 200ms: < ACK seq ISS+1 ack 101 len 1000
      at 250ms: > ACK seq 101 ack ISS+10001
      < ACK seq ISS+10001 ack 101 len 1000
      < ACK seq ISS+11001 ack 101 len 1000
      > ACK seq 101 ack ISS+10001
      < ACK seq ISS+12001 ack 101 len 1000
      > ACK seq 101 ack ISS+10001
      < ACK seq ISS+13001 ack 101 len 1000
      > ACK seq 101 ack ISS+10001
      flow recovery none`);
  });

  test("a repair that is lost as well is left to the timer", () => {
    play(`${RECOVERING}
      at 249ms: > ACK seq 101 ack ISS+1
      at 250ms: < ACK seq ISS+1 ack 101 len 1000
      flow recovery timeout
      flow congestionWindow 1000`);
  });
});

describe("duplicates with SACK", () => {
  const STARTED = flight("win 65535 mss 1000 sackok");

  /** Six new segments: the congestion window that a loss at twelve leaves. */
  const newText = [13_001, 14_001, 15_001, 16_001, 17_001, 18_001]
    .map((offset) => `< ACK seq ISS+${offset} ack 101 len 1000`)
    .join("\n");

  test("three ranges show the loss; only what is missing is sent again, as the pipe allows", () => {
    play(
      `${STARTED}
      at 50ms: > ACK seq 101 ack ISS+1 sack ISS+1001-ISS+2001
      < ACK seq ISS+10001 ack 101 len 1000
      > ACK seq 101 ack ISS+1 sack ISS+3001-ISS+4001,ISS+1001-ISS+2001
      < ACK seq ISS+11001 ack 101 len 1000
      > ACK seq 101 ack ISS+1 sack ISS+5001-ISS+6001,ISS+3001-ISS+4001,ISS+1001-ISS+2001
      < ACK seq ISS+1 ack 101 len 1000
      flow recovery fast
      flow congestionWindow 6000
      # under way: 2001 and 4001, which are not lost yet, 6001 to 12001, and 1 again: 9 segments
      > ACK seq 101 ack ISS+1 sack ISS+5001-ISS+7001,ISS+3001-ISS+4001,ISS+1001-ISS+2001
      # 2001 counts as lost now (3000 bytes above it), 4001 does not: 7 segments
      > ACK seq 101 ack ISS+1 sack ISS+5001-ISS+8001,ISS+3001-ISS+4001,ISS+1001-ISS+2001
      # 4001 is lost too: 8001 to 12001 and 1 again are 5
      < ACK seq ISS+2001 ack 101 len 1000
      > ACK seq 101 ack ISS+1 sack ISS+5001-ISS+9001,ISS+3001-ISS+4001,ISS+1001-ISS+2001
      < ACK seq ISS+4001 ack 101 len 1000
      > ACK seq 101 ack ISS+1 sack ISS+5001-ISS+10001,ISS+3001-ISS+4001,ISS+1001-ISS+2001
      < ACK seq ISS+12001 ack 101 len 1000
      at 100ms: > ACK seq 101 ack ISS+13001
      ${newText}
      flow recovery none
      flow congestionWindow 6000`,
      SACK,
    );
  });

  test("one acknowledgment that tells of much shows the loss by itself", () => {
    play(
      `${STARTED}
      at 50ms: > ACK seq 101 ack ISS+1 sack ISS+1001-ISS+4001
      < ACK seq ISS+1 ack 101 len 1000
      flow recovery fast`,
      SACK,
    );
  });

  test("blocks of what was never sent, or that are empty or turned round, are passed over", () => {
    play(
      `${STARTED}
      > ACK seq 101 ack ISS+1 sack ISS+50001-ISS+60001
      > ACK seq 101 ack ISS+1 sack ISS+4001-ISS+4001
      > ACK seq 101 ack ISS+1 sack ISS+9001-ISS+4001
      > ACK seq 101 ack ISS+1 sack ISS-5000-ISS+1
      > ACK seq 101 ack ISS+1 sack ISS+9001-ISS+10002
      flow recovery none`,
      SACK,
    );
  });

  test("the same blocks again are no news", () => {
    play(
      `${STARTED}
      > ACK seq 101 ack ISS+1 sack ISS+1001-ISS+2001
      < ACK seq ISS+10001 ack 101 len 1000
      > ACK seq 101 ack ISS+1 sack ISS+1001-ISS+2001
      > ACK seq 101 ack ISS+1 sack ISS+1001-ISS+2001
      > ACK seq 101 ack ISS+1 sack ISS+1001-ISS+2001
      flow recovery none`,
      SACK,
    );
  });

  test("after a timeout what was received is not sent again", () => {
    play(
      `${STARTED}
      at 50ms: > ACK seq 101 ack ISS+1 sack ISS+1001-ISS+3001
      < ACK seq ISS+10001 ack 101 len 1000
      < ACK seq ISS+11001 ack 101 len 1000
      at 200ms: < ACK seq ISS+1 ack 101 len 1000
      at 250ms: > ACK seq 101 ack ISS+3001
      < ACK seq ISS+3001 ack 101 len 1000
      < ACK seq ISS+4001 ack 101 len 1000`,
      SACK,
    );
  });

  test("an end that takes back what it had acknowledged so gets it again", () => {
    play(
      `${STARTED}
      at 50ms: > ACK seq 101 ack ISS+1 sack ISS+1001-ISS+3001
      < ACK seq ISS+10001 ack 101 len 1000
      < ACK seq ISS+11001 ack 101 len 1000
      at 200ms: < ACK seq ISS+1 ack 101 len 1000
      at 600ms: < ACK seq ISS+1 ack 101 len 1000
      at 650ms: > ACK seq 101 ack ISS+1001
      < ACK seq ISS+1001 ack 101 len 1000
      < ACK seq ISS+2001 ack 101 len 1000`,
      SACK,
    );
  });
});

describe("after silence", () => {
  test("the congestion window starts again at its first size (RFC 5681, 4.1)", () => {
    play(`${FLIGHT}
      at 50ms: > ACK seq 101 ack ISS+10001
      ${Array.from({ length: 10 }, (_, i) => `< ACK seq ISS+${10_001 + i * 1000} ack 101 len 1000`).join("\n")}
      at 100ms: > ACK seq 101 ack ISS+20001
      flow congestionWindow 18000
      at 10s: write 20000
      ${Array.from({ length: 10 }, (_, i) => `< ACK seq ISS+${20_001 + i * 1000} ack 101 len 1000`).join("\n")}
      flow congestionWindow 10000`);
  });
});
