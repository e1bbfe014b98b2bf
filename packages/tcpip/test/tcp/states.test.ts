// What each state does with each kind of segment and call, as a table: RFC 9293, section 3.10, with RFC 5961 for what
// anybody could have sent. Whoever reads the standard's event processing finds its paragraphs here in its order.
import { describe, test } from "vitest";
import { ESTABLISHED } from "./openings.ts";
import { play } from "./script.ts";

interface StateOpening {
  /** Leads there, the other end's numbers going on at `their`, ours at `our`. */
  readonly script: string;
  readonly our: string;
  readonly their: number;
  /** Text may still come. */
  readonly isReceiving: boolean;
  /** Of ours, something is not acknowledged: `our` of less one. */
  readonly hasUnacknowledged: boolean;
}

const FIN_WAIT_1 = `${ESTABLISHED}
  shutdown
  < FIN,ACK seq ISS+1 ack 101`;
const CLOSE_WAIT = `${ESTABLISHED}
  > FIN,ACK seq 101 ack ISS+1
  < ACK seq ISS+1 ack 102`;

const STATES: Readonly<Record<string, StateOpening>> = {
  "SYN-RECEIVED": {
    script: `
      listen
      > SYN seq 100 win 65535 mss 1000
      < SYN,ACK seq ISS ack 101`,
    our: "ISS+1",
    their: 101,
    isReceiving: true,
    hasUnacknowledged: true,
  },
  ESTABLISHED: {
    script: ESTABLISHED,
    our: "ISS+1",
    their: 101,
    isReceiving: true,
    hasUnacknowledged: false,
  },
  "FIN-WAIT-1": {
    script: FIN_WAIT_1,
    our: "ISS+2",
    their: 101,
    isReceiving: true,
    hasUnacknowledged: true,
  },
  "FIN-WAIT-2": {
    script: `${FIN_WAIT_1}
      > ACK seq 101 ack ISS+2`,
    our: "ISS+2",
    their: 101,
    isReceiving: true,
    hasUnacknowledged: false,
  },
  "CLOSE-WAIT": {
    script: CLOSE_WAIT,
    our: "ISS+1",
    their: 102,
    isReceiving: false,
    hasUnacknowledged: false,
  },
  CLOSING: {
    script: `${FIN_WAIT_1}
      > FIN,ACK seq 101 ack ISS+1
      < ACK seq ISS+2 ack 102`,
    our: "ISS+2",
    their: 102,
    isReceiving: false,
    hasUnacknowledged: true,
  },
  "LAST-ACK": {
    script: `${CLOSE_WAIT}
      shutdown
      < FIN,ACK seq ISS+1 ack 102`,
    our: "ISS+2",
    their: 102,
    isReceiving: false,
    hasUnacknowledged: true,
  },
  "TIME-WAIT": {
    script: `${FIN_WAIT_1}
      > FIN,ACK seq 101 ack ISS+2
      < ACK seq ISS+2 ack 102`,
    our: "ISS+2",
    their: 102,
    isReceiving: false,
    hasUnacknowledged: false,
  },
};

/** What the other end last acknowledged. */
function acknowledged({ our, hasUnacknowledged }: StateOpening): string {
  if (!hasUnacknowledged) return our;
  return our === "ISS+2" ? "ISS+1" : "ISS";
}

