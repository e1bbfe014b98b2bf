import { describe, test } from "vitest";
import { ESTABLISHED, established } from "./openings.ts";
import { play } from "./script.ts";

describe("acknowledgments", () => {
  test("one segment waits 40 ms for company", () => {
    play(`${ESTABLISHED}
      > ACK seq 101 ack ISS+1 len 1000
      after 40ms: < ACK seq ISS+1 ack 1101
      idle`);
  });

  test("every second full segment is acknowledged at once", () => {
    play(`${ESTABLISHED}
      > ACK seq 101 ack ISS+1 len 1000
      > ACK seq 1101 ack ISS+1 len 1000
      < ACK seq ISS+1 ack 2101
      > ACK seq 2101 ack ISS+1 len 1000
      > ACK seq 3101 ack ISS+1 len 1000
      < ACK seq ISS+1 ack 4101`);
  });

  test("the delay counts from the first of small segments, not from the last", () => {
    play(`${ESTABLISHED}
      at 0ms: > ACK seq 101 ack ISS+1 len 1
      at 30ms: > ACK seq 102 ack ISS+1 len 1
      at 40ms: < ACK seq ISS+1 ack 103
      idle`);
  });

  test("text of ours takes the acknowledgment along", () => {
    play(`${ESTABLISHED}
      > ACK seq 101 ack ISS+1 len 10
      write 5
      < ACK seq ISS+1 ack 111 len 5
      > ACK seq 111 ack ISS+6
      idle`);
  });

  test("without a delay each segment is acknowledged at once", () => {
    play(
      `${ESTABLISHED}
      > ACK seq 101 ack ISS+1 len 1
      < ACK seq ISS+1 ack 102`,
      { acknowledgmentDelay: 0 },
    );
  });
});

describe("order", () => {
  test("each segment ahead of order is answered by a duplicate; the gap's filling at once, for all", () => {
    play(`${ESTABLISHED}
      > ACK seq 111 ack ISS+1 len 10
      < ACK seq ISS+1 ack 101
      > ACK seq 131 ack ISS+1 len 10
      < ACK seq ISS+1 ack 101
      readable 0
      > ACK seq 101 ack ISS+1 len 10
      < ACK seq ISS+1 ack 121
      readable 20
      > ACK seq 121 ack ISS+1 len 10
      < ACK seq ISS+1 ack 141
      read 40`);
  });

  test("overlapping segments give each byte once", () => {
    play(`${ESTABLISHED}
      > ACK seq 111 ack ISS+1 len 20
      < ACK seq ISS+1 ack 101
      > ACK seq 121 ack ISS+1 len 20
      < ACK seq ISS+1 ack 101
      > ACK seq 101 ack ISS+1 len 15
      < ACK seq ISS+1 ack 141
      read 40
      > ACK seq 131 ack ISS+1 len 20
      after 40ms: < ACK seq ISS+1 ack 151
      read 10`);
  });

  test("what was received already is answered, and does not come twice", () => {
    play(`${ESTABLISHED}
      > ACK seq 101 ack ISS+1 len 10
      after 40ms: < ACK seq ISS+1 ack 111
      > ACK seq 101 ack ISS+1 len 10
      < ACK seq ISS+1 ack 111
      read 20 = 10`);
  });

  test("SACK blocks tell what came, the latest first", () => {
    play(
      `open
       < SYN seq ISS sackok
       > SYN,ACK seq 100 ack ISS+1 mss 1460 sackok
       < ACK seq ISS+1 ack 101 no-sack
       > ACK seq 201 ack ISS+1 len 10
       < ACK seq ISS+1 ack 101 sack 201-211
       > ACK seq 301 ack ISS+1 len 10
       < ACK seq ISS+1 ack 101 sack 301-311,201-211
       > ACK seq 401 ack ISS+1 len 10
       < ACK seq ISS+1 ack 101 sack 401-411,301-311,201-211
       > ACK seq 211 ack ISS+1 len 10
       < ACK seq ISS+1 ack 101 sack 201-221,401-411,301-311
       > ACK seq 501 ack ISS+1 len 10
       < ACK seq ISS+1 ack 101 sack 501-511,201-221,401-411,301-311
       > ACK seq 601 ack ISS+1 len 10
       < ACK seq ISS+1 ack 101 sack 601-611,501-511,201-221,401-411
       > ACK seq 101 ack ISS+1 len 100
       < ACK seq ISS+1 ack 221 sack 601-611,501-511,401-411,301-311`,
      { useSack: true },
    );
  });

  test("beside timestamps there is room for three blocks", () => {
    play(
      `open
       < SYN seq ISS sackok ts 1000/0
       > SYN,ACK seq 100 ack ISS+1 mss 1460 sackok ts 1/1000
       < ACK seq ISS+1 ack 101
       > ACK seq 201 ack ISS+1 len 10 ts 1/1000
       < ACK seq ISS+1 ack 101 sack 201-211
       > ACK seq 301 ack ISS+1 len 10 ts 1/1000
       < ACK seq ISS+1 ack 101 sack 301-311,201-211
       > ACK seq 401 ack ISS+1 len 10 ts 1/1000
       < ACK seq ISS+1 ack 101 sack 401-411,301-311,201-211
       > ACK seq 501 ack ISS+1 len 10 ts 1/1000
       < ACK seq ISS+1 ack 101 sack 501-511,401-411,301-311`,
      { useSack: true, useTimestamps: true },
    );
  });

  test("no more than 64 ranges are kept: what would be one more comes again", () => {
    const segments = Array.from({ length: 64 }, (_, i) => [
      `> ACK seq ${201 + 20 * i} ack ISS+1 len 10`,
      "< ACK seq ISS+1 ack 101",
    ]);
    play(`${ESTABLISHED}
      ${segments.flat().join("\n")}
      > ACK seq 5001 ack ISS+1 len 10
      < ACK seq ISS+1 ack 101
      > ACK seq 101 ack ISS+1 len 1400
      < ACK seq ISS+1 ack 1501
      > ACK seq 1501 ack ISS+1 len 3500
      < ACK seq ISS+1 ack 5001
      read 5000 = 4900`);
  });
});

