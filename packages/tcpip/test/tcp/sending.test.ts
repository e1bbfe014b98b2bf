import { describe, test } from "vitest";
import { ESTABLISHED, established } from "./openings.ts";
import { play } from "./script.ts";

describe("Nagle's rule", () => {
  test("a small segment waits while text is under way, a full one does not", () => {
    play(`${ESTABLISHED}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      write 20
      write 30
      write 1000
      < ACK seq ISS+11 ack 101 len 1000
      at 50ms: > ACK seq 101 ack ISS+1011
      < ACK seq ISS+1011 ack 101 len 50`);
  });

  test("switched off, each leaves at once", () => {
    play(
      `${ESTABLISHED}
      write 10
      < ACK,PSH seq ISS+1 ack 101 len 10
      write 20
      < ACK,PSH seq ISS+11 ack 101 len 20`,
      { noDelay: true },
    );
  });

  test("a shutdown lets the rest go", () => {
    play(`${ESTABLISHED}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      write 20
      shutdown
      < FIN,ACK seq ISS+11 ack 101 len 20`);
  });
});

describe("the size of segments", () => {
  test("the other end's limit counts, and timestamps take their bytes from the text", () => {
    play(
      `open
       < SYN seq ISS ts 1000/0
       > SYN,ACK seq 100 ack ISS+1 mss 600 ts 5/1000
       < ACK seq ISS+1 ack 101
       write 1000
       < ACK seq ISS+1 ack 101 len 588
       > ACK seq 101 ack ISS+589 ts 5/1000
       < ACK seq ISS+589 ack 101 len 412`,
      { useTimestamps: true },
    );
  });

  test("SACK blocks too", () => {
    play(
      `open
       < SYN seq ISS sackok
       > SYN,ACK seq 100 ack ISS+1 mss 600 sackok
       < ACK seq ISS+1 ack 101
       > ACK seq 201 ack ISS+1 len 10
       < ACK seq ISS+1 ack 101 sack 201-211
       write 600
       < ACK seq ISS+1 ack 101 len 588 sack 201-211
       > ACK seq 101 ack ISS+589 len 100
       < ACK seq ISS+589 ack 211 len 12`,
      { useSack: true },
    );
  });

  test("an absurd limit does not make segments of a byte", () => {
    play(`${established("win 65535 mss 1")}
      write 100
      < ACK seq ISS+1 ack 101 len 64
      > ACK seq 101 ack ISS+65
      < ACK seq ISS+65 ack 101 len 36`);
  });
});