describe.each(Object.entries(STATES))("%s", (state, opening) => {
  const { script, our, their, isReceiving } = opening;
  const isSynReceived = state === "SYN-RECEIVED";
  const old = acknowledged(opening);
  const CHALLENGED = `< ACK seq ${our} ack ${their}`;
  const start = `${script}\nstate ${state}\n`;

  test("an exact reset ends it; TIME-WAIT stays", () => {
    play(`${start}
      > RST seq ${their}
      state ${state === "TIME-WAIT" ? state : "CLOSED"}
      ending ${state === "TIME-WAIT" ? "null" : "reset"}`);
  });

  test("a reset elsewhere in the window is challenged, one outside is nothing", () => {
    play(`${start}
      > RST seq ${their + 1}
      ${CHALLENGED}
      > RST seq ${their + 60_000}
      ${CHALLENGED}
      > RST seq ${their - 1}
      > RST seq ${their + 70_000}
      state ${state}`);
  });

  test("a SYN is challenged, in the window and outside", () => {
    play(`${start}
      > SYN seq ${their}
      ${CHALLENGED}
      > SYN seq ${their + 500_000}
      ${CHALLENGED}
      > SYN,ACK seq ${their + 5} ack ${our}
      ${CHALLENGED}
      state ${state}`);
  });

  test("a segment without ACK is nothing", () => {
    play(`${start}
      > . seq ${their}
      > PSH seq ${their} len 10
      > FIN seq ${their}
      readable 0
      state ${state}`);
  });

  test("an acknowledgment of what was never sent changes nothing", () => {
    // RFC 9293: SYN-RECEIVED answers with a reset of that number, all others with an acknowledgment.
    const beyond = our === "ISS+1" ? 2 : 3;
    play(`${start}
      > ACK seq ${their} ack ISS+${beyond} len 10
      ${isSynReceived ? `< RST seq ISS+${beyond}` : CHALLENGED}
      readable 0
      state ${state}`);
  });

  if (!isSynReceived) {
    test("an acknowledgment of long ago changes nothing", () => {
      play(`${start}
        > ACK seq ${their} ack ISS-100000 len 10
        ${CHALLENGED}
        readable 0
        state ${state}`);
    });
  }

  test("text outside of the window is answered, and not taken", () => {
    play(`${start}
      > ACK seq ${their - 10} ack ${old} len 10
      ${CHALLENGED}
      > ACK seq ${their + 70_000} ack ${old} len 10
      ${CHALLENGED}
      readable 0
      state ${state}`);
  });

  test(
    isReceiving ? "text in order is taken" : "text behind the FIN is none, and is answered",
    () => {
      play(
        isReceiving
          ? `${start}
           > ACK seq ${their} ack ${isSynReceived ? our : old} len 10
           after 40ms: < ACK seq ${our} ack ${their + 10}
           readable 10`
          : `${start}
           > ACK seq ${their} ack ${old} len 10
           ${CHALLENGED}
           readable 0
           state ${state}`,
      );
    },
  );

  if (!isReceiving) {
    test("the FIN again is answered again", () => {
      play(`${start}
        > FIN,ACK seq ${their - 1} ack ${old}
        ${CHALLENGED}
        state ${state}`);
    });
  }

  const AFTER_FIN: Readonly<Record<string, string>> = {
    "SYN-RECEIVED": "CLOSE-WAIT",
    ESTABLISHED: "CLOSE-WAIT",
    "FIN-WAIT-1": "CLOSING",
    "FIN-WAIT-2": "TIME-WAIT",
  };

  if (isReceiving) {
    test("a FIN in order leads on", () => {
      play(`${start}
        > FIN,ACK seq ${their} ack ${isSynReceived ? our : old}
        < ACK seq ${our} ack ${their + 1}
        state ${AFTER_FIN[state]}`);
    });
  }

  const AFTER_ACKNOWLEDGMENT: Readonly<Record<string, string>> = {
    "SYN-RECEIVED": "ESTABLISHED",
    "FIN-WAIT-1": "FIN-WAIT-2",
    CLOSING: "TIME-WAIT",
    "LAST-ACK": "CLOSED",
  };

  test("an acknowledgment of all that was sent leads on, the same again does not", () => {
    const next = AFTER_ACKNOWLEDGMENT[state] ?? state;
    play(`${start}
      > ACK seq ${their} ack ${our}
      state ${next}
      > ACK seq ${their} ack ${our}
      state ${next}`);
  });

  if (isReceiving) {
    test("urgent text is text (RFC 6093)", () => {
      play(`${start}
        > URG,ACK seq ${their} ack ${isSynReceived ? our : old} len 10
        after 40ms: < ACK seq ${our} ack ${their + 10}
        read 10`);
    });
  }

  test("an abort resets where the other end may still believe in it", () => {
    play(`${start}
      abort
      ${state === "TIME-WAIT" ? "" : `< RST,ACK seq ${our} ack ${their}`}
      state CLOSED
      ending ${state === "TIME-WAIT" ? "closed" : "aborted"}
      idle`);
  });

  test("closing twice is closing once, and then nothing is taken", () => {
    const sends: Readonly<Record<string, string>> = {
      ESTABLISHED: `< FIN,ACK seq ISS+1 ack ${their}`,
      "CLOSE-WAIT": `< FIN,ACK seq ISS+1 ack ${their}`,
    };
    play(`${start}
      close
      ${sends[state] ?? ""}
      close
      writable 0`);
  });
});

describe("closing a connection whose handshake is not over", () => {
  const SYN_RECEIVED = STATES["SYN-RECEIVED"]?.script;

  test("answering a SYN: the FIN follows when the SYN is acknowledged", () => {
    play(`${SYN_RECEIVED}
      shutdown
      state SYN-RECEIVED
      > ACK seq 101 ack ISS+1
      < FIN,ACK seq ISS+1 ack 101
      state FIN-WAIT-1`);
  });

  test("what was written before goes first", () => {
    play(`${SYN_RECEIVED}
      write 10
      shutdown
      > ACK seq 101 ack ISS+1
      < FIN,ACK seq ISS+1 ack 101 len 10
      state FIN-WAIT-1`);
  });

  test("opening: an abort is silent, since nobody has answered", () => {
    play(`
      open
      < SYN seq ISS
      abort
      state CLOSED
      ending aborted
      idle`);
  });
});

test("text in a SYN is left for later: it comes again when the connection stands", () => {
  play(`
    listen
    > SYN seq 100 win 65535 mss 1000 len 20
    < SYN,ACK seq ISS ack 101
    > ACK seq 101 ack ISS+1 len 20
    after 40ms: < ACK seq ISS+1 ack 121
    read 20`);
});

test("a connection that is over takes nothing and sends nothing", () => {
  play(`${ESTABLISHED}
    abort
    < RST,ACK seq ISS+1 ack 101
    > ACK seq 101 ack ISS+1 len 10
    > SYN seq 5
    > RST seq 101
    > FIN,ACK seq 101 ack ISS+1
    readable 0
    state CLOSED
    idle`);
});
