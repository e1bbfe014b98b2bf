// `@miou-solo5/tcpip/layers`: the parts of the stack, to put together otherwise, or to add a transport to.
export { Arp, type ArpOptions } from "./arp/arp.ts";
export { Ethernet, type FrameHandler } from "./ethernet.ts";
export { Icmp, type IcmpOptions } from "./icmp/icmp.ts";
export { type Place, parsePlace } from "./ipv4/address.ts";
export { Ipv4, type Ipv4Options, type Refusal } from "./ipv4/ipv4.ts";
export { Reassembler } from "./ipv4/reassembly.ts";
export { Routes } from "./ipv4/routes.ts";
export {
  type Network,
  SEND_DEFAULT,
  type SendOptions,
  type SendOutcome,
  type Transport,
} from "./network.ts";
export { Packet } from "./packet.ts";
export { Readers, ReadLeaf } from "./readers.ts";
export type { Surroundings } from "./stack.ts";
export { ConnectionTable, portsOf } from "./tcp/connection-table.ts";
export type { TcpSurroundings } from "./tcp/tcp.ts";
export { Timer, Timers } from "./timers.ts";
export { TokenBucket } from "./token-bucket.ts";
export { Trouble } from "./trouble.ts";
export { DatagramQueue } from "./udp/datagram-queue.ts";
