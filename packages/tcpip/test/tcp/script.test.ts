// The notation itself: a script that is not true must fail.
import { expect, test } from "vitest";
import { play } from "./script.ts";

const START = `
  open
  < SYN seq ISS
  > SYN,ACK seq 100 ack ISS+1
  < ACK seq ISS+1 ack 101
`;

test("a true script passes", () => {
  play(`${START}
    write 10
    < ACK,PSH seq ISS+1 ack 101 len 10
    at 50ms: > ACK seq 101 ack ISS+11
    state ESTABLISHED`);
});

test.each([
  ["a wrong state", "state CLOSED", "state: wanted CLOSED, got ESTABLISHED"],
  ["a segment that was not sent", "< ACK seq ISS+1 ack 101", "nothing was sent"],
  ["a wrong number", "write 1\n< ACK seq ISS+2 ack 101 len 1", "seq is not as wanted"],
  ["a wrong acknowledgment", "write 1\n< ACK seq ISS+1 ack 102 len 1", "ack is not as wanted"],
  ["a wrong size", "write 2\n< ACK seq ISS+1 ack 101 len 1", "len is not as wanted"],
  ["wrong flags", "write 1\n< FIN,ACK seq ISS+1 ack 101 len 1", "flags is not as wanted"],
  ["a wrong option", "write 1\n< ACK seq ISS+1 ack 101 len 1 mss 1", "mss is not as wanted"],
  [
    "an option that must be missing",
    "write 1\n< ACK seq ISS+1 ack 101 len 1 no-mss\nread 5",
    "read: wanted 5, got 0",
  ],
  ["a segment that nobody expects", "write 1\nstate ESTABLISHED", "unexpected before this line"],
  [
    "one that comes too early",
    "write 1\n< ACK seq ISS+1 ack 101 len 1\nat 9s: < ACK seq ISS+1 ack 101 len 1",
    "unexpected at",
  ],
  ["one left over at the end", "write 1", "unexpected at the script's end"],
  ["an unknown word", "sing", 'no word "sing"'],
  ["an unknown field", "> ACK seq 1 colour 5", 'no field "colour"'],
  ["a wrong event", "events ENDED", "events: wanted 8, got 4"],
])("%s fails", (_, lines, message) => {
  expect(() => play(`${START}\n${lines}`)).toThrow(message);
});
