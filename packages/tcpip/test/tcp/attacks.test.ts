// Segments from somebody who knows addresses and ports, but not the numbers.
// @see RFC 5961
import { describe, test } from "vitest";
import { ESTABLISHED, established } from "./openings.ts";
import { play } from "./script.ts";

describe("blind resets", () => {
  test("only the exact number resets; others in the window are challenged, the rest is dropped", () => {
    play(`${ESTABLISHED}
      > RST seq 102
      < ACK seq ISS+1 ack 101
      > RST seq 60000
      < ACK seq ISS+1 ack 101
      > RST seq 100
      > RST seq 70000
      > RST seq -5
      state ESTABLISHED
      > RST seq 101
      ending reset`);
  });

  test("an end that was really gone answers the challenge, and then it is over", () => {
    play(`${ESTABLISHED}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      > RST seq 150
      < ACK seq ISS+11 ack 101
      > RST seq 101
      ending reset`);
  });
});

describe("blind SYNs", () => {
  test("are challenged, wherever their number is", () => {
    play(`${ESTABLISHED}
      > SYN seq 101
      < ACK seq ISS+1 ack 101
      > SYN seq 5000000
      < ACK seq ISS+1 ack 101
      > SYN,ACK seq 100 ack ISS+1
      < ACK seq ISS+1 ack 101
      state ESTABLISHED`);
  });
});

describe("blind text", () => {
  test("is not taken with an acknowledgment of what was never sent, or long ago", () => {
    play(`${established("win 1000 mss 1000")}
      > ACK seq 101 ack ISS+2 len 10
      < ACK seq ISS+1 ack 101
      > ACK seq 101 ack ISS-1001 len 10
      < ACK seq ISS+1 ack 101
      > ACK seq 101 ack 2000000000 len 10
      < ACK seq ISS+1 ack 101
      readable 0
      > ACK seq 101 ack ISS-500 len 10     # within a window: may be an old segment
      readable 10
      after 40ms: < ACK seq ISS+1 ack 111`);
  });

  test("without an acknowledgment is nothing", () => {
    play(`${ESTABLISHED}
      > . seq 101 len 10
      > PSH seq 101 len 10
      > FIN seq 101
      readable 0
      state ESTABLISHED`);
  });
});

describe("answers", () => {
  const CHALLENGED = Array.from({ length: 10 }, () => "> RST seq 150\n< ACK seq ISS+1 ack 101");

  test("ten challenges a second are answered, and again in the next second", () => {
    play(`${ESTABLISHED}
      ${CHALLENGED.join("\n")}
      > RST seq 150
      > SYN seq 150
      > ACK seq 101 ack ISS+500
      > ACK seq 50 ack ISS+1
      state ESTABLISHED
      at 999ms: > RST seq 150
      at 1s: > RST seq 150
      < ACK seq ISS+1 ack 101`);
  });

  test("bare acknowledgments outside of the window don't echo for ever between two ends", () => {
    play(`${ESTABLISHED}
      ${Array.from({ length: 10 }, () => "> ACK seq 50 ack ISS+1\n< ACK seq ISS+1 ack 101").join("\n")}
      > ACK seq 50 ack ISS+1`);
  });

  test("but text that comes again is always answered: its sender waits for that", () => {
    const again = Array.from(
      { length: 30 },
      () => "> ACK seq 101 ack ISS+1 len 9\n< ACK seq ISS+1 ack 110",
    );
    play(`${ESTABLISHED}
      > ACK seq 101 ack ISS+1 len 9
      after 40ms: < ACK seq ISS+1 ack 110
      ${again.join("\n")}`);
  });
});

