// Frames that Linux wrote to a TAP (kernel 6.18, iputils 20221126), and the answers they get. Only the fragment is
// cut short, its header mended for that.

import { describe, expect, test } from "vitest";
import { parsePlace } from "../src/address.ts";
import { Responder } from "../src/responder.ts";
import { bytesOf, hexOf, SERVER_MAC } from "./frames.ts";

const place = parsePlace("10.0.0.2/24");

function answer(hex: string): { reply: string; responder: Responder } {
  const responder = new Responder(SERVER_MAC, place);
  const frame = bytesOf(hex);
  const size = responder.respond(frame, frame.length, frame);
  return { reply: hexOf(frame.subarray(0, size)), responder };
}

const flat = (text: string) => text.replaceAll(/\s/g, "");

describe("a frame of the Linux kernel", () => {
  test("ARP request: the answer names the server's hardware address", () => {
    const { reply } = answer(`
      ffffffffffff 020000000001 0806  0001 0800 06 04 0001
      020000000001 0a000001 000000000000 0a000002`);
    expect(reply).toBe(
      flat(`
      020000000001 020000000002 0806  0001 0800 06 04 0002
      020000000002 0a000002 020000000001 0a000001`),
    );
  });

  test("ping: everything returns but the type, the direction and the time to live", () => {
    const { reply } = answer(`
      020000000002 020000000001 0800
      45b9002c9a6b400040018baa0a0000010a000002
      0800697e174f00014ebe026b000000001c080a0000000000`);
    // The service type's last two bits are not ours to repeat; its change by one is the checksum's.
    expect(reply).toBe(
      flat(`
      020000000001 020000000002 0800
      45b8002c9a6b400040018bab0a0000020a000001
      0000717e174f00014ebe026b000000001c080a0000000000`),
    );
  });

  test("ping with room for a route: answered without options", () => {
    const { reply } = answer(`
      020000000002 020000000001 0800
      4f0000549aa9400040014fed0a0000010a000002
      010727080a00000100000000000000000000000000000000000000000000000000000000000000000
      800b881175100014fbe026b00000000d502010000000000`);
    expect(reply).toBe(
      flat(`
      020000000001 020000000002 0800
      4500002c9aa9400040018c250a0000020a000001
      0000c081175100014fbe026b00000000d502010000000000`),
    );
  });

  test("ping with timestamps: answered without options", () => {
    const { reply } = answer(`
      020000000002 020000000001 0800
      4f0000549ae9400040013ff80a0000010a000002
      442809000229f2730000000000000000000000000000000000000000000000000000000000000000
      0800fa40175300014fbe026b000000008d41070000000000`);
    expect(reply.slice(28, 68)).toBe("4500002c9ae9400040018be50a0000020a000001");
    expect(reply.slice(68)).toBe("00000241175300014fbe026b000000008d41070000000000");
  });

  test("UDP: the data and the checksum return as they came", () => {
    const { reply } = answer(`
      020000000002 020000000001 0800
      45000027c9ac400040115d170a0000010a000002
      9c400007001318b2 68656c6c6f2c206563686f`);
    expect(reply).toBe(
      flat(`
      020000000001 020000000002 0800
      45000027c9ac400040115d170a0000020a000001
      00079c40001318b2 68656c6c6f2c206563686f`),
    );
  });

  test("UDP without data is echoed", () => {
    const { reply } = answer(`
      020000000002 020000000001 0800
      4500001cca08400040115cc60a0000010a000002
      9c400007 0008 4f94`);
    expect(reply.slice(68)).toBe("00079c4000084f94");
  });

  test("UDP without checksum is echoed with one", () => {
    const { reply } = answer(`
      020000000002 020000000001 0800
      45000027ca10400040115cb30a0000010a000002
      9c400007 0013 0000 6e6f20636865636b73756d`);
    expect(reply.slice(68)).toBe(flat("00079c40 0013 1465 6e6f20636865636b73756d"));
  });

  test.each([
    [
      "broadcast ping",
      "ipv4.broadcast",
      "ffffffffffff02000000000108004500002c00004000400125d20a0000010a0000ff0800a8051757000150be026b00000000e178040000000000",
    ],
    [
      "IPv6 multicast report",
      "ethernet.target",
      "33330000001602000000000186dd6000000000240001fe80000000000000000000fffe000001ff0200000000000000000000000000163a000502000001008f0072070000000104000000ff0200000000000000000001ff000001",
    ],
    [
      "a fragment, not the first",
      "ipv4.fragment",
      "0200000000020200000000010800450000249b0200b94001cb1b0a0000010a000002c0c1c2c3c4c5c6c7c8c9cacbcccdcecf",
    ],
  ] as const)("%s: no answer, counted as %s", (_, fault, hex) => {
    const { reply, responder } = answer(hex);
    expect(reply).toBe("");
    expect(responder.counters.dropped[fault]).toBe(1);
  });
});