describe("the other end's window", () => {
  test("bounds what is under way; only whole segments leave, the rest waits", () => {
    play(`${established("win 2500 mss 1000")}
      write 5000
      < ACK seq ISS+1 ack 101 len 1000
      < ACK seq ISS+1001 ack 101 len 1000
      at 20ms: > ACK seq 101 ack ISS+1001 win 2500
      < ACK seq ISS+2001 ack 101 len 1000
      at 40ms: > ACK seq 101 ack ISS+2001 win 3000
      < ACK seq ISS+3001 ack 101 len 1000
      < ACK seq ISS+4001 ack 101 len 1000`);
  });

  test("half of its greatest is worth a segment where nothing is under way", () => {
    play(
      `${established("win 800 mss 1000")}
      write 1000
      < ACK seq ISS+1 ack 101 len 800
      > ACK seq 101 ack ISS+801 win 400
      < ACK seq ISS+801 ack 101 len 200`,
    );
    play(`${established("win 800 mss 1000")}
      write 2000
      < ACK seq ISS+1 ack 101 len 800
      > ACK seq 101 ack ISS+801 win 400
      < ACK seq ISS+801 ack 101 len 400`);
  });

  test("a sliver is not: it waits, and goes after a timeout all the same", () => {
    play(`${established("win 800 mss 1000")}
      write 2000
      < ACK seq ISS+1 ack 101 len 800
      > ACK seq 101 ack ISS+801 win 399
      at 200ms: < ACK seq ISS+801 ack 101 len 399`);
  });

  test("shut, it is probed with a byte, in doubling intervals", () => {
    play(`${established("win 1000 mss 1000")}
      write 2000
      < ACK seq ISS+1 ack 101 len 1000
      > ACK seq 101 ack ISS+1001 win 0
      at 200ms: < ACK seq ISS+1001 ack 101 len 1
      > ACK seq 101 ack ISS+1001 win 0
      at 600ms: < ACK seq ISS+1001 ack 101 len 1
      at 1400ms: < ACK seq ISS+1001 ack 101 len 1
      at 3s: < ACK seq ISS+1001 ack 101 len 1
      > ACK seq 101 ack ISS+1001 win 1000
      < ACK seq ISS+1001 ack 101 len 1000
      > ACK seq 101 ack ISS+2001 win 1000
      unsettled 0
      idle`);
  });

  test("a probe's byte that was taken is not sent again", () => {
    play(`${established("win 1000 mss 1000")}
      write 2000
      < ACK seq ISS+1 ack 101 len 1000
      > ACK seq 101 ack ISS+1001 win 0
      at 200ms: < ACK seq ISS+1001 ack 101 len 1
      > ACK seq 101 ack ISS+1002 win 999
      < ACK seq ISS+1002 ack 101 len 999`);
  });

  test("stays the connection's as long as probes are answered, however long", () => {
    const hour = Array.from(
      { length: 60 },
      () => "after 60s: < ACK seq ISS+1001 ack 101 len 1\n> ACK seq 101 ack ISS+1001 win 0",
    );
    play(
      `${established("win 1000 mss 1000")}
      write 2000
      < ACK seq ISS+1 ack 101 len 1000
      > ACK seq 101 ack ISS+1001 win 0
      at 200ms: < ACK seq ISS+1001 ack 101 len 1
      at 600ms: < ACK seq ISS+1001 ack 101 len 1
      at 1400ms: < ACK seq ISS+1001 ack 101 len 1
      at 3s: < ACK seq ISS+1001 ack 101 len 1
      at 6200ms: < ACK seq ISS+1001 ack 101 len 1
      at 12600ms: < ACK seq ISS+1001 ack 101 len 1
      at 25400ms: < ACK seq ISS+1001 ack 101 len 1
      at 51s: < ACK seq ISS+1001 ack 101 len 1
      > ACK seq 101 ack ISS+1001 win 0
      at 102200ms: < ACK seq ISS+1001 ack 101 len 1
      > ACK seq 101 ack ISS+1001 win 0
      ${hour.join("\n")}
      state ESTABLISHED`,
      { userTimeout: 120e9, retransmissionTimeoutMax: 60e9 },
    );
  });

  test("unanswered, they end it after the user timeout", () => {
    play(
      `${established("win 1000 mss 1000")}
      write 2000
      < ACK seq ISS+1 ack 101 len 1000
      > ACK seq 101 ack ISS+1001 win 0
      at 200ms: < ACK seq ISS+1001 ack 101 len 1
      at 600ms: < ACK seq ISS+1001 ack 101 len 1
      at 1200ms: state CLOSED
      ending timed-out`,
      { userTimeout: 1e9 },
    );
  });

  test("comes with text that acknowledges nothing new, too", () => {
    play(`${established("win 1000 mss 1000")}
      > ACK seq 101 ack ISS+1 len 1000 win 2000
      flow sendWindow 2000
      > ACK seq 1101 ack ISS+1 len 1000 win 3000
      < ACK seq ISS+1 ack 2101
      flow sendWindow 3000
      > ACK seq 2101 ack ISS+1 len 1000 win 500
      flow sendWindow 500
      > ACK seq 1101 ack ISS+1 len 1000 win 4000    # an older one
      < ACK seq ISS+1 ack 3101
      flow sendWindow 500`);
  });

  test("an old segment does not shut it again", () => {
    play(`${established("win 1000 mss 1000")}
      write 3000
      < ACK seq ISS+1 ack 101 len 1000
      at 10ms: > ACK seq 101 ack ISS+1001 win 2000
      < ACK seq ISS+1001 ack 101 len 1000
      < ACK seq ISS+2001 ack 101 len 1000
      > ACK seq 101 ack ISS+1 win 0
      flow sendWindow 2000`);
  });

  test("drawn back below what is under way, it is respected from then on", () => {
    play(`${established("win 3000 mss 1000")}
      write 5000
      < ACK seq ISS+1 ack 101 len 1000
      < ACK seq ISS+1001 ack 101 len 1000
      < ACK seq ISS+2001 ack 101 len 1000
      > ACK seq 101 ack ISS+1001 win 500
      > ACK seq 101 ack ISS+3001 win 2000
      < ACK seq ISS+3001 ack 101 len 1000
      < ACK seq ISS+4001 ack 101 len 1000`);
  });
});

