import { describe, test } from "vitest";
import { ESTABLISHED, established } from "./openings.ts";
import { play } from "./script.ts";

describe("we close first", () => {
  const FIN_WAIT_1 = `${ESTABLISHED}
    shutdown
    < FIN,ACK seq ISS+1 ack 101
    state FIN-WAIT-1
  `;
  const FIN_WAIT_2 = `${FIN_WAIT_1}
    > ACK seq 101 ack ISS+2
    state FIN-WAIT-2
    idle
  `;
  const TIME_WAIT = `${FIN_WAIT_2}
    > FIN,ACK seq 101 ack ISS+2
    < ACK seq ISS+2 ack 102
    state TIME-WAIT
    end
  `;

  test("FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT, and closed a minute later", () => {
    play(`${TIME_WAIT}
      at 59s: state TIME-WAIT
      at 60s: state CLOSED
      ending closed
      idle`);
  });

  test("the FIN waits for the text before it, and leaves with its last segment", () => {
    play(`${ESTABLISHED}
      write 1500
      < ACK seq ISS+1 ack 101 len 1000
      shutdown             # which also lets the last segment go that Nagle's rule held back
      < FIN,ACK seq ISS+1001 ack 101 len 500
      > ACK seq 101 ack ISS+1502
      state FIN-WAIT-2`);
  });

  test("text still comes in FIN-WAIT-1 and FIN-WAIT-2", () => {
    play(`${FIN_WAIT_1}
      > ACK seq 101 ack ISS+1 len 10
      read 10
      after 40ms: < ACK seq ISS+2 ack 111
      > ACK seq 111 ack ISS+2 len 20
      state FIN-WAIT-2
      read 20
      after 40ms: < ACK seq ISS+2 ack 131`);
  });

  test("text, acknowledgment of our FIN and FIN in one segment lead to TIME-WAIT", () => {
    play(`${FIN_WAIT_1}
      > FIN,ACK seq 101 ack ISS+2 len 10
      < ACK seq ISS+2 ack 112
      state TIME-WAIT
      read 10
      end`);
  });

  test("both close at once: CLOSING, then TIME-WAIT", () => {
    play(`${FIN_WAIT_1}
      > FIN,ACK seq 101 ack ISS+1
      < ACK seq ISS+2 ack 102
      state CLOSING
      > ACK seq 102 ack ISS+2
      state TIME-WAIT
      after 60s: ending closed`);
  });

  test("in CLOSING our FIN is sent again", () => {
    play(`${FIN_WAIT_1}
      > FIN,ACK seq 101 ack ISS+1
      < ACK seq ISS+2 ack 102
      at 200ms: < FIN,ACK seq ISS+1 ack 102
      > ACK seq 102 ack ISS+2
      state TIME-WAIT`);
  });

  test("the FIN is sent again until it is acknowledged", () => {
    play(`${FIN_WAIT_1}
      at 200ms: < FIN,ACK seq ISS+1 ack 101
      at 600ms: < FIN,ACK seq ISS+1 ack 101
      > ACK seq 101 ack ISS+2
      state FIN-WAIT-2
      idle`);
  });

  test("TIME-WAIT answers the FIN again, and starts its minute again", () => {
    play(`${TIME_WAIT}
      at 30s: > FIN,ACK seq 101 ack ISS+2
      < ACK seq ISS+2 ack 102
      at 89s: state TIME-WAIT
      at 90s: state CLOSED`);
  });

  test("a reset does not cut TIME-WAIT short (RFC 1337)", () => {
    play(`${TIME_WAIT}
      > RST seq 102
      state TIME-WAIT`);
  });

  test("an abort in TIME-WAIT is silent", () => {
    play(`${TIME_WAIT}
      abort
      state CLOSED
      ending closed`);
  });

  test("a reset in FIN-WAIT-2 ends it", () => {
    play(`${FIN_WAIT_2}
      > RST seq 101
      ending reset`);
  });

  test("nothing is written after a shutdown", () => {
    play(`${FIN_WAIT_2}
      writable 0`);
  });
});

