import { describe, test } from "vitest";
import { play } from "./script.ts";

describe("opening actively", () => {
  test("SYN, SYN-ACK, ACK", () => {
    play(`
      open
      < SYN seq ISS win 65535 mss 1460
      state SYN-SENT
      > SYN,ACK seq 100 ack ISS+1 win 4000 mss 1000
      < ACK seq ISS+1 ack 101
      state ESTABLISHED
      events CONNECTED
      flow segmentSize 1000
      flow sendWindow 4000
      idle`);
  });

  test("all options are offered, and used where the other end answers them", () => {
    play(
      `open
       < SYN seq ISS win 65535 mss 1460 sackok ts 1000/0 ws 3
       at 20ms: > SYN,ACK seq 100 ack ISS+1 win 4000 mss 1460 sackok ts 77/1000 ws 4
       < ACK seq ISS+1 ack 101 win 32768 ts 1020/77 no-mss no-ws no-sackok
       flow segmentSize 1448
       flow sendWindow 4000    # a SYN's window is not scaled
       > ACK seq 101 ack ISS+1 win 4000 ts 78/1020
       flow sendWindow 64000`,
      { useTimestamps: true, useSack: true, useWindowScale: true },
    );
  });

  test("an end without options gets none, and 536 bytes a segment", () => {
    play(
      `open
       < SYN seq ISS mss 1460 sackok ts 1000/0 ws 3
       > SYN,ACK seq 100 ack ISS+1 win 4000
       < ACK seq ISS+1 ack 101 win 65535 no-ts
       flow segmentSize 536`,
      { useTimestamps: true, useSack: true, useWindowScale: true },
    );
  });

  test("the SYN is sent again with doubled waits, then the connection is given up", () => {
    play(
      `open
       < SYN seq ISS
       at 1s: < SYN seq ISS
       at 3s: < SYN seq ISS
       at 7s: < SYN seq ISS
       at 15s: state CLOSED
       ending timed-out
       events ENDED
       idle`,
      { handshakeRetriesMax: 3 },
    );
  });

  test("a reset that acknowledges the SYN refuses the connection", () => {
    play(`
      open
      < SYN seq ISS
      > RST,ACK seq 0 ack ISS+1
      state CLOSED
      ending refused`);
  });

  test("a blind reset does not: without an acknowledgment, or with another one", () => {
    play(`
      open
      < SYN seq ISS
      > RST seq 0
      > RST,ACK seq 0 ack ISS
      > RST,ACK seq 0 ack ISS+2
      state SYN-SENT`);
  });

  test("an acknowledgment of something else is an old connection's: it gets a reset, we go on", () => {
    play(`
      open
      < SYN seq ISS
      > ACK seq 700 ack ISS-50
      < RST seq ISS-50
      > SYN,ACK seq 700 ack ISS
      < RST seq ISS
      state SYN-SENT
      at 1s: < SYN seq ISS
      > SYN,ACK seq 100 ack ISS+1
      < ACK seq ISS+1 ack 101
      state ESTABLISHED`);
  });

  test("a bare acknowledgment that fits is no SYN: nothing happens", () => {
    play(`
      open
      < SYN seq ISS
      > ACK seq 5 ack ISS+1
      state SYN-SENT`);
  });

  test("after a lost SYN the timeout starts at 3 s (RFC 6298, 5.7)", () => {
    play(`
      open
      < SYN seq ISS
      at 1s: < SYN seq ISS
      > SYN,ACK seq 100 ack ISS+1
      < ACK seq ISS+1 ack 101
      write 5
      < ACK seq ISS+1 ack 101 len 5
      at 4s: < ACK seq ISS+1 ack 101 len 5`);
  });

  test("what was written before waits for the handshake", () => {
    play(`
      open
      < SYN seq ISS
      write 100
      > SYN,ACK seq 100 ack ISS+1 mss 1460
      < ACK seq ISS+1 ack 101 len 100`);
  });

  test("text and FIN in the SYN-ACK count", () => {
    play(`
      open
      < SYN seq ISS
      > SYN,FIN,ACK seq 100 ack ISS+1 len 10
      < ACK seq ISS+1 ack 112
      state CLOSE-WAIT
      read 10
      end`);
  });

  test("close before the answer ends it without a segment", () => {
    play(`
      open
      < SYN seq ISS
      close
      state CLOSED
      ending aborted
      idle`);
  });

  test("an end that has shut down before the handshake sends text and FIN after it", () => {
    play(`
      open
      < SYN seq ISS
      write 7
      shutdown
      > SYN,ACK seq 100 ack ISS+1 mss 1460
      < FIN,ACK seq ISS+1 ack 101 len 7
      state FIN-WAIT-1`);
  });
});