describe("keep-alive", () => {
  const OPTIONS = { keepAlive: { idle: 10e9, interval: 1e9, countMax: 3 } };

  test("asks after the silence with a number that was acknowledged, and rests when answered", () => {
    play(
      `${ESTABLISHED}
      at 10s: < ACK seq ISS ack 101
      > ACK seq 101 ack ISS+1
      at 20s: < ACK seq ISS ack 101
      at 21s: < ACK seq ISS ack 101
      > ACK seq 101 ack ISS+1
      at 31s: < ACK seq ISS ack 101`,
      OPTIONS,
    );
  });

  test("any segment counts as a sign of life", () => {
    play(
      `${ESTABLISHED}
      at 9s: > ACK seq 101 ack ISS+1 len 5
      after 40ms: < ACK seq ISS+1 ack 106
      at 19s: < ACK seq ISS ack 106`,
      OPTIONS,
    );
  });

  test("three without an answer end it", () => {
    play(
      `${ESTABLISHED}
      at 10s: < ACK seq ISS ack 101
      at 11s: < ACK seq ISS ack 101
      at 12s: < ACK seq ISS ack 101
      at 13s: state CLOSED
      ending timed-out
      idle`,
      OPTIONS,
    );
  });

  test("is not sent where text is under way: that is resent anyway", () => {
    play(
      `${ESTABLISHED}
      at 9900ms: write 5
      < ACK seq ISS+1 ack 101 len 5
      at 10050ms: > ACK seq 101 ack ISS+6
      at 20050ms: < ACK seq ISS+5 ack 101`,
      OPTIONS,
    );
  });

  test("the other end's probe is answered, with and without a byte", () => {
    play(`${ESTABLISHED}
      > ACK seq 101 ack ISS+1 len 5
      after 40ms: < ACK seq ISS+1 ack 106
      > ACK seq 105 ack ISS+1
      < ACK seq ISS+1 ack 106
      > ACK seq 105 ack ISS+1 len 1
      < ACK seq ISS+1 ack 106
      readable 5`);
  });
});

describe("memory", () => {
  test("what is written and not acknowledged is bounded, and room comes back", () => {
    play(
      `${established("win 65535 mss 1000")}
      write 5000 = 4096
      < ACK seq ISS+1 ack 101 len 1000
      < ACK seq ISS+1001 ack 101 len 1000
      < ACK seq ISS+2001 ack 101 len 1000
      < ACK seq ISS+3001 ack 101 len 1000
      writable 0
      events
      > ACK seq 101 ack ISS+1001
      events WRITABLE
      writable 1000
      write 904
      < ACK seq ISS+4001 ack 101 len 1000     # with the 96 bytes that Nagle's rule held back`,
      { sendBufferSize: 4096, noDelay: false },
    );
  });
});