describe("the other end closes first", () => {
  const CLOSE_WAIT = `${ESTABLISHED}
    > FIN,ACK seq 101 ack ISS+1
    < ACK seq ISS+1 ack 102
    state CLOSE-WAIT
    events READABLE
    end
  `;

  test("CLOSE-WAIT, LAST-ACK, closed", () => {
    play(`${CLOSE_WAIT}
      close
      < FIN,ACK seq ISS+1 ack 102
      state LAST-ACK
      > ACK seq 102 ack ISS+2
      state CLOSED
      ending closed
      idle`);
  });

  test("we still write in CLOSE-WAIT, and the FIN follows the text", () => {
    play(`${CLOSE_WAIT}
      write 10
      < ACK seq ISS+1 ack 102 len 10
      shutdown
      < FIN,ACK seq ISS+11 ack 102
      > ACK seq 102 ack ISS+11
      state LAST-ACK
      > ACK seq 102 ack ISS+12
      ending closed`);
  });

  test("the FIN in LAST-ACK is sent again; a FIN that comes again is answered", () => {
    play(`${CLOSE_WAIT}
      close
      < FIN,ACK seq ISS+1 ack 102
      at 100ms: > FIN,ACK seq 101 ack ISS+1
      < ACK seq ISS+2 ack 102
      at 200ms: < FIN,ACK seq ISS+1 ack 102
      > ACK seq 102 ack ISS+2
      ending closed`);
  });

  test("text behind the FIN is none", () => {
    play(`${CLOSE_WAIT}
      > ACK seq 102 ack ISS+1 len 10
      < ACK seq ISS+1 ack 102
      readable 0
      state CLOSE-WAIT`);
  });

  test("what came before the FIN can be read to the end, also after the connection's", () => {
    play(`${ESTABLISHED}
      shutdown
      < FIN,ACK seq ISS+1 ack 101
      > FIN,ACK seq 101 ack ISS+2 len 30
      < ACK seq ISS+2 ack 132
      after 60s: ending closed
      readable 30
      read 10
      read 100 = 20
      end`);
  });

  test("a FIN that comes before text that is missing waits for it", () => {
    play(`${ESTABLISHED}
      > FIN,ACK seq 111 ack ISS+1 len 10
      < ACK seq ISS+1 ack 101
      state ESTABLISHED
      > ACK seq 101 ack ISS+1 len 10
      < ACK seq ISS+1 ack 122
      state CLOSE-WAIT
      read 20
      end`);
  });

  test("a bare FIN ahead of order too", () => {
    play(`${ESTABLISHED}
      > FIN,ACK seq 111 ack ISS+1
      < ACK seq ISS+1 ack 101
      > ACK seq 101 ack ISS+1 len 10
      < ACK seq ISS+1 ack 112
      state CLOSE-WAIT`);
  });
});

describe("close, when nobody reads any more", () => {
  test("what was not read makes it a reset", () => {
    play(`${ESTABLISHED}
      > ACK seq 101 ack ISS+1 len 10
      close
      < RST,ACK seq ISS+1 ack 111
      ending aborted
      idle`);
  });

  test("what still comes makes it one too", () => {
    play(`${ESTABLISHED}
      close
      < FIN,ACK seq ISS+1 ack 101
      > ACK seq 101 ack ISS+2
      state FIN-WAIT-2
      > ACK seq 101 ack ISS+2 len 10
      < RST,ACK seq ISS+2 ack 101
      ending aborted`);
  });

  test("what was written is delivered first, then the minute for the other end's FIN runs", () => {
    play(`${ESTABLISHED}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      close
      < FIN,ACK seq ISS+11 ack 101
      > ACK seq 101 ack ISS+12
      state FIN-WAIT-2
      at 60s: ending timed-out`);
  });

  test("the minute also runs where the shutdown had been before", () => {
    play(`${ESTABLISHED}
      shutdown
      < FIN,ACK seq ISS+1 ack 101
      > ACK seq 101 ack ISS+2
      idle
      at 100s: close
      at 160s: ending timed-out`);
  });
});

describe("abort", () => {
  test("sends a reset with the number that the other end expects", () => {
    play(`${ESTABLISHED}
      write 10
      < ACK seq ISS+1 ack 101 len 10
      abort
      < RST,ACK seq ISS+11 ack 101
      state CLOSED
      ending aborted
      events ENDED
      idle
      > ACK seq 101 ack ISS+11
      state CLOSED`);
  });

  test("of a half-open connection too", () => {
    play(`
      listen
      > SYN seq 100
      < SYN,ACK seq ISS ack 101
      abort
      < RST,ACK seq ISS+1 ack 101`);
  });

  test("throws away what came", () => {
    play(`${ESTABLISHED}
      > ACK seq 101 ack ISS+1 len 10
      abort
      < RST,ACK seq ISS+1 ack 111
      readable 0
      read 5 = 0`);
  });
});

test("a reset of the other end's throws away what came", () => {
  play(`${established()}
    > ACK seq 101 ack ISS+1 len 10
    > RST seq 111
    state CLOSED
    ending reset
    events READABLE,ENDED
    readable 0
    idle`);
});