describe("both at once", () => {
  test("SYNs cross, and the answers to them", () => {
    play(`
      open
      < SYN seq ISS
      > SYN seq 100 mss 1460
      < SYN,ACK seq ISS ack 101
      state SYN-RECEIVED
      > SYN,ACK seq 100 ack ISS+1
      state ESTABLISHED
      events CONNECTED
      idle`);
  });

  test("the plain acknowledgment will do as well", () => {
    play(`
      open
      < SYN seq ISS
      > SYN seq 100 mss 1460
      < SYN,ACK seq ISS ack 101
      > ACK seq 101 ack ISS+1
      state ESTABLISHED`);
  });

  test("a reset then counts as a refusal", () => {
    play(`
      open
      < SYN seq ISS
      > SYN seq 100
      < SYN,ACK seq ISS ack 101
      > RST,ACK seq 101 ack ISS+1
      ending refused`);
  });
});

describe("opening passively", () => {
  const LISTEN = `
    listen
    > SYN seq 100 win 65535 mss 1460
    < SYN,ACK seq ISS ack 101 win 65535 mss 1460
    state SYN-RECEIVED
  `;

  test("SYN, SYN-ACK, ACK", () => {
    play(`${LISTEN}
      > ACK seq 101 ack ISS+1
      state ESTABLISHED
      events CONNECTED
      idle`);
  });

  test("options that the SYN does not offer are not answered", () => {
    play(
      `listen
       > SYN seq 100 mss 1460 sackok
       < SYN,ACK seq ISS ack 101 mss 1460 sackok no-ts no-ws
       > ACK seq 101 ack ISS+1`,
      { useTimestamps: true, useSack: true, useWindowScale: true },
    );
  });

  test("text comes with the acknowledgment", () => {
    play(`${LISTEN}
      > ACK seq 101 ack ISS+1 len 10
      state ESTABLISHED
      events CONNECTED,READABLE
      after 40ms: < ACK seq ISS+1 ack 111`);
  });

  test("a FIN too", () => {
    play(`${LISTEN}
      > FIN,ACK seq 101 ack ISS+1
      < ACK seq ISS+1 ack 102
      state CLOSE-WAIT`);
  });

  test("the SYN again is answered again", () => {
    play(`${LISTEN}
      > SYN seq 100 win 65535 mss 1460
      < SYN,ACK seq ISS ack 101
      > ACK seq 101 ack ISS+1
      state ESTABLISHED`);
  });

  test("the SYN-ACK is sent again with doubled waits, then forgotten", () => {
    play(
      `${LISTEN}
      at 1s: < SYN,ACK seq ISS ack 101
      at 3s: < SYN,ACK seq ISS ack 101
      at 7s: state CLOSED
      ending timed-out`,
      { handshakeRetriesMax: 2 },
    );
  });

  test("an acknowledgment of something else gets a reset, and the connection stays", () => {
    play(`${LISTEN}
      > ACK seq 101 ack ISS
      < RST seq ISS
      > ACK seq 101 ack ISS+2
      < RST seq ISS+2
      state SYN-RECEIVED
      > ACK seq 101 ack ISS+1
      state ESTABLISHED`);
  });

  test("a reset ends it; one with another number in the window is challenged", () => {
    play(`${LISTEN}
      > RST seq 102
      < ACK seq ISS+1 ack 101
      > RST seq 99
      > RST seq 101
      state CLOSED
      ending reset`);
  });

  test("another SYN in the window is challenged", () => {
    play(`${LISTEN}
      > SYN seq 500
      < ACK seq ISS+1 ack 101
      state SYN-RECEIVED`);
  });

  test("a segment without ACK is nothing", () => {
    play(`${LISTEN}
      > . seq 101 len 10
      state SYN-RECEIVED
      readable 0`);
  });
});
