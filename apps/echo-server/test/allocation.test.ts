import { expect, test } from "vitest";
import { parsePlace } from "../src/address.ts";
import { Responder } from "../src/responder.ts";
import { arpFrame, icmpMessage, ipv4Frame, SERVER_MAC, udpDatagram } from "./frames.ts";

const COUNT = 50_000;

const data = new Array(64).fill(7);
const frames = {
  ARP: arpFrame(),
  ping: ipv4Frame({ protocol: 1, payload: icmpMessage({ data }) }),
  UDP: ipv4Frame({ protocol: 17, payload: udpDatagram({ data }) }),
  "ping with options": ipv4Frame({
    protocol: 1,
    payload: icmpMessage({ data }),
    options: [1, 1, 1, 0],
  }),
  "a fragment": ipv4Frame({ protocol: 17, payload: udpDatagram(), fragment: 1 }),
};

test.each(Object.entries(frames))("nothing is allocated for %s", (_, request) => {
  const responder = new Responder(SERVER_MAC, parsePlace("10.0.0.2/24"));
  const frame = new Uint8Array(1514);
  const respond = (count: number) => {
    for (let i = 0; i < count; i++) {
      for (let at = 0; at < request.length; at++) frame[at] = request[at] as number;
      responder.respond(frame, request.length, frame);
    }
  };
  // The engine compiles meanwhile, which takes memory.
  respond(COUNT);
  // Of several rounds the best: others in this process may allocate, and a collection gives back.
  const growths = Array.from({ length: 3 }, () => {
    const before = process.memoryUsage().heapUsed;
    respond(COUNT);
    return Math.abs(process.memoryUsage().heapUsed - before);
  });
  // The smallest object has 12 bytes.
  expect(Math.min(...growths)).toBeLessThan(COUNT * 4);
});