describe("old segments of the same numbers (PAWS)", () => {
  const STAMPED = `
    open
    < SYN seq ISS ts 1000/0
    > SYN,ACK seq 100 ack ISS+1 mss 1000 ts 5000/1000
    < ACK seq ISS+1 ack 101 ts 1000/5000
  `;
  const OPTIONS = { useTimestamps: true };

  test("an older timestamp is refused, the same and a later one are taken", () => {
    play(
      `${STAMPED}
      > ACK seq 101 ack ISS+1 len 10 ts 4999/1000
      < ACK seq ISS+1 ack 101 ts 1000/5000
      readable 0
      > ACK seq 101 ack ISS+1 len 10 ts 5000/1000
      after 40ms: < ACK seq ISS+1 ack 111 ts 1040/5000
      > ACK seq 111 ack ISS+1 len 10 ts 5001/1000
      after 40ms: < ACK seq ISS+1 ack 121 ts 1080/5001`,
      OPTIONS,
    );
  });

  test("a segment ahead of order does not move the timestamp that is echoed", () => {
    play(
      `${STAMPED}
      > ACK seq 111 ack ISS+1 len 10 ts 6000/1000
      < ACK seq ISS+1 ack 101 ts 1000/5000
      > ACK seq 101 ack ISS+1 len 10 ts 5500/1000
      < ACK seq ISS+1 ack 121 ts 1000/5500`,
      OPTIONS,
    );
  });

  test("the last segment again brings its new timestamp back, where its acknowledgment can be right", () => {
    play(
      `${STAMPED}
      > ACK seq 101 ack ISS+1 len 10 ts 5001/1000
      after 40ms: < ACK seq ISS+1 ack 111 ts 1040/5001
      > ACK seq 101 ack ISS+1 len 10 ts 5201/1000
      < ACK seq ISS+1 ack 111 ts 1040/5201
      > ACK seq 101 ack ISS+2 len 10 ts 9999/1000
      < ACK seq ISS+1 ack 111 ts 1040/5201
      > ACK seq 91 ack ISS+1 len 10 ts 9999/1000
      < ACK seq ISS+1 ack 111 ts 1040/5201`,
      OPTIONS,
    );
  });

  test("of two segments for one acknowledgment the first's timestamp is echoed", () => {
    play(
      `${STAMPED}
      > ACK seq 101 ack ISS+1 len 1000 ts 5001/1000
      > ACK seq 1101 ack ISS+1 len 1000 ts 5002/1000
      < ACK seq ISS+1 ack 2101 ts 1000/5001`,
      OPTIONS,
    );
  });

  test("a segment without the option is dropped; a reset needs none", () => {
    play(
      `${STAMPED}
      > ACK seq 101 ack ISS+1 len 10
      readable 0
      > RST seq 101
      ending reset`,
      OPTIONS,
    );
  });

  test("timestamps wrap around", () => {
    play(
      `open
      < SYN seq ISS
      > SYN,ACK seq 100 ack ISS+1 mss 1000 ts -1/1000
      < ACK seq ISS+1 ack 101
      > ACK seq 101 ack ISS+1 len 10 ts 3/1000
      after 40ms: < ACK seq ISS+1 ack 111 ts 1040/3
      > ACK seq 111 ack ISS+1 len 10 ts -1/1000
      < ACK seq ISS+1 ack 111`,
      OPTIONS,
    );
  });

  test("the days of silence count from the handshake where nothing has come since", () => {
    play(
      `at 1000000s: open
       < SYN seq ISS
       > SYN,ACK seq 100 ack ISS+1 mss 1000 ts 5000/1000
       < ACK seq ISS+1 ack 101
       at 2073601s: > ACK seq 101 ack ISS+1 len 10 ts 4999/1000
       < ACK seq ISS+1 ack 101
       readable 0`,
      OPTIONS,
    );
  });

  test("after 24 days of silence a timestamp says nothing any more", () => {
    play(
      `${STAMPED}
      at 2073601s: > ACK seq 101 ack ISS+1 len 10 ts 4000/1000
      after 40ms: < ACK seq ISS+1 ack 111
      readable 10`,
      OPTIONS,
    );
  });
});