describe("the window", () => {
  const SMALL = { receiveBufferSize: 2048, maximumSegmentSize: 1000 };

  test("shuts as text comes, and opens by a whole segment when it is read", () => {
    play(
      `${established()}
      > ACK seq 101 ack ISS+1 len 1000
      > ACK seq 1101 ack ISS+1 len 1000
      < ACK seq ISS+1 ack 2101 win 48
      read 900            # less than a segment more: no word of it
      after 1s: read 100
      < ACK seq ISS+1 ack 2101 win 1048`,
      SMALL,
    );
  });

  test("an acknowledgment tells of no more than was promised where less than a segment was read", () => {
    play(
      `${established()}
      at 0ms: > ACK seq 101 ack ISS+1 len 1000
      read 400
      after 40ms: < ACK seq ISS+1 ack 1101 win 1048`,
      SMALL,
    );
  });

  test("only what fits is taken of a segment that runs past it", () => {
    play(
      `${established()}
      > ACK seq 101 ack ISS+1 len 1000
      > FIN,ACK seq 1101 ack ISS+1 len 1400
      < ACK seq ISS+1 ack 2149 win 0
      state ESTABLISHED
      read 3000 = 2048
      < ACK seq ISS+1 ack 2149 win 2048`,
      SMALL,
    );
  });

  test("shut, it takes nothing; but acknowledgments count, and probes are answered", () => {
    play(
      `${established()}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      > ACK seq 101 ack ISS+1 len 1024
      > ACK seq 1125 ack ISS+1 len 1024
      < ACK seq ISS+11 ack 2149 win 0
      > ACK seq 2149 ack ISS+11 len 1
      < ACK seq ISS+11 ack 2149 win 0
      unsettled 0
      readable 2048
      idle`,
      SMALL,
    );
  });

  test("a reset counts also where it is shut", () => {
    play(
      `${established()}
      > ACK seq 101 ack ISS+1 len 2048
      < ACK seq ISS+1 ack 2149 win 0
      > RST seq 2149
      ending reset`,
      SMALL,
    );
  });

  test("outside of it nothing is taken: before, behind, and far away", () => {
    play(
      `${established()}
      > ACK seq 51 ack ISS+1 len 10
      < ACK seq ISS+1 ack 101
      > ACK seq 2149 ack ISS+1 len 10
      < ACK seq ISS+1 ack 101
      > ACK seq 1000000000 ack ISS+1 len 10
      < ACK seq ISS+1 ack 101
      > ACK seq 2148 ack ISS+1 len 10     # its first byte is the last that fits
      < ACK seq ISS+1 ack 101
      readable 0`,
      SMALL,
    );
  });

  test("an acknowledgment right behind a full window counts (its text was lost)", () => {
    play(
      `${established()}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      > ACK seq 2149 ack ISS+11
      unsettled 0
      idle`,
      SMALL,
    );
  });

  test("a FIN with the last number of the window is taken, one behind it is not", () => {
    play(
      `${established()}
      > FIN,ACK seq 101 ack ISS+1 len 2047
      < ACK seq ISS+1 ack 2149
      state CLOSE-WAIT`,
      SMALL,
    );
    play(
      `${established()}
      > FIN,ACK seq 101 ack ISS+1 len 2048
      < ACK seq ISS+1 ack 2149
      state ESTABLISHED
      read 2048
      < ACK seq ISS+1 ack 2149 win 2048
      > FIN,ACK seq 2149 ack ISS+1
      < ACK seq ISS+1 ack 2150
      state CLOSE-WAIT`,
      SMALL,
    );
  });
});

describe("the end of the numbers", () => {
  test("text in both directions runs over it", () => {
    play(
      `open
       < SYN seq ISS
       > SYN,ACK seq -500 ack ISS+1 mss 1000
       < ACK seq ISS+1 ack -499
       write 3000
       < ACK seq ISS+1 ack -499 len 1000
       < ACK seq ISS+1001 ack -499 len 1000
       < ACK seq ISS+2001 ack -499 len 1000
       > ACK seq 1 ack ISS+3001 len 500
       < ACK seq ISS+3001 ack -499
       > ACK seq -499 ack ISS+3001 len 500
       < ACK seq ISS+3001 ack 501
       read 1000
       unsettled 0
       shutdown
       < FIN,ACK seq ISS+3001 ack 501
       > FIN,ACK seq 501 ack ISS+3002
       < ACK seq ISS+3002 ack 502
       state TIME-WAIT`,
      { iss: -1500 },
    );
  });

  test("where the sign changes too", () => {
    play(
      `open
       < SYN seq ISS
       > SYN,ACK seq 2147483547 ack ISS+1 mss 1000
       < ACK seq ISS+1 ack 2147483548
       write 1500
       < ACK seq ISS+1 ack 2147483548 len 1000
       < ACK seq ISS+1001 ack 2147483548 len 500
       > ACK seq 2147483548 ack ISS+1501 len 200
       after 40ms: < ACK seq ISS+1501 ack -2147483548
       read 200`,
      { iss: 2147483000, noDelay: true },
    );
  });
});
