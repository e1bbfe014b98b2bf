import fc from "fast-check";
import { expect, test } from "vitest";
import { Bench } from "../bench.ts";
import { echo, frameOf, icmp } from "../frames.ts";
import { seed } from "../wire/seed.ts";

const counting = (size: number) => Uint8Array.from({ length: size }, (_, i) => i * 7);
const asks = (message: Uint8Array, fields: object = {}) =>
  frameOf({ protocol: 1, payload: message, ...fields });

test("an echo is answered with the same data, identifier and sequence number", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 1472 }),
      fc.nat(0xffff),
      fc.nat(0xffff),
      (data, identifier, sequence) => {
        const bench = new Bench().meet();
        bench.receive(asks(echo(data, { identifier, sequence })));
        const reply = echo(data, { type: 0, identifier, sequence });
        // A checksum of zero has two right forms (RFC 1624, section 3); the stack writes the other one.
        if (reply[2] === 0 && reply[3] === 0) reply.fill(0xff, 2, 4);
        expect(bench.frames[0]?.slice(34)).toEqual(reply);
        expect(bench.told()).toEqual([
          `to :01 10.0.0.2 > 10.0.0.1 echo reply ${8 + data.length} bytes`,
        ]);
        expect(bench.counters.echoesAnswered).toBe(1);
      },
    ),
    { seed, examples: [[new Uint8Array(0), 0xfff8, 7]] },
  );
});

test("an echo that came in fragments is answered in fragments", () => {
  const bench = new Bench().meet();
  const message = echo(counting(3000));
  bench.receive(asks(message.slice(0, 1480), { more: true }));
  bench.receive(asks(message.slice(2960), { at: 2960 }));
  bench.receive(asks(message.slice(1480, 2960), { at: 1480, more: true }));
  const payload = bench.frames.flatMap((frame) => [...frame.slice(34)]);
  expect(Uint8Array.from(payload)).toEqual(echo(counting(3000), { type: 0 }));
  expect(bench.told()).toEqual([
    "to :01 10.0.0.2 > 10.0.0.1 protocol 1 1480 bytes from 0 on",
    "to :01 10.0.0.2 > 10.0.0.1 protocol 1 1480 bytes from 1480 on",
    "to :01 10.0.0.2 > 10.0.0.1 protocol 1 48 bytes from 2960, last",
  ]);
});

test("a stranger's echo is answered when its hardware address is known", () => {
  const bench = new Bench();
  bench.receive(asks(echo(counting(3))));
  expect(bench.told()).toEqual(["to all arp 10.0.0.2 at :02 asks for 10.0.0.1"]);
  bench.receive({ arp: "reply", asks: "10.0.0.2" });
  expect(bench.told()).toEqual(["to :01 10.0.0.2 > 10.0.0.1 echo reply 11 bytes"]);
});

const everybody = { target: "10.0.0.255", to: "ff:ff:ff:ff:ff:ff" };
const spoilt = echo(counting(4));
spoilt[9] = 0xff;

test.each<[string, Uint8Array, string]>([
  ["an echo to everybody", asks(echo(counting(4)), everybody), "icmp.broadcast"],
  [
    "an error to everybody",
    asks(icmp(3, 3, [0, 0, 0, 0], counting(28)), everybody),
    "icmp.broadcast",
  ],
  ["a wrong checksum", asks(spoilt), "icmp.checksum"],
  ["seven bytes", asks(echo(counting(4)).slice(0, 7)), "icmp.short"],
  ["an echo with a code", asks(icmp(8, 1, [0, 1, 0, 1], counting(4))), "icmp.type"],
  ["a redirect", asks(icmp(5, 1, [10, 0, 0, 9], counting(28))), "icmp.type"],
  ["a source quench", asks(icmp(4, 0, [0, 0, 0, 0], counting(28))), "icmp.type"],
  ["a timestamp request", asks(icmp(13, 0, [0, 1, 0, 1], counting(12))), "icmp.type"],
  ["a type of later times", asks(icmp(200, 0, [0, 1, 0, 1], counting(12))), "icmp.type"],
  ["a reply that nobody asked for", asks(echo(counting(4), { type: 0 })), "icmp.unexpected"],
])("%s is dropped without an answer", (_, frame, reason) => {
  const bench = new Bench().meet();
  bench.receive(frame);
  expect(bench.told()).toEqual([]);
  expect(bench.dropped).toEqual({ [reason]: 1 });
});
