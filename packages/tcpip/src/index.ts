// The public surface of @miou-solo5/tcpip.
export type { Address, Endpoint } from "./address.ts";
export type { Conflict } from "./arp/arp.ts";
export { Counters, DROP_REASONS, type DropReason } from "./counters.ts";
export { TcpipError, type TcpipErrorCode } from "./errors.ts";
export type { FrameDevice } from "./ethernet.ts";
export type { PingReply } from "./icmp/ping.ts";
export { formatIpv4 as formatAddress, parseIpv4 as parseAddress } from "./ipv4/address.ts";
export type { RouteOptions } from "./ipv4/routes.ts";
export { type PingOptions, Stack } from "./stack.ts";
export { type TcpipOptions, tcpip } from "./tcpip.ts";
export type { TroubleKind } from "./trouble.ts";
export { Datagram, UDP_DATA_SIZE_MAX } from "./udp/datagram.ts";
export { UdpSocket, type UdpStatistics } from "./udp/socket.ts";
export { Udp, type UdpOptions } from "./udp/udp.ts";
