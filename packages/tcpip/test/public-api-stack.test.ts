import { expect, test } from "vitest";
import * as stack from "../src/index.ts";
import * as layers from "../src/layers.ts";

test("the package exports these names and no others", () => {
  expect(Object.keys(stack).sort()).toMatchInlineSnapshot(`
    [
      "Counters",
      "DROP_REASONS",
      "Datagram",
      "Stack",
      "Tcp",
      "TcpConnection",
      "TcpListener",
      "TcpipError",
      "UDP_DATA_SIZE_MAX",
      "Udp",
      "UdpSocket",
      "formatAddress",
      "parseAddress",
      "tcpip",
    ]
  `);
});

test("the entry layers exports these names and no others", () => {
  expect(Object.keys(layers).sort()).toMatchInlineSnapshot(`
    [
      "Arp",
      "ConnectionTable",
      "DatagramQueue",
      "Ethernet",
      "Icmp",
      "Ipv4",
      "Packet",
      "ReadLeaf",
      "Readers",
      "Reassembler",
      "Routes",
      "SEND_DEFAULT",
      "Timer",
      "Timers",
      "TokenBucket",
      "Trouble",
      "parsePlace",
      "portsOf",
    ]
  `);
});
